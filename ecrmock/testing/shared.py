"""Which world does a mock have inside another? That one's, as long as it wants nothing else."""

import logging
import threading
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ecrmock.app import App
from ecrmock.gateway import identity, urls
from ecrmock.testing import accounts

if TYPE_CHECKING:
    from ecrmock.engine.world import World
    from ecrmock.settings import Settings
    from ecrmock.testing.server import ThreadServer

_log = logging.getLogger("ecrmock")


class Shared:
    """A world in process, held by the mocks that joined it, and its socket when somebody needs one."""

    def __init__(self, settings: "Settings", *, chosen: bool, layer_urls: str) -> None:
        """Make the world; `chosen` is whether a test said which account it is. Raises ValueError."""
        self.application = App(settings)
        self.layer_urls = layer_urls
        self._told_by: Callable[[str], str | None] = accounts.told_by_none if chosen else accounts.told_by
        self._lock = threading.RLock()
        self._server: ThreadServer | None = None
        self.holders = 1
        self.application.on_new_world = self._attach
        self._attach(self.application.world)

    def _attach(self, world: "World") -> None:
        """Put at its seams what is different in process."""
        world.put(identity.KEY_ACCOUNTS, self._told_by)
        if self.layer_urls == "local":
            world.put(urls.LAYER_HOST, self._layer_host)

    def option(self, name: str) -> Any:
        """What was chosen for this world."""
        return self.layer_urls if name == "layer_urls" else getattr(self.application.settings, name)

    def _layer_host(self) -> str:
        """Where layers are; AWS's form where no socket may be opened, which the log tells."""
        try:
            return self.server().url
        except (OSError, RuntimeError) as error:
            _log.warning("no socket for layer URLs (%s): they name ECR's bucket, where nothing answers", error)
            return ""

    def server(self) -> "ThreadServer":
        """The loopback socket, opened when it is first asked for. Raises OSError, RuntimeError."""
        from ecrmock.testing.server import ThreadServer  # noqa: PLC0415 (Werkzeug only where it is wanted)

        with self._lock:
            if self._server is None:
                self._server = ThreadServer(self.application)
            return self._server

    def close(self) -> None:
        """End the socket and the world."""
        with self._lock:
            server, self._server = self._server, None
        try:
            if server is not None:
                server.stop()
        finally:
            self.application.world.close()


class Sharing:
    """Decides whether a mock joins the innermost one; the last that leaves a world ends it."""

    def __init__(self) -> None:
        """Have told nothing."""
        self._lock = threading.RLock()  # a mock in a generator may be left by the garbage collector at any point
        self._told: set[str] = set()

    def join(self, shared: "Callable[[], Shared | None]", options: Mapping[str, Any]) -> "Shared | None":
        """The world of the innermost mock; None where there is none, or where these options differ from its own.

        That is told once, as a warning.
        """
        with self._lock:
            found = shared()
            if found is None:
                return None
            theirs = {name: found.option(name) for name in options}
            differing = {name: value for name, value in options.items() if theirs[name] != value}
            if not differing:
                found.holders += 1
                return found
        self._warn(differing, theirs)
        return None

    def _warn(self, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
        text = (
            f"mock_ecr({_words(mine)}) inside mock_ecr({_words({name: theirs[name] for name in mine})}) has an empty "
            f"world of its own; isolated=True asks for one without this warning"
        )
        with self._lock:
            new = text not in self._told
            self._told.add(text)
        if new:
            warnings.warn(text, stacklevel=4)

    def leave(self, shared: Shared) -> None:
        """Let go; the last one ends the world."""
        with self._lock:
            shared.holders -= 1
            last = shared.holders == 0
        if last:
            shared.close()


def _words(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in sorted(options.items()))


sharing = Sharing()
"""The one of this process."""
