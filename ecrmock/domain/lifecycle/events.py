"""What happens to lifecycle policies and their previews?"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ecrmock.domain.names import RepositoryKey


class LifecyclePolicyChanged(NamedTuple):
    """A lifecycle policy was put or taken away."""

    repository: "RepositoryKey"


class PreviewStarted(NamedTuple):
    """A lifecycle policy preview is to be made."""

    repository: "RepositoryKey"
