"""When is an image signed? After the push that brought it, by a due row a profile (policies-and-automation.md 6.2)."""

from typing import TYPE_CHECKING, Any

from ecrmock.domain import notation, signing
from ecrmock.domain.events import ImageDeleted, ImagePushed
from ecrmock.domain.registries import Registry, standing
from ecrmock.domain.signing import RefusedError, Signing
from ecrmock.errors import ServiceError

if TYPE_CHECKING:
    from ecrmock.domain.due import Due
    from ecrmock.domain.world import World

KIND = "sign-image"


def attach(world: "World") -> None:
    """Book a signature a profile for what a client added; what arrives by replication brings its own."""
    world.agenda.handle(KIND, lambda row: _sign(world, row), outside=True)

    def pushed(event: ImagePushed) -> None:
        registry = world.of(Registry, event.account, event.region)
        if not event.added or event.pusher is None or not registry.row.signing:
            return
        place = (event.account, event.region, event.repository)
        for profile in Signing(registry.repository(event.repository)).begin(event.digest, event.pusher):
            world.agenda.book(KIND, (*place, event.digest, profile))

    def deleted(event: ImageDeleted) -> None:
        if event.whole:
            place = (event.account, event.region, event.repository)
            repository = world.of(Registry, event.account, event.region).repository(event.repository)
            for profile in Signing(repository).forget(event.digest):
                world.agenda.cancel(KIND, (*place, event.digest, profile))

    world.bus.subscribe(ImagePushed, pushed)
    world.bus.subscribe(ImageDeleted, deleted)


def _sign(world: "World", row: "Due") -> None:
    """Look, sign without the lock, and push the signature; whatever is refused is a status, not an error."""
    digest, profile = row.subject[3:]

    def work(act: Any) -> Any:
        """Do this over the repository, unless it went meanwhile."""

        def found() -> Any:
            repository = standing(world, row.subject)
            return None if repository is None else act(Signing(repository))

        return world.transact(found)

    try:
        target = work(lambda place: place.target(digest, profile))
        if target is None:
            return
        signer = signing.signer(world, profile)
        envelope = signer.envelope(target, world.clock.now())
        work(lambda place: place.attach(digest, profile, envelope, signer.thumbprints))
    except (RefusedError, notation.Missing, ServiceError) as error:
        code, reason = _told(error)
        work(lambda place: place.fail(digest, profile, code, reason))


def _told(error: Exception) -> tuple[str, str]:
    """A failureCode and a failureReason (inferred)."""
    if isinstance(error, RefusedError):
        code, reason = error.args
        return code, reason
    return "INTERNAL_ERROR", error.message if isinstance(error, ServiceError) else str(error)
