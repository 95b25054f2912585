# LETS the stream flow, tells the application at once that a client has left, and still caches the rest.
#
# Forwards to 127.0.0.1:8000. Start it with: varnishd -a 127.0.0.1:8082 -p pipe_timeout=3600 -f passthrough-pipe.vcl
# Tried with Varnish 7.1.1.
#
# THE FIX for long silences is in that command: no VCL of this version can set pipe_timeout (default 60 s).
# https://varnish-cache.org/docs/7.1/reference/varnishd.html#pipe-timeout
vcl 4.1;

backend application {
    .host = "127.0.0.1";
    .port = "8000";
}

# Streams only: a browser's EventSource says what it wants, other clients are known by the path (the second is unclog's
# own, for its experiments). Against passthrough.vcl this gains one thing: a client that leaves a quiet stream is noticed.
# It costs one too: what goes through a pipe is not looked at, so no header is set, and nothing is logged but the start.
# https://varnish-cache.org/docs/7.1/users-guide/vcl-built-in-subs.html
sub vcl_recv {
    if (req.http.Accept ~ "text/event-stream" || req.url ~ "^/(stream|\.well-known/unclog)(/|\?|$)") {
        return (pipe);
    }
}

# One request, one pipe: whatever the client sends after it would reach the backend without passing vcl_recv.
sub vcl_pipe {
    set bereq.http.Connection = "close";
}
