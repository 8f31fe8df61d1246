"""Which answers did a test queue that was written for moto?

Done as moto 5.2 does with its `moto-api/static/ecr/scan-finding-results` (read in its source): an answer waits for an
image that it names by repository and tag or digest, or by repository alone; the first that is asked for claims it. Each
way in which an image is asked for (by tag, by digest, by both) takes the next answer once, and gets the same one ever
after.
"""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from ecrmock.base.store import Kind

if TYPE_CHECKING:
    from ecrmock.domain.images.image import Image
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.engine.world import World


class Queued(NamedTuple):
    """One whole answer."""

    number: int
    body: dict[str, Any]
    digest: str = ""
    """Of the image that has claimed it."""


class Taken(NamedTuple):
    """The answer that one way of asking for an image has got."""

    digest: str
    asked: str
    body: dict[str, Any]


class QueueError(ValueError):
    """What was to be queued makes no sense; the sentence says why."""


QUEUED: Kind[Queued] = Kind("scan-answers", Queued)
WAITING: Kind[Queued] = Kind("scan-answers-waiting", Queued, digest=lambda row: [(row.digest,)])
TAKEN: Kind[Taken] = Kind("scan-answers-taken", Taken, digest=lambda row: [(row.digest,)])


def read(results: object) -> list[dict[str, Any]]:
    """The answers of a request's `results`. Raises QueueError."""
    if not isinstance(results, list):
        raise QueueError("results is a list of answers of DescribeImageScanFindings")
    for row in results:
        if not isinstance(row, dict) or not isinstance(row.get("repositoryName"), str):
            raise QueueError("each of the results is an object with a repositoryName")
        named = row.get("imageId")
        if not isinstance(named, dict) or any(not isinstance(value, str | None) for value in named.values()):
            raise QueueError("each of the results has an imageId: imageTag, imageDigest, or an empty object")
    return results


def add(world: "World", account: str, region: str, bodies: list[dict[str, Any]]) -> None:
    """Queue answers; in a transaction."""
    for body in bodies:
        number = world.ids.sequence()
        world.store.table(QUEUED).put((account, region), number, Queued(number, body))


def next_answer(repository: "Repository", image: "Image", asked: dict[str, Any]) -> dict[str, Any] | None:
    """The answer for an image that is asked for in this way; None where none is queued."""
    store, where = repository.world.store, repository.key
    waiting, taken, key = store.table(WAITING), store.table(TAKEN), json.dumps(asked, sort_keys=True)
    _claim(repository, image)
    known = taken.get(where, (image.digest, key))
    if known is not None:
        return known.body
    mine = waiting.having(where, "digest", image.digest)
    if not mine:
        return None
    found = min(mine, key=lambda row: row.number)
    waiting.delete(where, (image.digest, found.number))
    taken.put(where, (image.digest, key), Taken(image.digest, key, found.body))
    return found.body


def _claim(repository: "Repository", image: "Image") -> None:
    """Let an image that is asked for have every answer that names it, those that name no image too."""
    store, place = repository.world.store, (repository.registry_id, repository.region)
    queued, waiting = store.table(QUEUED), store.table(WAITING)
    for row in queued.records(place):
        if _names(row.body, repository.name, image):
            queued.delete(place, row.number)
            mine = row._replace(digest=image.digest)
            waiting.put(repository.key, (image.digest, row.number), mine)


def _names(body: dict[str, Any], name: str, image: "Image") -> bool:
    """Whether an answer is for this image."""
    tag, digest = body["imageId"].get("imageTag"), body["imageId"].get("imageDigest")
    return body["repositoryName"] == name and ((not tag and not digest) or tag in image.tags or digest == image.digest)


def forget(repository: "Repository", digest: str) -> None:
    """The image is gone, with the answers that it got."""
    taken, waiting = repository.world.store.table(TAKEN), repository.world.store.table(WAITING)
    for got in taken.having(repository.key, "digest", digest):
        taken.delete(repository.key, (got.digest, got.asked))
    for row in waiting.having(repository.key, "digest", digest):
        waiting.delete(repository.key, (row.digest, row.number))
