"""How is ecrmock used inside a test? One object: a decorator for everything, and a context manager."""

import inspect
import json
import threading
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, Unpack, overload

from ecrmock.admin import scanning
from ecrmock.domain.lifecycle import runs
from ecrmock.domain.signing import signatures
from ecrmock.testing import accounts
from ecrmock.testing.clock import MockClock
from ecrmock.testing.environment import environment
from ecrmock.testing.intercept import Active, interceptor
from ecrmock.testing.options import SettingsDict, check_own, to_settings
from ecrmock.testing.shared import Shared, sharing
from ecrmock.testing.wrap import wrap_class, wrap_function

if TYPE_CHECKING:
    from ecrmock.app import App
    from ecrmock.domain.lifecycle.evaluate import Evaluation
    from ecrmock.engine.schedule import Job
    from ecrmock.engine.world import World
    from ecrmock.gateway.record import ActionCalled
    from ecrmock.testing.server import ThreadServer

F = TypeVar("F", bound=Callable[..., Any])

_INACTIVE = "this mock_ecr is not active: use it as a decorator or in a with statement"


class EcrMock:
    """An AWS for ECR as long as it is entered; entering again begins with an empty one.

    Options are the fields of Settings (docs/settings.md), e.g. `mock_ecr(account="111122223333")`, and

    - `delays={"replicate-image": "manual", "restore-image": 600}`: how long ECR's own work takes: "instant", seconds of
      world time, or until `release` (`GET /_ecrmock/due` and facts/automation 0.4 name the kinds);
    - `upstreams={"quay": "http://localhost:5001"}`: where pull through caches find an upstream, as `--upstream` says;
    - `server=True`: also open a loopback socket on the same world; see `url`;
    - `passthrough=True`, or names such as `["sts", "s3"]`: let requests to other AWS services go on to the network
      instead of refusing them; `unmocked="raise"` raises UnmockedServiceError in the place of a refusal;
    - `layer_urls="aws"`: layer URLs name ECR's bucket; else the first one opens a loopback socket, and leads there.

    Inside another mock it joins the world that is there, and leaves it as it is, unless it has options that differ from
    those of that one, or `isolated=True`: then it has a world of its own.

    Credentials and endpoint variables in the environment, a profile that does not exist and boto3's default session are
    set aside and put back. The region is the caller's own. No key tells the account, but one of twelve digits where
    no `account` is given.
    """

    def __init__(
        self,
        *,
        server: bool = False,
        passthrough: bool | Collection[str] = False,
        isolated: bool = False,
        unmocked: Literal["refuse", "raise"] = "refuse",
        layer_urls: Literal["local", "aws"] = "local",
        **options: Unpack[SettingsDict],
    ) -> None:
        """Take options; nothing is patched before it is entered.

        Raises TypeError for a name that is no option, ValueError for a value that makes no sense.
        """
        check_own({"unmocked": unmocked, "layer_urls": layer_urls})
        self._settings = to_settings(options)
        self._chosen = frozenset(options)
        self._with_server = server
        self._passthrough = passthrough
        self._isolated = isolated
        self._unmocked = unmocked
        self._layer_urls = layer_urls
        self._active: Active | None = None
        self._server: ThreadServer | None = None
        self._lock = threading.RLock()
        self._undo = ExitStack()
        """What is to be done when the mock is left."""

    # -- inside

    @property
    def application(self) -> "App":
        """The WSGI application of both doors. Raises RuntimeError outside the mock."""
        if self._active is None:
            raise RuntimeError(_INACTIVE)
        return self._active.application

    front = application
    """The older name."""

    @property
    def world(self) -> "World":
        """The world behind both doors."""
        return self.application.world

    @property
    def clock(self) -> MockClock:
        """World time: now, freeze, resume, travel, advance."""
        return MockClock(self.world)

    @property
    def calls(self) -> "list[ActionCalled]":
        """What was called at either door, in the order in which calls ended (writes: were committed)."""
        return self.application.gate.calls.all()

    @property
    def url(self) -> str:
        """Where the loopback socket is, e.g. http://localhost:40123. Raises RuntimeError without `server=True`."""
        if self._server is None:
            raise RuntimeError("this mock_ecr has no socket: use mock_ecr(server=True)")
        return self._server.url

    @property
    def registry_host(self) -> str:
        """What stands before a repository's name in `docker push`, e.g. localhost:40123."""
        return self.url.partition("//")[2]

    def reset(self) -> None:
        """Put an empty world in the place of this one, clock included."""
        self.application.reset()

    def push(
        self,
        repository: str,
        *,
        tag: str | None = None,
        content: str | None = None,
        account: str | None = None,
        region: str | None = None,
    ) -> str:
        """Push a small valid OCI image of one layer; its digest. A repository that is missing is made.

        The image follows from `content` alone, where none is given from repository and tag: the same again is the
        same digest. All that a push brings with it happens: scans, replication, events. It is not in `calls`. Raises
        ServiceError as PutImage would, e.g. for a tag that may not move.
        """
        from ecrmock.testing import images  # noqa: PLC0415 (tar files only where one is made)

        settings = self.world.settings
        where = account or settings.account, region or settings.region
        return images.push(self.world, where, repository, tag, content)

    def run_lifecycle(
        self, repository: str | None = None, *, account: str | None = None, region: str | None = None
    ) -> "dict[str, Evaluation]":
        """Let lifecycle policies act at once, of one repository or of all; ARN -> what was found, with its trace.

        Raises RepositoryNotFoundException.
        """
        found = runs.run_now(self.world, repository=repository, account=account, region=region)
        return {each.arn: evaluation for each, evaluation in found}

    def release(self, kind: str | None = None) -> "list[Job]":
        """Let work be done that `delays` holds for a hand, all of it or of one kind; what was done.

        Raises ValueError for a kind that there is not.
        """
        return self.world.release(kind)

    def signing_certificate(self, profile_arn: str) -> str:
        """The test root certificate with which signatures of this signing profile verify, as PEM.

        Raises ValueError for what is no profile's ARN, MissingExtraError without the extra `sign`.
        """
        return signatures.signer(self.world, profile_arn).root

    # -- what scans find (docs/scanning.md); each raises ValueError for what makes no sense

    def scan_findings(self, entries: Any = None, /, **entry: Any) -> None:
        """Let scans of these images find this, e.g. `scan_findings(repository="team/*", counts={"HIGH": 2})`.

        The members of an entry by keyword, or a list of such dicts. They show at once, in scans that are done too.
        """
        scanning.set_findings(self.world, entry if entries is None else entries)

    def clear_scan_findings(self, **selector: str) -> int:
        """Forget what was set, all or with this selector; how many entries."""
        wanted = scanning.selector(selector)
        return self.world.transact(lambda: scanning.sources(self.world).clear(wanted))

    def scan_report(self, report: Any, /, **selector: str) -> None:
        """Import a report of another scanner: a path, or its parsed JSON; without a selector it names its image."""
        said = json.loads(Path(report).read_bytes()) if isinstance(report, str | Path) else report
        scanning.import_report(self.world, said, scanning.selector(selector))

    def scan_results(self, body: dict[str, Any], /) -> None:
        """Queue answers of DescribeImageScanFindings, by the body that moto takes."""
        scanning.queue(self.world, body)

    # -- entering and leaving

    def start(self) -> Self:
        """Begin, inside another mock in its world; else in an empty one.

        Raises RuntimeError when it is active already, ValueError for a wrong option.

        Whatever is raised, also by a server that finds no port, nothing of it remains.
        """
        with self._lock:
            if self._active is not None:
                raise RuntimeError("this mock_ecr is active already; make another to nest them")
            with ExitStack() as undo:
                outer = interceptor.innermost
                shared = self._join_or_make()
                undo.callback(sharing.leave, shared)
                if self._with_server:
                    self._server = shared.server()
                    undo.callback(self._forget_server)
                undo.callback(environment.restore, environment.fake())
                active = self._active_on(shared, outer if outer and outer.shared is shared else None)
                undo.callback(interceptor.leave, active)
                interceptor.enter(active)
                self._active, self._undo = active, undo.pop_all()
        return self

    def stop(self) -> None:
        """Leave; the world is forgotten, environment and botocore as before, even if the server cannot be closed.

        Raises RuntimeError when it is not active.
        """
        with self._lock:
            if self._active is None:
                raise RuntimeError(_INACTIVE)
            self._active = None
            self._undo.close()

    def _join_or_make(self) -> Shared:
        settings, options = self._settings, {name: getattr(self._settings, name) for name in self._chosen}
        if self._layer_urls != "local":
            options["layer_urls"] = self._layer_urls
        joined = None if self._isolated else sharing.join(_innermost_shared, options)
        if joined is not None:
            return joined
        chosen = "account" in self._chosen
        if not chosen and (account := accounts.moto_account()) is not None:
            settings = replace(settings, account=account)
        return Shared(settings, chosen=chosen, layer_urls=self._layer_urls)

    def _active_on(self, shared: Shared, joined: Active | None) -> Active:
        """What is entered; one that joins another lets pass, and raises for, what that does, if it says nothing."""
        passes = joined.passes if joined is not None and self._passthrough is False else self._passes
        raises = self._unmocked == "raise" or (joined is not None and joined.raises)
        return Active(shared.application, passes, raises, shared)

    def _forget_server(self) -> None:
        self._server = None

    def _passes(self, host: str) -> bool:
        if isinstance(self._passthrough, bool):
            return self._passthrough
        return any(part in self._passthrough for part in host.split("."))

    def __enter__(self) -> Self:
        """Begin."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave, unless that was done by hand."""
        if self._active is not None:
            self.stop()

    async def __aenter__(self) -> Self:
        """Begin."""
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave, unless that was done by hand."""
        if self._active is not None:
            self.stop()

    # -- decorating

    def again(self) -> "EcrMock":
        """Another with the same options: each call of something decorated has a world of its own."""
        another = type(self)(
            server=self._with_server,
            passthrough=self._passthrough,
            isolated=self._isolated,
            unmocked=self._unmocked,
            layer_urls=self._layer_urls,
        )
        another._settings, another._chosen = self._settings, self._chosen  # noqa: SLF001 (its own kind)
        return another

    def __call__(self, target: F) -> F:
        """Let a function, coroutine function, generator function, class or TestCase run inside the mock."""
        return wrap_class(self.again, target) if inspect.isclass(target) else wrap_function(self.again, target)


def _innermost_shared() -> Shared | None:
    found = interceptor.innermost
    return found and found.shared


@overload
def mock_ecr(target: F, /) -> F: ...


@overload
def mock_ecr(
    *,
    server: bool = ...,
    passthrough: bool | Collection[str] = ...,
    isolated: bool = ...,
    unmocked: Literal["refuse", "raise"] = ...,
    layer_urls: Literal["local", "aws"] = ...,
    **options: Unpack[SettingsDict],
) -> EcrMock: ...


def mock_ecr(target: Any = None, /, **options: Any) -> Any:
    """Answer ECR in process: with or without brackets as a decorator, or in a with statement. See EcrMock."""
    mock = EcrMock(**options)
    return mock if target is None else mock(target)
