"""Show the built book on this machine, compressed as a real web server would send it."""

import gzip
import sys
import threading
from contextlib import contextmanager
from functools import lru_cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from .build import ROOT, BuildError

COMPRESSED = {".html", ".css", ".js", ".json", ".svg", ".csv", ".txt", ".md"}


@lru_cache(maxsize=512)
def compressed(path, changed):
    """The file at `path` (last changed at `changed`, ns) as gzip bytes."""
    return gzip.compress(Path(path).read_bytes(), mtime=0)


class Handler(SimpleHTTPRequestHandler):
    """Files of a folder, gzipped for clients that accept it; nothing is cached, so a rebuild shows at once."""

    protocol_version = "HTTP/1.1"
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".svg": "image/svg+xml",
    }

    def send_head(self):
        path = Path(self.translate_path(self.path))
        path = (
            path / "index.html"
            if path.is_dir() and self.path.partition("?")[0].endswith("/")
            else path
        )
        if (
            "gzip" not in self.headers.get("Accept-Encoding", "")
            or path.suffix not in COMPRESSED
            or not path.is_file()
        ):
            return super().send_head()
        body = compressed(str(path), path.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)
        return None

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    """A browser that leaves before it has all it asked for is no error."""

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def server(folder, port=0):
    """HTTP server for `folder` on 127.0.0.1, not yet started; port 0 means any free one."""
    return Server(("127.0.0.1", port), partial(Handler, directory=str(folder)))


@contextmanager
def serving(folder):
    """Address of `folder`, served by a thread of this process until the block ends."""
    with server(folder) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{http.server_port}"
        finally:
            http.shutdown()


def serve(folder=ROOT / "_build" / "html", port=None):
    """Serve the built book until interrupted, on `port`, or on 8000 if free, else on any free port.

    Raises BuildError when there is no site or the port asked for is taken.
    """
    if not (Path(folder) / "index.html").is_file():
        raise BuildError(f"There is no site in {folder}; run `make book` first.")
    for wanted in [port] if port is not None else [8000, 0]:
        try:
            http = server(folder, wanted)
            break
        except OSError as error:
            reason = error.strerror
    else:
        raise BuildError(
            f"Port {port} of 127.0.0.1 cannot be used ({reason}); name another or leave it out."
        )
    with http:
        print(f"The book is at http://127.0.0.1:{http.server_port}/ (Ctrl-C stops it)", flush=True)
        http.serve_forever()
