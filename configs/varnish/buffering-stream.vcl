# HOLDS the stream: it reaches the client in one piece, when it ends, with a Content-Length.
#
# Forwards to 127.0.0.1:8000. Start it with: varnishd -a 127.0.0.1:8081 -f buffering-stream.vcl
# Tried with Varnish 7.1.1.
vcl 4.1;

backend application {
    .host = "127.0.0.1";
    .port = "8000";
}

# Collects the whole answer before the first byte, head included, is sent: so that an answer which breaks off at the
# backend can be refused, or to have a Content-Length. Varnish before 4.0 did so with everything.
# https://varnish-cache.org/docs/7.1/reference/vcl-var.html
sub vcl_backend_response {
    set beresp.do_stream = false;
}
