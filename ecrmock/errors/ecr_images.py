"""What does ECR say of images, layers, lifecycle policies and scans?"""

from typing import Any

from ecrmock.errors.base import ServiceError


class EmptyUploadException(ServiceError):
    """facts/api E16 (observed)."""

    upload: str
    repository: str
    registry: str
    text = (
        "The upload with id '{upload}' in the repository with name '{repository}' in registry with id '{registry}' "
        "cannot be completed because it does not have any parts"
    )


class ImageAlreadyExistsException(ServiceError):
    """facts/api E8 (observed); without a tag `null` is printed (inferred)."""

    digest: str
    tag: str | None
    repository: str
    registry: str
    text = (
        "Image with digest '{digest}' and tag '{tag}' already exists in the repository with name '{repository}' "
        "in registry with id '{registry}'"
    )

    def __post_init__(self) -> None:
        """Print an absent tag as Java does."""
        self.tag = self.tag or "null"


class ImageArchivedException(ServiceError):
    """Model."""

    text = "The specified image is archived and cannot be scanned."


class ImageDigestDoesNotMatchException(ServiceError):
    """facts/api E11 (observed), full stop included."""

    digest: str
    repository: str
    registry: str
    text = (
        "The image with digest '{digest}' in repository '{repository}' and registry ID '{registry}' does not match "
        "the image digest that Amazon ECR has calculated."
    )


class ImageNotFoundException(ServiceError):
    """facts/api E7 (observed); absent members print as 'null' with the quotes."""

    digest: str | None
    tag: str | None
    repository: str
    registry: str
    text = (
        "The image with imageId {{imageDigest:'{digest}', imageTag:'{tag}'}} does not exist within the repository "
        "with name '{repository}' in the registry with id '{registry}'"
    )

    def __post_init__(self) -> None:
        """Print absent members as Java does."""
        self.digest = self.digest or "null"
        self.tag = self.tag or "null"


class ImageStorageClassUpdateNotSupportedException(ServiceError):
    """facts/api E66 (model)."""

    text = "The requested image storage class update is not supported."


class ImageTagAlreadyExistsException(ServiceError):
    """facts/api E9 (observed since July 2025)."""

    tag: str
    repository: str
    text = (
        "The image tag '{tag}' already exists in the '{repository}' repository and cannot be overwritten "
        "because the tag is immutable."
    )


class InvalidLayerException(ServiceError):
    """facts/api E19 (observed)."""

    text = "None of the provided layer digests match the calculated layer digest"


class InvalidLayerPartException(ServiceError):
    """facts/api E18 (observed); lastValidByteReceived is the byte before the expected one (inferred)."""

    registry: str
    repository: str
    upload: str
    given: int
    expected: int
    text = "First byte of the layer part is {given} instead of {expected}"

    @property
    def message(self) -> str:
        """While another request still writes, the expected byte is not known: say so (ours)."""
        if self.given == self.expected:
            return f"The upload with id '{self.upload}' is receiving another layer part"
        return super().message

    def members(self) -> dict[str, Any]:
        """The members of the model."""
        return {
            "registryId": self.registry,
            "repositoryName": self.repository,
            "uploadId": self.upload,
            "lastValidByteReceived": self.expected - 1,
        }


class LayerAlreadyExistsException(ServiceError):
    """facts/api E20 (inferred)."""

    digest: str
    repository: str
    registry: str
    text = (
        "The layer with digest '{digest}' already exists in the repository with name '{repository}' "
        "in registry with id '{registry}'"
    )


class LayerInaccessibleException(ServiceError):
    """facts/api E21 (inferred)."""

    digest: str
    repository: str
    registry: str
    text = (
        "The layer with digest '{digest}' in the repository with name '{repository}' in the registry with id "
        "'{registry}' is not associated with an image"
    )


class LayerPartTooSmallException(ServiceError):
    """facts/api E17 (observed)."""

    text = "All layer parts except the last part should be at least 5MB"


