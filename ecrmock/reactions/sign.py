"""When is an image signed? After the push that brought it, by a job a profile (facts/automation 6.2)."""

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from ecrmock.base.extras import MissingExtraError
from ecrmock.domain.images.events import ImageDeleted, ImagePushed
from ecrmock.domain.registry.registries import demand, find
from ecrmock.domain.signing import signatures as signing
from ecrmock.domain.signing.signatures import Signing, SigningRefusedError
from ecrmock.errors.base import ServiceError

if TYPE_CHECKING:
    from ecrmock.domain.names import RepositoryKey
    from ecrmock.engine.world import World

KIND = "sign-image"
_log = logging.getLogger("ecrmock")


class SigningJob(NamedTuple):
    """An image that a profile is to sign."""

    repository: "RepositoryKey"
    digest: str
    profile: str


def attach(world: "World") -> None:
    """Schedule a signature a profile for what a client added; what arrives by replication brings its own."""
    world.schedule.handle(KIND, SigningJob, lambda job: _sign(world, job), outside=True)

    def pushed(event: ImagePushed) -> None:
        if event.added and event.pusher is not None:
            for profile in _signing(world, event.repository).begin(event.digest, event.pusher):
                world.schedule.add(KIND, SigningJob(event.repository, event.digest, profile))

    def deleted(event: ImageDeleted) -> None:
        if event.whole:
            for profile in _signing(world, event.repository).forget(event.digest):
                world.schedule.cancel(KIND, SigningJob(event.repository, event.digest, profile))

    world.bus.subscribe(ImagePushed, pushed)
    world.bus.subscribe(ImageDeleted, deleted)


def _signing(world: "World", key: "RepositoryKey") -> Signing:
    return demand(world, key).of(Signing)


def _sign(world: "World", job: SigningJob) -> None:
    """Look, sign without the lock, push the signature; whatever goes wrong is a status, not in progress for ever."""

    def work(act: Any) -> Any:
        """Do this over the repository, unless it went meanwhile."""

        def found() -> Any:
            repository = find(world, job.repository)
            return None if repository is None else act(repository.of(Signing))

        return world.transact(found)

    try:
        target = work(lambda found: found.target(job.digest, job.profile))
        if target is None:
            return
        signer = signing.signer(world, job.profile)
        envelope = signer.envelope(target, world.clock.now())
        work(lambda found: found.attach(job.digest, job.profile, envelope, signer.thumbprints))
    except Exception as error:  # noqa: BLE001 (as the docstring says)
        code, reason = _told(error)
        work(lambda found: found.fail(job.digest, job.profile, code, reason))


def _told(error: Exception) -> tuple[str, str]:
    """A failureCode and a failureReason (inferred). What is a fault of ours is told to the log."""
    if isinstance(error, SigningRefusedError):
        code, reason = error.args
        return code, reason
    if not isinstance(error, ServiceError | MissingExtraError):
        _log.error("a signature failed", exc_info=error)
    return "INTERNAL_ERROR", error.message if isinstance(error, ServiceError) else str(error)
