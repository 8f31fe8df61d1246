"""How long may an upstream hold us? A thread that ends its connections when it is too slow, and where none may lead."""

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ecrmock.domain.pull_through.upstreams import UpstreamError

if TYPE_CHECKING:
    from urllib3 import PoolManager

_TICK = 1.0
"""Seconds between two looks. Ticks are counted and no clock is asked: a test may have frozen it."""
_STEP = 30
"""Ticks that a step may take: an answer's headers, or PORTION bytes of its body."""
PORTION = 256 * 1024
"""So the least rate is some 9 kB a second; a socket's own time limit begins anew with every byte."""
_FORBIDDEN = tuple(map(ipaddress.ip_network, ("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32")))
"""Link-local addresses and AWS's own: there a cloud tells a machine its credentials, and no registry lives."""


class Watch:
    """The connections of one fetch, and how long it takes."""

    def __init__(self, total: float) -> None:
        """Allow so many seconds in all."""
        self._total = total / _TICK
        self._ticks = 0
        self._age = 0
        """Ticks that were waited for the upstream since the step began."""
        self._waits = False
        self._late = self._slow = False
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._sockets: list[tuple[Any, socket.socket]] = []

    def begin(self) -> None:
        """A step begins now, in the place of the one before."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="upstream", daemon=True)
            self._thread.start()
        self._age = 0

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Wait for the upstream meanwhile. Raises UpstreamError where it was given up."""
        self._waits = True
        try:
            yield
        finally:
            self._waits = False
            self.check()

    def check(self) -> None:
        """Raise UpstreamError where the upstream was given up: a connection that was ended reads like a whole body."""
        if self._late:
            raise UpstreamError(f"it takes longer than the {self._total * _TICK:g} seconds of upstream_seconds")
        if self._slow:
            raise UpstreamError(f"it is too slow: less than {PORTION // 1024} KiB in {_STEP * _TICK:g} seconds")

    def close(self) -> None:
        """Let go of everything."""
        self._closed.set()
        with self._lock:
            found, self._sockets = self._sockets, []
        for _, each in found:
            each.close()

    def opened(self, connection: Any, connect: "Callable[[], socket.socket]") -> socket.socket:
        """A new socket, watched. Raises UpstreamError where it leads to an address that no registry has."""
        self.check()
        _refuse(_numeric(connection.host), connection.host)
        made = connect()
        try:
            _refuse(made.getpeername()[0], connection.host)
            watched = made.dup()  # TLS takes the descriptor away from this one
        except BaseException:
            made.close()
            raise
        with self._lock:
            for row in [row for row in self._sockets if row[0].sock is None]:
                self._sockets.remove(row)
                row[1].close()
            self._sockets.append((connection, watched))
        return made

    def _run(self) -> None:
        while not self._closed.wait(_TICK):
            self.tick()

    def tick(self) -> None:
        """Look once; end all connections where a limit is passed."""
        self._ticks += 1
        if self._waits:
            self._age += 1
        self._late = self._late or self._ticks >= self._total
        self._slow = self._slow or self._age >= _STEP
        if self._late or self._slow:
            with self._lock:
                for _, each in self._sockets:
                    with contextlib.suppress(OSError):  # it ended by itself
                        each.shutdown(socket.SHUT_RDWR)


def watched(manager: "PoolManager", watch: Watch) -> "PoolManager":
    """A pool of which each connection is watched."""
    from urllib3 import connection, connectionpool  # noqa: PLC0415 (only where an upstream is asked)

    class Plain(connection.HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return watch.opened(self, super()._new_conn)

    class Secure(connection.HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return watch.opened(self, super()._new_conn)

    class PlainPool(connectionpool.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(connectionpool.HTTPSConnectionPool):
        ConnectionCls = Secure

    manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
    return manager


def _numeric(host: str) -> str | None:
    """The address that a host is, however it is written (`2852039166` too); None for a name."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None
    return str(found[0][4][0])


def _refuse(address: str | None, host: str) -> None:
    if address is not None and _is_forbidden(address):
        raise UpstreamError(f"the upstream leads to {host}, a link-local address, where no registry may be")


def _is_forbidden(text: str) -> bool:
    address = ipaddress.ip_address(text)
    mapped = getattr(address, "ipv4_mapped", None) or address
    return any(mapped in network for network in _FORBIDDEN if network.version == mapped.version)
