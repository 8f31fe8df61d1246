"""May a layer of another repository be linked instead of uploaded? (facts/registry 2.6)."""

from ecrmock.distribution.context import Context
from ecrmock.domain import names
from ecrmock.domain.images import layers
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.registry.repositories import Repository
from ecrmock.errors.ecr import RepositoryNotFoundException
from ecrmock.gateway.authorize import permits


def mount(context: Context) -> str | None:
    """Link the layer that `mount` names; its digest, or None when the client has to upload it.

    A refused source is no error but an ordinary upload: containerd takes a 403 here as fatal (observed:
    containerd/containerd#14086). Raises RepositoryNotFoundException for the target.
    """
    digest, target = context.request.value("mount"), context.repository
    if digest is None or names.digest(digest) is None:
        return None
    target.check_key()
    if target.of(Layers).get(digest) is not None:
        return digest
    if context.call.registry.setting("BLOB_MOUNTING") != "ENABLED":
        return None
    source = _source(context, target, digest)
    if source is None:
        return None
    target.of(Layers).link(source.of(Layers), digest)
    return digest


def _source(context: Context, target: Repository, digest: str) -> Repository | None:
    """A repository of the same registry that has the layer in use and under the same key, and may be read.

    What a pull through cache brought is not mounted elsewhere (documented: UG blob-mounting).
    """
    name = context.request.value("from")
    places = [name] if name else layers.holders(context.call.world, context.call.registry.key, digest)
    for place in places:
        try:
            source = context.call.repository(place)
        except RepositoryNotFoundException:
            continue
        layer = source.of(Layers).get(digest)
        same_key = (source.row.encryption, source.row.kms_key) == (target.row.encryption, target.row.kms_key)
        usable = layer is not None and not layer.cached and (layer.users or context.call.dialect.unused_layers)
        if usable and same_key and permits(context.call, "GetDownloadUrlForLayer", place):
            return source
    return None
