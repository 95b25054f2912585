# Steps aside: bytes go through as they are, and nothing in the answer tells that Varnish is there.
vcl 4.1;

backend application {
    .host = "127.0.0.1";
    .port = "8000";
}

sub vcl_recv {
    return (pipe);
}

sub vcl_pipe {
    set bereq.http.connection = "close";
}
