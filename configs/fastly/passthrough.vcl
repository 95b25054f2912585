# Documented, not reproduced: three VCL snippets for a stream, each named after the subroutine it goes into.

sub vcl_recv {
  if (req.url.path ~ "^/stream") {
    # A stream for each reader. Without it readers of one address share one, which suits what is the same for all.
    return(pass);
  }
}

sub vcl_pass {
  if (req.url.path ~ "^/stream") {
    # 15 s and 10 s by default; 600 s at most. Between its own servers 60 s stay: send a comment every 15 s.
    set bereq.first_byte_timeout = 600s;
    set bereq.between_bytes_timeout = 600s;
  }
}

sub vcl_fetch {
  if (req.url.path ~ "^/stream") {
    # Off by default for what can be stored: the whole answer is collected first.
    set beresp.do_stream = true;
    # A compressor here would hold small events.
    set beresp.gzip = false;
  }
}