class LayersNotFoundException(ServiceError):
    """facts/api E12 and E13 (observed)."""

    which: str
    repository: str
    registry: str
    text = "{which}"

    @classmethod
    def pushing(cls, digests: list[str], repository: str, registry: str) -> "LayersNotFoundException":
        """facts/api E12: PutImage."""
        listed = ", ".join(digests)
        return cls(
            f"Layers with digests '[{listed}]' required for pushing image into repository with name '{repository}' "
            f"in the registry with id '{registry}' do not exist",
            repository,
            registry,
        )

    @classmethod
    def pulling(cls, digest: str, repository: str, registry: str) -> "LayersNotFoundException":
        """facts/api E13: GetDownloadUrlForLayer."""
        return cls(
            f"The layer with digest '{digest}' does not exist within the repository with name '{repository}' "
            f"in the registry with id '{registry}'",
            repository,
            registry,
        )


class LifecyclePolicyNotFoundException(ServiceError):
    """facts/api E5 (observed)."""

    repository: str
    registry: str
    text = (
        "Lifecycle policy does not exist for the repository with name '{repository}' "
        "in the registry with id '{registry}'"
    )


class LifecyclePolicyPreviewInProgressException(ServiceError):
    """Model."""

    text = "The previous lifecycle policy preview request has not completed. Wait and try again."


class LifecyclePolicyPreviewNotFoundException(ServiceError):
    """facts/automation 1.3 (inferred)."""

    repository: str
    registry: str
    text = (
        "Lifecycle policy preview does not exist for the repository with name '{repository}' "
        "in the registry with id '{registry}'"
    )


class ReferencedImagesNotFoundException(ServiceError):
    """facts/api E14 (observed)."""

    digests: list[str]
    repository: str
    registry: str
    listed: str = ""
    text = (
        "Images with digests '[{listed}]' required for pushing image into repository with name '{repository}' "
        "in the registry with id '{registry}' do not exist"
    )

    def __post_init__(self) -> None:
        """Print the list as Java does."""
        self.listed = ", ".join(self.digests)


class ScanNotFoundException(ServiceError):
    """facts/api E68 (observed)."""

    digest: str | None
    tag: str | None
    repository: str
    registry: str
    text = (
        "Image scan does not exist for the image with '{{imageDigest:'{digest}', imageTag:'{tag}'}}' in the repository "
        "with name '{repository}' in the registry with id '{registry}'"
    )

    def __post_init__(self) -> None:
        """Print absent members as Java does."""
        self.digest = self.digest or "null"
        self.tag = self.tag or "null"


class UnableToGetUpstreamImageException(ServiceError):
    """Model; what the trouble was stands behind it (ours, the message is unknown)."""

    reason: str
    opening: str = "The image or images were unable to be pulled using the pull through cache rule."
    text = "{opening} {reason}"

    @classmethod
    def unauthenticated(cls, reason: str) -> "UnableToGetUpstreamImageException":
        """facts/automation 4.2 (observed up to `credentials`): the upstream does not accept who asks."""
        return cls(
            reason,
            "The authentication to the upstream registry failed. Verify that the credentials are valid and try again.",
        )


class UnableToGetUpstreamLayerException(ServiceError):
    """Model."""

    text = "There was an issue getting the upstream layer matching the pull through cache rule."


class UnableToListUpstreamImageReferrersException(ServiceError):
    """Model."""

    text = "The referrer or referrers were unable to be listed using the pull through cache rule."


class UnsupportedImageTypeException(ServiceError):
    """facts/automation 2.3 (observed: alexjurkiewicz/ecr-scan-image#43)."""

    media_type: str
    text = (
        "An artifact with media type '{media_type}' cannot be scanned. For more information, see the Amazon ECR "
        "documentation."
    )


class UploadNotFoundException(ServiceError):
    """facts/api E15 (observed in part)."""

    upload: str
    repository: str
    registry: str
    text = (
        "The upload with id '{upload}' in the repository with name '{repository}' in registry with id '{registry}' "
        "does not exist"
    )
