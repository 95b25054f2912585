# No caching: every request goes to the application.
vcl 4.1;

backend application {
    .host = "127.0.0.1";
    .port = "8000";
}

sub vcl_recv {
    return (pass);
}
