# LETS the stream flow, and leaves everything else to scripts as before.
#
# Listens on 127.0.0.1:8082, forwards to 127.0.0.1:8000. Start it with: mitmdump -s passthrough.py
# Tried with mitmproxy 8.1.1.
from mitmproxy import ctx


def load(loader):
    ctx.options.update(mode="reverse:http://127.0.0.1:8000", listen_host="127.0.0.1", listen_port=8082)


# THE FIX. Called when the head of an answer has come, before its body: what is an event stream is passed on piece by
# piece, at the price that scripts do not see its body.
# https://docs.mitmproxy.org/stable/overview-features/#streaming
def responseheaders(flow):
    if flow.response.headers.get("content-type", "").startswith("text/event-stream"):
        flow.response.stream = True
