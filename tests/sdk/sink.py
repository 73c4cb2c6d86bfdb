"""An HTTP server that connectors talk to: it remembers each request and answers what it was told to."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Received:
    method: str
    path: str
    headers: dict
    body: bytes

    @property
    def key(self) -> str:
        return self.headers.get("idempotency-key", "")


@dataclass
class Reply:
    status: int = 200
    body: bytes = b'{"ok":true}'
    headers: dict = field(default_factory=lambda: {"Content-Type": "application/json"})
    # Seconds until it is sent.
    after: float = 0


class Sink:
    """Listens on a loopback address. `replies` are given first, then `usual`."""

    def __init__(self, address: str = "127.0.0.1"):
        self.received: list[Received] = []
        self.replies: list[Reply] = []
        self.usual = Reply()
        self._lock = threading.Lock()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Headers and body leave in two writes; without this the second one waits for the client's acknowledgement.
            disable_nagle_algorithm = True

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                sink._answer(self, Received(self.command, self.path, headers, self.rfile.read(length)))

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any

            def log_message(self, *_):
                pass

        class Listener(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, client_address):
                """A server that is killed breaks its connections: nothing to report."""

        self._listener = Listener((address, 0), Handler)
        self.address, self.port = self._listener.server_address[:2]
        self._thread = threading.Thread(target=self._listener.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}"

    def _answer(self, handler, received: Received) -> None:
        with self._lock:
            self.received.append(received)
            reply = self.replies.pop(0) if self.replies else self.usual
        if reply.after:
            threading.Event().wait(reply.after)
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        body = b"" if received.method == "HEAD" else reply.body
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def keys(self) -> list[str]:
        with self._lock:
            return [received.key for received in self.received]

    def forget(self) -> None:
        with self._lock:
            self.received.clear()
            self.replies.clear()
            self.usual = Reply()

    def close(self) -> None:
        self._listener.shutdown()
        self._listener.server_close()


def json_reply(document, status: int = 200, **headers) -> Reply:
    return Reply(status, json.dumps(document).encode(), {"Content-Type": "application/json"} | headers)
