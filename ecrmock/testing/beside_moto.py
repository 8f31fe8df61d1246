"""What of moto must reach our world while ECR is ours? Its own doors to ECR, and a word where it makes a repository."""

import contextlib
import importlib
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ecrmock.admin import scanning

if TYPE_CHECKING:
    from ecrmock.app import App

_STUBBER = "moto.core.botocore_stubber"
_API = "moto.moto_api._internal.models"
_ECR = "moto.ecr.models"
_CLOUD_FORMATION = "before-send.cloudformation."
_MISSED = (
    "moto's CloudFormation made the repository {name!r} in moto's ECR, where ecrmock does not look; make it with "
    "boto3 or ecrmock.push (docs/moving-from-moto.md)"
)


class Doors(NamedTuple):
    """What the hooks below ask of whoever puts them in."""

    application: "Callable[[], App | None]"
    """That of the innermost mock, None outside."""
    is_ecr: Callable[[str], bool]
    """Whether a botocore event is about ECR."""
    install: Callable[[], None]
    """Puts in the hooks of what has been loaded since."""


def hooks(doors: Doors) -> Iterator[tuple[Any, str, Callable[[Any, Any], Any]]]:
    """(class, function's name, what makes ours of theirs) of all that is loaded and looks as it is known here."""

    def bound(wrap: Callable[[Doors, Any], Any]) -> Callable[[Any, Any], Any]:
        return lambda _interceptor, original: wrap(doors, original)

    for module, owner, name, wrap in _KNOWN:
        found = getattr(sys.modules.get(module), owner, None)
        if hasattr(found, name):
            yield found, name, bound(wrap)


def _stubber(doors: Doors, original: Any) -> Any:
    """Moto steps back for ECR: ours answers, before or at `send`."""

    def call(stubber: Any, event_name: str, request: Any, **more: Any) -> Any:
        if doors.application() is not None:
            if doors.is_ecr(event_name):
                return None
            if event_name.startswith(_CLOUD_FORMATION) and _ECR not in sys.modules:
                with contextlib.suppress(ImportError):
                    importlib.import_module(_ECR)  # as CloudFormation does, but before it makes anything
                doors.install()
        return original(stubber, event_name, request, **more)

    return call


def _queue(doors: Doors, original: Any) -> Any:
    """The results that a test posts to motoapi.amazonaws.com are those of the ECR that answers."""

    def set_ecr_scan_finding_result(backend: Any, results: Any, account_id: str, region: str) -> None:
        application = doors.application()
        if application is None:
            original(backend, results, account_id, region)
        else:
            scanning.queue(application.world, {"account_id": account_id, "region": region, "results": [results]})

    return set_ecr_scan_finding_result


def _reset(doors: Doors, original: Any) -> Any:
    """A reset of moto's API empties our world as well."""

    def reset(backend: Any) -> None:
        original(backend)
        application = doors.application()
        if application is not None:
            application.reset()

    return reset


def _made(doors: Doors, original: Any) -> Any:
    """Only CloudFormation comes here while ECR is ours; whoever waits for the repository is told."""

    def create_repository(backend: Any, repository_name: str, *arguments: Any, **named: Any) -> Any:
        if doors.application() is not None:
            warnings.warn(_MISSED.format(name=repository_name), stacklevel=2)
        return original(backend, repository_name, *arguments, **named)

    return create_repository


_KNOWN = (
    (_STUBBER, "BotocoreStubber", "__call__", _stubber),
    (_API, "MotoAPIBackend", "set_ecr_scan_finding_result", _queue),
    (_API, "MotoAPIBackend", "reset", _reset),
    (_ECR, "ECRBackend", "create_repository", _made),
)

MODULES = (_STUBBER, _API, _ECR)
"""Those of moto that may be imported at any time."""
