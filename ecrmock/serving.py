"""How does the app stand on a socket? granian behind one seam, with its traps closed (decisions 4)."""

import contextlib
import errno
import multiprocessing
import os
import socket
import sys
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from granian import Granian as MaintainedServer
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.log import LogLevels

from ecrmock.base import files
from ecrmock.base.reading import Readers
from ecrmock.base.wsgi import StartResponse, Wsgi
from ecrmock.engine.worker import Worker
from ecrmock.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from multiprocessing.connection import Connection

TAKEN = 3
"""Exit status when the port is taken."""
_THREADS = 2048
"""Blocking threads, never tied to the cores: slow uploads must not stop the API. They are made when they are needed."""
_WANTED, _REFUSED = 1536, 64
"""How many of them may wait for a body that is wanted, and for one that is refused; the others serve what has none."""
_DRAINING = 10.0
"""Seconds for what is left of a refused body."""
_REQUESTS = 4096
"""At once, more than threads: granian would else not take the 1025th connection."""
_GRACE = 4
"""Seconds that running calls may take to finish after SIGTERM; the whole stop is within five."""
_PATIENCE = 60
"""Seconds until the first answer; a server that gives none is not left there in silence."""
_LOOPBACK = {"localhost": "127.0.0.1"}


class PortTakenError(Exception):
    """Another process listens there."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0 asks for a free one."""

    host: str
    port: int
    scheme: str = "http"

    @property
    def url(self) -> str:
        """How a client on this machine reaches it: `localhost` works in every docker-like client."""
        host = self.host
        if host in {"127.0.0.1", "0.0.0.0", "::", "::1"}:  # noqa: S104 (compared, not bound)
            host = "localhost" if host != "::1" else "[::1]"
        elif ":" in host:
            host = f"[{host}]"
        return f"{self.scheme}://{host}:{self.port}"


class Binding(NamedTuple):
    """Where to listen, and with which certificate."""

    host: str
    port: int
    tls: tuple[Path, Path] | None = None
    """Certificate chain and key."""
    passing: Path | None = None
    """The folder of that certificate where it was made for this server alone: it goes with the server."""


def claim(host: str, port: int) -> tuple[Address, socket.socket]:
    """Find out whether the port is free, and hold it; granian binds beside us with SO_REUSEPORT.

    Two sockets: the first, without SO_REUSEPORT, fails where anybody listens, also a second `serve`; the
    second only holds the number. Raises PortTakenError, OSError for a host that is not ours.
    """
    host = _LOOPBACK.get(host, host)
    if not host or "%" in host:  # all addresses unasked; granian knows no zones
        raise OSError(f"{host!r} is no address")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTakenError from error
            raise
        except (TypeError, ValueError, OverflowError):
            raise OSError(f"{host!r} is no address") from None
        host, port = probe.getsockname()[:2]  # granian binds no names
    holder = socket.socket(family)
    if hasattr(socket, "SO_REUSEPORT"):
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind((host, port))
    return Address(host, port), holder


