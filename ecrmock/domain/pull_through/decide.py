"""Must the upstream be asked before this image is pulled, and may it? (facts/automation 4.4)."""

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from ecrmock.domain import names
from ecrmock.domain.images.image import Failure, Image, ImageId
from ecrmock.domain.images.images import Images
from ecrmock.domain.names import RegistryKey, RepositoryKey
from ecrmock.domain.pull_through.checks import Checks
from ecrmock.domain.pull_through.imports import Import
from ecrmock.domain.pull_through.rules import CacheRules
from ecrmock.domain.pull_through.upstreams import MissingError, Outcomes
from ecrmock.domain.registry.registries import Registry
from ecrmock.engine.fetch import Fetch
from ecrmock.errors.base import ServiceError
from ecrmock.errors.ecr import RepositoryNotFoundException

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecrmock.engine.world import World


class Asking(NamedTuple):
    """Who wants an image, as far as a cache rule must know."""

    may: "Callable[[str], bool]"
    """Whether this caller may do an ECR action to the repository."""
    outcomes: Outcomes
    """What was asked outside in this call already, and what came of it."""
    chain: tuple[str, ...] = ()
    """Marks of the fetches for which this pull is made, when the upstream is this very server."""


class PullThrough:
    """What the cache rules of one account in one region do to a pull."""

    def __init__(self, world: "World", account: str, region: str) -> None:
        """A view of the registry."""
        self._world = world
        self._key = RegistryKey(account, region)
        self._registry = world.of(Registry, account, region)

    def prepare(self, name: str, wanted: ImageId, asking: Asking) -> Failure | None:
        """Have the upstream's image here before it is pulled, where a rule says so; a Failure is what the pull brings.

        A digest that is here is served; a tag is asked for again after 24 hours, and any trouble then serves the
        old one. Raises Fetch, RepositoryNotFoundException for a repository that may not be made,
        UnableToGetUpstreamImageException, LimitExceededException.
        """
        rule, reference = self._world.of(CacheRules, *self._key).covering(name), wanted.tag or wanted.digest or ""
        if rule is None or not _can_be_asked_for(wanted):
            return None
        key = ("pull", *self._key, name, reference)
        mark = _mark(self._world.secret, key)
        image = self._image(name, wanted)
        if self._served(name, wanted, image) or mark in asking.chain:
            return None
        if key in asking.outcomes:
            return _outcome(asking.outcomes[key], image)
        if not self._may_import(name, asking):
            return None if image else Failure.not_found()
        job = Import(self._world, RepositoryKey(*self._key, name), rule, wanted, (*asking.chain, mark))

        def fetch() -> None:
            with self._world.lock:  # another call's fetch may have ended since this one asked
                served = self._served(name, wanted, self._image(name, wanted))
            if not served:
                job.run()

        def on_end(error: Exception | None) -> None:
            if error is not None and not isinstance(error, MissingError | ServiceError):
                raise error
            asking.outcomes[key] = error

        raise Fetch(key, fetch, on_end)

    def _image(self, name: str, wanted: ImageId) -> Image | None:
        repository = self._registry.existing(name)
        if repository is None:
            return None
        return (
            repository.of(Images).tagged(wanted.tag) if wanted.tag else repository.of(Images).get(wanted.digest or "")
        )

    def _served(self, name: str, wanted: ImageId, image: Image | None) -> bool:
        """Whether what is here will do; an archived image is as the archive says."""
        if image is None:
            return False
        if wanted.tag is None or image.status != "ACTIVE":
            return True
        return Checks(self._registry.repository(name)).fresh(wanted.tag)

    def _may_import(self, name: str, asking: Asking) -> bool:
        """Raises RepositoryNotFoundException."""
        if self._registry.find(name) is None and not asking.may("CreateRepository"):
            raise RepositoryNotFoundException(name, self._registry.account)
        return asking.may("BatchImportUpstreamImage")


def _outcome(error: Exception | None, image: Image | None) -> Failure | None:
    """What a fetch of this call means to the pull: nothing where there is an image."""
    if error is None or image is not None:
        return None
    if isinstance(error, MissingError):
        return Failure.not_found()
    raise error


def _can_be_asked_for(wanted: ImageId) -> bool:
    """Whether any upstream could know it; the pull itself refuses what is malformed."""
    if wanted.digest and names.digest(wanted.digest) is None:
        return False
    return names.oci_tag(wanted.tag) if wanted.tag else bool(wanted.digest)


def _mark(secret: bytes, key: tuple[str, ...]) -> str:
    """A name for a fetch that only this world recognises."""
    return hashlib.sha256(secret + "\n".join(key).encode()).hexdigest()[:24]
