"""How does a world in a test process stand on a socket? Werkzeug's server on a thread."""

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from ecrmock.app import App

_POLL = 0.005


class _Handler(WSGIRequestHandler):
    """HTTP/1.1 also for garbage: a TLS client on a plain port needs a status line (facts/registry 3.3)."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 (Werkzeug's name)
        """A test's output is its own."""


class _Server(ThreadedWSGIServer):
    """Knows its connections, so that none outlives it: each has a thread, and that holds the world."""

    def __init__(self, application: "App") -> None:
        """Listen on a free port."""
        self._lock = threading.Lock()
        self._connections: set[Any] = set()
        super().__init__("127.0.0.1", 0, application, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection on a thread of its own."""
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def close_request(self, request: Any) -> None:
        """Close a connection."""
        with self._lock:
            self._connections.discard(request)
        super().close_request(request)

    def end_connections(self) -> None:
        """Let nothing more be read: who waits for a request ends, who answers one may finish."""
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):  # the client was faster
                    connection.shutdown(socket.SHUT_RD)


class ThreadServer:
    """A loopback socket with a thread per connection; stops within milliseconds."""

    def __init__(self, application: "App") -> None:
        """Listen on a free port. Raises OSError when there is none, RuntimeError when there can be no more threads."""
        try:
            self._server = _Server(application)
        except SystemExit as error:  # Werkzeug would end the process
            raise OSError("no port is free on 127.0.0.1") from error
        self.url = f"http://localhost:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": _POLL}, name="ecrmock", daemon=True
        )
        try:
            self._thread.start()
        except BaseException:
            self._server.server_close()
            raise

    def stop(self) -> None:
        """Close the socket and the connections."""
        try:
            self._server.shutdown()
        finally:
            self._server.server_close()
            self._server.end_connections()
        self._thread.join()
