# No rules at all: streams, and shares what may be cached.
vcl 4.1;

backend application {
    .host = "127.0.0.1";
    .port = "8000";
}
