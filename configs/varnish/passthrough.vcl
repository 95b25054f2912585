# LETS the stream flow, and still compresses the rest.
#
# Forwards to 127.0.0.1:8000. Start it with: varnishd -a 127.0.0.1:8082 -f passthrough.vcl
# Tried with Varnish 7.1.1.
vcl 4.1;

backend application {
    .host = "127.0.0.1";
    .port = "8000";
}

sub vcl_backend_response {
    if (beresp.http.Content-Type ~ "text/") {
        set beresp.do_gzip = true;
    }
}

# THE FIX. Varnish runs all subs of one name, in this order, so it can stand below what it corrects: a compressor and
# ESI collect, do_stream passes pieces on as they come (the default), and a cache would hand the stream that one
# client began to the next one too.
# https://varnish-cache.org/docs/7.1/reference/vcl-var.html
sub vcl_backend_response {
    if (beresp.http.Content-Type ~ "text/event-stream") {
        set beresp.do_stream = true;
        set beresp.do_esi = false;
        set beresp.do_gzip = false;
        set beresp.uncacheable = true;
    }
}

# A browser's EventSource says what it wants: no waiting to see whether another client's answer can be shared.
# https://varnish-cache.org/docs/7.1/users-guide/vcl-built-in-subs.html
sub vcl_recv {
    if (req.http.Accept ~ "text/event-stream") {
        return (pass);
    }
}

# A stream may be quiet for this long before it is cut (default 60 s): well above the pause between two events or
# heartbeats. first_byte_timeout is the same for the time before the first one.
# https://varnish-cache.org/docs/7.1/reference/vcl-var.html
sub vcl_backend_fetch {
    set bereq.between_bytes_timeout = 1h;
    set bereq.first_byte_timeout = 1h;
}
