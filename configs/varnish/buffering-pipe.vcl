# CUTS the stream: when it is quiet for a minute.
#
# Forwards to 127.0.0.1:8000. Start it with: varnishd -a 127.0.0.1:8081 -f buffering-pipe.vcl
# Tried with Varnish 7.1.1.
vcl 4.1;

backend application {
    .host = "127.0.0.1";
    .port = "8000";

    # Often raised against cut streams, and not asked in a pipe.
    .first_byte_timeout = 1h;
    .between_bytes_timeout = 1h;
}

# A pipe copies bytes in both directions and knows nothing of HTTP. Its time is a parameter of varnishd, pipe_timeout,
# 60 s when none is given: so much silence of both sides, and both are closed.
# https://varnish-cache.org/docs/7.1/reference/varnishd.html#pipe-timeout
sub vcl_recv {
    return (pipe);
}
