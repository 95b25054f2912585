# HOLDS the stream: it comes in one piece, when it is over.
#
# Listens on 127.0.0.1:8081, forwards to 127.0.0.1:8000. Start it with: mitmdump -s buffering.py
# Tried with mitmproxy 8.1.1.
from mitmproxy import ctx


def load(loader):
    ctx.options.update(mode="reverse:http://127.0.0.1:8000", listen_host="127.0.0.1", listen_port=8081)


# Nothing more is needed to hold a stream: mitmproxy reads every answer to its end, so that scripts can change it and
# the flow can be shown. That a client has left is not passed on either. "stream_large_bodies", which is often advised,
# is about bodies that announce a large length or have grown beyond it already: events are small.
# https://docs.mitmproxy.org/stable/overview-features/#streaming
