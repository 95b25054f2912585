# HOLDS the stream: compressed, and only the 10 bytes of the gzip header come before the end.
#
# Forwards to 127.0.0.1:8000. Start it with: varnishd -a 127.0.0.1:8081 -f buffering.vcl
# Tried with Varnish 7.1.1.
vcl 4.1;

backend application {
    .host = "127.0.0.1";
    .port = "8000";
}

# Compress what is text: in many configurations, and it takes event streams along. The compressor is not flushed
# between events. For a client without gzip Varnish undoes the coding, and that stream waits as well.
# https://varnish-cache.org/docs/7.1/users-guide/compression.html
sub vcl_backend_response {
    if (beresp.http.Content-Type ~ "text/") {
        set beresp.do_gzip = true;
    }
}
