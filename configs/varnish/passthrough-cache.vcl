# LETS the stream flow, to each client its own, and still caches the rest.
#
# Forwards to 127.0.0.1:8000. Start it with: varnishd -a 127.0.0.1:8082 -f passthrough-cache.vcl
# Tried with Varnish 7.1.1.
vcl 4.1;

backend application {
    .host = "127.0.0.1";
    .port = "8000";
}

# THE FIX, first half. A browser's EventSource says what it wants: fetch it for this client alone.
# https://varnish-cache.org/docs/7.1/users-guide/vcl-built-in-subs.html
sub vcl_recv {
    if (req.http.Accept ~ "text/event-stream") {
        return (pass);
    }
}

# THE FIX, second half, for clients that do not say so: not into the cache, and for two minutes nobody with this address
# waits for somebody else's answer.
# https://varnish-cache.org/docs/7.1/users-guide/increasing-your-hitrate.html
sub vcl_backend_response {
    if (beresp.http.Content-Type ~ "text/event-stream") {
        set beresp.uncacheable = true;
        set beresp.ttl = 120s;
    }
}

# A stream may be quiet for this long before it is cut (default 60 s).
sub vcl_backend_fetch {
    set bereq.between_bytes_timeout = 1h;
    set bereq.first_byte_timeout = 1h;
}
