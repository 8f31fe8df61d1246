"""What does a repository's lifecycle policy do, when does it next, and what would it do?

See facts/automation 1.3, 1.4.
"""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from ecrmock.base.store import Kind
from ecrmock.domain.images.images import Images
from ecrmock.domain.lifecycle import document
from ecrmock.domain.lifecycle import evaluate as lifecycle
from ecrmock.domain.lifecycle.events import LifecyclePolicyChanged, PreviewStarted
from ecrmock.domain.registry import registries
from ecrmock.errors.ecr_images import (
    LifecyclePolicyNotFoundException,
    LifecyclePolicyPreviewInProgressException,
    LifecyclePolicyPreviewNotFoundException,
)

if TYPE_CHECKING:
    from ecrmock.domain.lifecycle.evaluate import Act, Evaluation
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.engine.world import World


class Foreseen(NamedTuple):
    """One image that a preview names, as it was then."""

    digest: str
    tags: tuple[str, ...]
    pushed_at: float
    action: str
    priority: int
    archived: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview: asked for with this text, made of its stored form."""

    text: str
    stored: str
    status: str = "IN_PROGRESS"
    made_at: float = 0
    results: tuple[Foreseen, ...] = ()


RUN, PREVIEW = "lifecycle", "lifecycle-preview"
"""Kinds of due work, as `delays` names them."""
PREVIEWS: Kind[Preview] = Kind("previews", Preview)
_THE_ONE = "preview"


class LifecyclePolicy:
    """The lifecycle policy of one repository."""

    def __init__(self, repository: "Repository") -> None:
        """A view of the repository's rows."""
        self._repository = repository
        self._world = repository.world
        self._previews = repository.world.store.table(PREVIEWS)

    # -- the policy

    def put(self, text: str) -> str:
        """Give the repository this policy; its stored form. Raises InvalidParameterException."""
        stored = document.read(text)
        self._set(stored)
        return stored

    def policy(self) -> str:
        """The stored form. Raises LifecyclePolicyNotFoundException."""
        stored = self._repository.row.lifecycle
        if stored is None:
            raise LifecyclePolicyNotFoundException(self._repository.name, self._repository.registry_id)
        return stored

    def delete(self) -> None:
        """Take the policy away. Raises LifecyclePolicyNotFoundException."""
        self.policy()
        self._set(None)

    def _set(self, stored: str | None) -> None:
        since = self._world.clock.now()
        self._repository.change(lifecycle=stored, lifecycle_since=since, lifecycle_run=0)
        self._world.bus.publish(LifecyclePolicyChanged(self._repository.key))

    # -- when

    def last(self) -> float:
        """When the policy was last evaluated; 0 when never. A day on which nothing could change needed no work."""
        row = self._repository.row
        if self._world.settings.delay(RUN) == "manual":
            return row.lifecycle_run
        days = math.floor((self._world.clock.now() - row.lifecycle_since) / lifecycle.DAY)
        return max(row.lifecycle_run, row.lifecycle_since + days * lifecycle.DAY if days > 0 else 0)

    def tick_after(self, moment: float) -> float:
        """The first daily evaluation later than this time."""
        since = self._repository.row.lifecycle_since
        return since + (math.floor((moment - since) / lifecycle.DAY) + 1) * lifecycle.DAY

    # -- what

    def evaluate(self) -> "Evaluation":
        """What the policy would do now. Raises LifecyclePolicyNotFoundException."""
        return self._evaluate(self.policy())

    def _evaluate(self, stored: str) -> "Evaluation":
        rules = document.rules(stored)
        return lifecycle.evaluate(self._repository.of(Images).all(), rules, self._world.clock.now())

    def run(self) -> "Evaluation":
        """Evaluate the policy and do what it says; returns what was found before.

        Raises LifecyclePolicyNotFoundException.
        """
        found = self.evaluate()
        for act in (*found.acts, *found.followers):
            self._do(act)
        self._repository.change(lifecycle_run=self._world.clock.now())
        return found

    def _do(self, act: "Act") -> None:
        """Expire or archive one image; a follower that an index holds or that is on its way back stays."""
        images = self._repository.of(Images)
        image = images.get(act.image.digest)
        if image is None or image.status == "ACTIVATING":
            return
        parents = [images.get(parent) for parent in images.parents(image.digest)]
        if any(parent is not None and parent.status == "ACTIVE" for parent in parents):
            return
        if act.rule.action == "expire":
            images.drop(image)
        else:
            images.archive(image)

    # -- previews

    def _kept(self) -> Preview | None:
        return self._previews.get(self._repository.key, _THE_ONE)

    def start_preview(self, text: str | None) -> Preview:
        """Begin a preview of this text, or of the policy.

        Raises InvalidParameterException, LifecyclePolicyNotFoundException, LifecyclePolicyPreviewInProgressException.
        """
        stored = self.policy() if text is None else document.read(text)
        old = self._kept()
        if old is not None and old.status == "IN_PROGRESS":
            raise LifecyclePolicyPreviewInProgressException
        made = Preview(stored if text is None else text, stored)
        self._previews.put(self._repository.key, _THE_ONE, made)
        self._world.bus.publish(PreviewStarted(self._repository.key))
        return made

    def make_preview(self) -> None:
        """Do what was begun: a snapshot of this moment."""
        begun = self._kept()
        if begun is None or begun.status != "IN_PROGRESS":
            return
        results = tuple(_foreseen(act) for act in self._evaluate(begun.stored).oldest_first)
        made = replace(begun, status="COMPLETE", made_at=self._world.clock.now(), results=results)
        self._previews.put(self._repository.key, _THE_ONE, made)

    def preview(self) -> Preview:
        """The preview as it stands; a day after it was made it has expired (inferred).

        Raises LifecyclePolicyPreviewNotFoundException.
        """
        found = self._kept()
        if found is None:
            raise LifecyclePolicyPreviewNotFoundException(self._repository.name, self._repository.registry_id)
        if found.status == "COMPLETE" and self._world.clock.now() >= found.made_at + lifecycle.DAY:
            return replace(found, status="EXPIRED", results=())
        return found

    def forget(self) -> None:
        """Drop the preview; the policy goes with the repository's row."""
        if self._kept() is not None:
            self._previews.delete(self._repository.key, _THE_ONE)


def attach(world: "World") -> None:
    """Let a preview go with its repository."""
    registries.when_deleting(world, lambda repository, _force: repository.of(LifecyclePolicy).forget())


def _foreseen(act: "Act") -> Foreseen:
    image, rule = act
    return Foreseen(image.digest, image.tags, image.pushed_at, rule.action, rule.priority, image.status == "ARCHIVED")
