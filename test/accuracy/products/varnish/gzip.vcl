# Compresses everything. The compressor is not flushed.
vcl 4.1;

backend application {
    .host = "127.0.0.1";
    .port = "8000";
}

sub vcl_backend_response {
    set beresp.do_gzip = true;
}
