"""How does a world in a test process stand on a socket? Werkzeug's server on a thread."""

import threading
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from ecrmock.app import Front

_POLL = 0.005


class _Handler(WSGIRequestHandler):
    """HTTP/1.1 also for garbage: a TLS client on a plain port needs a status line (data-plane.md 3.3)."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 (Werkzeug's name)
        """A test's output is its own."""


class ThreadServer:
    """A loopback socket with a thread per connection; stops within milliseconds."""

    def __init__(self, front: "Front") -> None:
        """Listen on a free port."""
        self._server = make_server("127.0.0.1", 0, front, threaded=True, request_handler=_Handler)
        self.url = f"http://localhost:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": _POLL}, name="ecrmock", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Close the socket."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