@dataclass
class Loader:
    """Makes the app inside granian's worker; picklable, since newer Pythons spawn it."""

    settings: Settings
    address: Address
    url_file: Path | None
    passing: Path | None
    log_level: str
    alive: "Connection"
    """The worker's end of a pipe whose other end only the parent has: it ends when the parent dies."""
    _parent: "Connection | None" = field(default=None, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the parent's end with the parent."""
        return {**self.__dict__, "_parent": None}

    def __call__(self, _target: str) -> Wsgi:
        """Build the application in the worker."""
        if self._parent is not None:  # a forked worker has inherited it
            self._parent.close()
        threading.Thread(target=self._die_with_parent, name="parent", daemon=True).start()
        _raise_file_limit()
        _log_to_stderr(self.log_level)
        from ecrmock.app import App  # noqa: PLC0415 (in the worker)

        application = App(self.settings)
        Worker(application.world)
        application.on_new_world = Worker
        # here and not in the parent: a thread that lives while granian forks may leave a lock held in the worker
        threading.Thread(target=_announce, args=(self.address, self.url_file), name="ready", daemon=True).start()
        return paced(application)

    def _die_with_parent(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            self.alive.recv()
        if self.passing is not None:
            files.remove_folder(self.passing)
        os._exit(1)  # other files are nameless and go with the process


def paced(application: Wsgi) -> Wsgi:
    """The application, with bodies that not all threads wait for."""
    readers = Readers(_WANTED, _REFUSED, _DRAINING)

    def answer(environ: dict[str, Any], start_response: StartResponse) -> "Iterable[bytes]":
        if environ.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in environ:
            environ["wsgi.input"] = readers.stream(environ["wsgi.input"])
        return application(environ, start_response)

    return answer


def _raise_file_limit() -> None:
    """A large layer holds a descriptor: allow as many as the system admits."""
    try:
        import resource  # noqa: PLC0415 (not on Windows)
    except ImportError:  # pragma: no cover
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _log_to_stderr(level: str) -> None:
    import logging  # noqa: PLC0415

    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)


class Server(MaintainedServer):  # type: ignore[misc, valid-type]  # granian picks its class when imported
    """granian's server, with a second signal that stops at once."""

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        """First signal: stop in good order. Second: kill the worker and go."""
        if self.interrupt_signal:
            for child in multiprocessing.active_children():
                child.kill()
            os._exit(1)
        super().signal_handler_interrupt(*args, **kwargs)


def serve(settings: Settings, place: Binding, url_file: Path | None, log_level: str) -> None:
    """Serve until a signal.

    Raises PortTakenError, OSError before anything is started: UnusableFileError for a URL file that cannot be.
    """
    if url_file is not None:
        files.check_place(url_file)
    address, holder = claim(place.host, place.port)
    if place.tls is not None:
        address = replace(address, scheme="https")
    child, parent = multiprocessing.Pipe(duplex=False)
    server = Server(
        "ecrmock",
        address=address.host,
        port=address.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=1,
        blocking_threads=_THREADS,
        backpressure=_REQUESTS,
        workers_kill_timeout=_GRACE,
        websockets=False,
        log_level=LogLevels.error,
        ssl_cert=place.tls[0] if place.tls else None,
        ssl_key=place.tls[1] if place.tls else None,
        ssl_protocol_min=SSLProtocols.tls12,
    )
    try:
        if url_file is not None:
            files.remove(url_file)  # of a server that was killed; not before the port is ours: one may be running
        server.serve(target_loader=Loader(settings, address, url_file, place.passing, log_level, child, parent))
    finally:
        _withdraw(address, url_file)
        holder.close()


def _withdraw(address: Address, url_file: Path | None) -> None:
    """Remove the URL file if it names us: while the port is held, nobody else has our URL."""
    if url_file is not None:
        with contextlib.suppress(OSError):  # it is gone, or something else
            if files.read(url_file) == _told(address):
                files.remove(url_file)


def _told(address: Address) -> bytes:
    return f"{address.url}\n".encode()


def _announce(address: Address, url_file: Path | None) -> None:
    """Say so when the first answer has come; the port is held, so nobody else can give it."""
    deadline = time.monotonic() + _PATIENCE
    while not _answers(address):
        if time.monotonic() > deadline:
            _give_up(f"ecrmock does not answer on {address.url} within {_PATIENCE} seconds; it is given up")
        time.sleep(0.005)
    if url_file is not None:
        try:
            files.write(url_file, _told(address))
        except OSError as error:
            _give_up(f"ecrmock: {url_file} cannot be written: {error.strerror}; it is given up")
    sys.stdout.write(f"ecrmock listening on {address.url}\nReady.\n")
    sys.stdout.flush()


def _give_up(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()
    os._exit(1)


def _answers(address: Address) -> bool:
    """Whether the server gives its first answer; an HTTP client would cost 40 ms to import."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)  # noqa: S104 (compared, not bound)
    try:
        with _connected(host, address) as connection:
            connection.sendall(b"GET /_ecrmock/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def _connected(host: str, address: Address) -> socket.socket:
    connection = socket.create_connection((host, address.port), 5)
    if address.scheme == "http":
        return connection
    import ssl  # noqa: PLC0415 (only where it is asked for)

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is ourselves that we ask
    return context.wrap_socket(connection)
