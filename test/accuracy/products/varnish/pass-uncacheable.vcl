# No caching, streaming written out.
vcl 4.1;

backend application {
    .host = "127.0.0.1";
    .port = "8000";
}

sub vcl_recv {
    return (pass);
}

sub vcl_backend_response {
    set beresp.do_stream = true;
    set beresp.do_gzip = false;
    set beresp.uncacheable = true;
}
