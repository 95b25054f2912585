# GIVES the stream of the first client to the next ones too, and goes on reading it when nobody is left.
#
# Forwards to 127.0.0.1:8000. Start it with: varnishd -a 127.0.0.1:8081 -f buffering-cache.vcl
# Tried with Varnish 7.1.1. This is Varnish as it comes, with an application that does not say `Cache-Control: no-cache`:
# whoever asks for the same address within two minutes is served a recording.
vcl 4.1;

backend application {
    .host = "127.0.0.1";
    .port = "8000";
}
