"""Where pull through caches fetch from: registries, folders, this very world. Which one is meant is decided here."""

import logging
from typing import TYPE_CHECKING

from ecrmock.domain.pull_through.upstreams import (
    INTERNET,
    OPEN_SOURCE,
    Source,
    Target,
    UpstreamAccess,
    UpstreamError,
    targets,
)
from ecrmock.sources.own import OwnSource

if TYPE_CHECKING:
    from ecrmock.engine.world import World

_log = logging.getLogger("ecrmock")


def attach(world: "World") -> None:
    """Let a world fetch from the upstreams that its settings name. Raises ValueError in one clear line."""
    known = targets(world.settings.upstreams)
    world.put(OPEN_SOURCE, lambda place: _open(world, known, place))


def _open(world: "World", known: dict[str, Target], place: UpstreamAccess) -> Source:
    """A host goes before its kind. Raises UpstreamError where nothing is named."""
    target = known.get(place.host) or known.get(place.kind)
    if target is None and place.kind == "ecr":
        return OwnSource(world, place)
    if target is None:
        switch = f"--upstream {place.kind}=URL, FOLDER or {INTERNET}"
        _log.warning("pull through cache: nothing stands for the upstream %s; start with %s", place.host, switch)
        raise UpstreamError(f"The upstream registry {place.host} is unreachable.")
    largest = world.settings.quota_manifest_bytes
    if target.text != INTERNET and "://" not in target.text:
        from ecrmock.sources.layout import LayoutSource  # noqa: PLC0415 (only where there is one)

        return LayoutSource(target.text, largest)
    from ecrmock.sources.registry import RegistrySource  # noqa: PLC0415 (20 ms; only where one is asked)

    address = f"https://{place.host}" if target.text == INTERNET else target.text
    return RegistrySource(target._replace(text=address), place, largest, world.settings.upstream_seconds)
