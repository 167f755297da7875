"""A system that alerts are sent to."""

from __future__ import annotations

import http.server
import threading


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps the first caller waiting until `is_over`, answers the others at once."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.is_over = threading.Event()
        self.seen: list[tuple[dict[str, str], str]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.seen.append((dict(self.headers), body))
        if len(self.server.seen) == 1:
            self.server.is_over.wait(60)
            return
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Not into the output of the tests."""
