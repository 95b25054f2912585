"""A WSGI application for uWSGI that passes each request on to an HTTP origin, piece by piece.

It stands for what people run behind fastcgi_pass and uwsgi_pass: the protocol is uWSGI's own, the events are those of the
origin that the tests steer. UPSTREAM is the origin's port on 127.0.0.1.
"""

import os
import select
import socket

import uwsgi

PORT = int(os.environ["UPSTREAM"])


def application(environ, start_response):
    origin = socket.create_connection(("127.0.0.1", PORT))
    try:
        origin.sendall(head_of(environ))
        send_body(environ, origin)
        raw = b""
        while b"\r\n\r\n" not in raw:
            piece = origin.recv(65536)
            if not piece:
                raise OSError("the origin closed before its response head was complete")
            raw += piece
        head, rest = raw.split(b"\r\n\r\n", 1)
        status, *fields = head.decode("latin-1").split("\r\n")
        # An empty first piece makes uWSGI send the response head before there is a body.
        start_response(status.split(" ", 1)[1], [field_of(one) for one in fields if passes(one)])(b"")
        if rest:
            yield rest
        yield from pieces(origin)
    finally:
        origin.close()


def pieces(origin):
    """What the origin sends, for as long as the server in front is there."""
    front = uwsgi.connection_fd()
    while True:
        readable, _, _ = select.select([origin, front], [], [])
        if front in readable and origin not in readable:
            if not os.read(front, 65536):
                return
            continue
        piece = origin.recv(65536)
        if not piece:
            return
        yield piece


def head_of(environ):
    """HTTP/1.0, so that the end of the answer is the end of the connection."""
    fields = {
        name[5:].replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("HTTP_") and name not in ("HTTP_CONNECTION", "HTTP_TRANSFER_ENCODING")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            fields[name.replace("_", "-")] = environ[name]
    fields["CONNECTION"] = "close"
    lines = [f"{environ['REQUEST_METHOD']} {environ['REQUEST_URI']} HTTP/1.0"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def send_body(environ, origin):
    left = int(environ.get("CONTENT_LENGTH") or 0)
    while left > 0:
        piece = environ["wsgi.input"].read(min(left, 65536))
        if not piece:
            return
        origin.sendall(piece)
        left -= len(piece)


def field_of(line):
    name, value = line.split(":", 1)
    return name, value.strip()


def passes(line):
    return line.split(":", 1)[0].lower() not in ("connection", "keep-alive", "transfer-encoding")
