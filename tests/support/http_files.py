"""A web server in a thread, whose files come right, late, short or not at all."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """One file, and what is wrong with how it is sent."""

    data: bytes
    etag: str = '"1"'
    ranges: bool = True
    stop_after: int | None = None
    """Close the connection after so many bytes of the body."""
    hang_after: int | None = None
    """Send nothing more after so many bytes of the body, and keep the connection."""
    chunked: bool = False
    """Do not say how long it is."""
    claims: int | None = None
    """Say that it has so many bytes."""
    wrong_range: bool = False
    """Answer a request for the rest with another part than was asked for."""
    requests: list[dict[str, str]] = field(default_factory=list)
    """The headers of each request, as they came."""


class Server:
    """Where the files are: ``files`` by path; ``redirects`` from path to address."""

    def __init__(self, address: str, released: threading.Event) -> None:
        self.address = address
        self.files: dict[str, Served] = {}
        self.redirects: dict[str, str] = {}
        self.released = released

    def add(self, name: str, served: Served) -> str:
        """Serve a file; its address."""
        self.files[f"/{name}"] = served
        return f"{self.address}/{name}"


@contextmanager
def serve() -> Iterator[Server]:
    """A server on a free port of this machine."""
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            self.close_connection = True
            if self.path in server.redirects:
                self.send_response(302)
                self.send_header("Location", server.redirects[self.path])
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif self.path in server.files:
                self.send_file(server.files[self.path])
            else:
                self.send_error(404)

        def send_file(self, served: Served) -> None:
            served.requests.append(dict(self.headers))
            data, begin = served.data, 0
            wanted = self.headers.get("Range")
            if wanted and served.ranges and self.headers.get("If-Range") in (None, served.etag):
                begin = int(wanted.removeprefix("bytes=").removesuffix("-"))
                if begin >= len(data):
                    self.send_error(416)
                    return
                begin -= served.wrong_range
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
            else:
                self.send_response(200)
            if served.etag:
                self.send_header("ETag", served.etag)
            body = data[begin:]
            if served.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            else:
                self.send_header("Content-Length", str(len(body) if served.claims is None else served.claims))
            self.end_headers()
            if served.hang_after is not None:
                self.wfile.write(body[: served.hang_after])
                self.wfile.flush()
                released.wait(30)
            elif served.chunked:
                self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
            else:
                self.wfile.write(body[: served.stop_after])

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    server = Server(f"http://127.0.0.1:{httpd.server_port}", released)
    thread = threading.Thread(target=httpd.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        released.set()
        httpd.shutdown()
        httpd.server_close()
        thread.join()
