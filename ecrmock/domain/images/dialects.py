"""Where may the two doors differ? The one table of decisions 3, as a value that the call carries."""

from typing import NamedTuple


class Dialect(NamedTuple):
    """What a door admits beyond real ECR; nothing else may ask which door it is."""

    small_parts: bool
    """A part under 5 MiB that is not the last; ECR: LayerPartTooSmallException."""
    empty_layers: bool
    """An upload without bytes; ECR: EmptyUploadException."""
    open_manifests: bool
    """Images without layers, unknown members; ECR: InvalidParameterException."""
    sha512: bool
    """Digests other than sha256."""
    unused_layers: bool
    """Reading or mounting a layer that no image uses; ECR: LayerInaccessibleException, an ordinary upload."""
    last_tags: bool
    """Taking the last tag from an image that a list holds, which stays; ECR: ImageReferencedByManifestList."""


ECR = Dialect(
    small_parts=False, empty_layers=False, open_manifests=False, sha512=False, unused_layers=False, last_tags=False
)
OCI = Dialect(small_parts=True, empty_layers=True, open_manifests=True, sha512=True, unused_layers=True, last_tags=True)
