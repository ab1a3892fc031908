"""A receiver of webhooks on this machine, which answers as the test says and keeps what it got."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver(ThreadingHTTPServer):
    """``answers`` are the HTTP statuses of the next messages, then 204; ``pause``: seconds before an answer."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[str, dict, bytes]] = []
        self.answers: list[int] = []
        self.pause, self.drip = 0.0, False
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?key=1"

    def handle_error(self, request, client_address):
        """Whoever sends may have hung up."""


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        time.sleep(self.server.pause)
        if self.server.drip:
            for _ in range(100):
                self.wfile.write(b"H")
                time.sleep(0.05)
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, *args):
        pass
