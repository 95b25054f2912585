# LETS the stream flow, and still collects the rest.
#
# Forwards to 127.0.0.1:8000. Start it with: varnishd -a 127.0.0.1:8082 -f passthrough-stream.vcl
# Tried with Varnish 7.1.1.
vcl 4.1;

backend application {
    .host = "127.0.0.1";
    .port = "8000";
}

sub vcl_backend_response {
    set beresp.do_stream = false;
}

# THE FIX. Varnish runs all subs of one name, in this order, so it can stand below what it corrects. Uncacheable: what
# comes through a cache is kept in memory to its end, and given to the next client as well.
# https://varnish-cache.org/docs/7.1/reference/vcl-var.html
sub vcl_backend_response {
    if (beresp.http.Content-Type ~ "text/event-stream") {
        set beresp.do_stream = true;
        set beresp.do_esi = false;
        set beresp.do_gzip = false;
        set beresp.uncacheable = true;
    }
}

# As in passthrough.vcl: no waiting to see whether another client's answer can be shared, and long silences.
sub vcl_recv {
    if (req.http.Accept ~ "text/event-stream") {
        return (pass);
    }
}

sub vcl_backend_fetch {
    set bereq.between_bytes_timeout = 1h;
    set bereq.first_byte_timeout = 1h;
}
