"""Every error AWS gives, under its model name, with the words AWS uses: the place to correct a sentence.

The class name is the wire code. "CP n" is row n of shared control-plane spec chapter 14, "PA" is
policies-and-automation, "model" the description in botocore's model where no public source shows ECR's text.
"""

import inspect
from typing import Any, ClassVar, dataclass_transform


@dataclass_transform(eq_default=False)
class ServiceError(Exception):
    """An answer that refuses: code, sentence, HTTP status, further members.

    Annotated members are the constructor's arguments, in order, as in a dataclass; sixty real dataclasses would
    cost 15 ms at each start (measured).
    """

    text: ClassVar[str] = ""
    status: ClassVar[int] = 400
    fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        """Take the class's own annotations as its arguments."""
        cls.fields = tuple(inspect.get_annotations(cls))

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Keep the arguments under their names. Raises TypeError when they do not fit."""
        super().__init__(*arguments)
        positional = dict(zip(self.fields, arguments, strict=False))
        given = positional | named
        missing = [name for name in self.fields if name not in given and not hasattr(type(self), name)]
        unknown = not set(self.fields).issuperset(named) or not positional.keys().isdisjoint(named)
        if missing or unknown or len(arguments) > len(self.fields):
            raise TypeError(f"{type(self).__name__} takes {', '.join(self.fields) or 'nothing'}")
        for name in self.fields:
            setattr(self, name, given[name] if name in given else getattr(type(self), name))
        self.__post_init__()

    def __post_init__(self) -> None:
        """What a class works out from its arguments."""

    @property
    def code(self) -> str:
        """The name on the wire."""
        return type(self).__name__

    @property
    def message(self) -> str:
        """The sentence, filled with the arguments."""
        return self.text.format_map(vars(self))

    def members(self) -> dict[str, Any]:
        """Further members of the error structure."""
        return {}

    def __str__(self) -> str:
        """Code and sentence."""
        return f"{self.code}: {self.message}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by arguments."""
        return type(self), tuple(getattr(self, name) for name in self.fields)


# -- errors of the front end, not in the model (CP 1.5)


class AccessDeniedException(ServiceError):
    """CP 47: one sentence built from parts, five endings (observed)."""

    principal: str
    action: str
    resource: str
    why: str
    text = "User: {principal} is not authorized to perform: {action} on resource: {resource} {why}"


class IncompleteSignatureException(ServiceError):
    """An Authorization header that cannot be read; name documented, text and status inferred."""

    text = "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter."


class InvalidSignatureException(ServiceError):
    """CP 50 (observed) and the common AWS texts of control-plane.md 1.5 (inferred)."""

    reason: str
    text = "{reason}"

    @classmethod
    def wrong(cls) -> "InvalidSignatureException":
        """A signature by another secret."""
        return cls(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details."
        )


class MissingAuthenticationTokenException(ServiceError):
    """No credentials at all; inferred from other JSON services."""

    text = "Missing Authentication Token"


class ExpiredTokenException(ServiceError):
    """CP 49 (observed), without a full stop."""

    text = "The security token included in the request is expired"


class UnrecognizedClientException(ServiceError):
    """CP 48 (observed)."""

    text = "The security token included in the request is invalid."


class SerializationException(ServiceError):
    """A body that is no JSON, or a value of the wrong JSON type; framework text."""

    reason: str = ""
    text = "{reason}"


class MalformedHttpRequestException(ServiceError):
    """A body in an unknown encoding, or one that was cut off; code documented."""

    reason: str
    text = "{reason}"


class RequestEntityTooLargeException(ServiceError):
    """A body over the limit; code and status documented."""

    status = 413
    text = "Request body is too large"


class UnknownOperationException(ServiceError):
    """An operation that the model lacks (CP 15, row 1)."""


class NotYetException(ServiceError):
    """An operation or option that AWS has and ecrmock has not yet; 501, so that no client retries it."""

    what: str
    status = 501
    text = "ecrmock does not do {what} yet; its README, chapter Coverage, lists what works"

    @property
    def code(self) -> str:
        """Clients know this name."""
        return "UnknownOperationException"


class UnknownMemberException(ServiceError):
    """A member that the shipped model lacks. AWS ignores it (control-plane.md 1.5); here it is not lost silently."""

    path: str
    version: str
    status = 501
    text = (
        "ecrmock knows no member '{path}' in this request: the model it ships, that of botocore {version}, has none. "
        "It is misspelt, or newer than this ecrmock"
    )

    @property
    def code(self) -> str:
        """As NotYetException: clients know this name and do not retry."""
        return "UnknownOperationException"


# -- errors of the neighbours, in their own words


class ValidationError(ServiceError):
    """Query services, for a member that does not fit."""

    reason: str
    text = "{reason}"


class NotFoundException(ServiceError):
    """KMS."""

    reason: str
    text = "{reason}"


class AlreadyExistsException(ServiceError):
    """KMS."""

    reason: str
    text = "{reason}"


class NotAuthorizedException(ServiceError):
    """KMS, for what is AWS's own; it comes without a sentence (reported: MOTO)."""


class KMSInvalidStateException(ServiceError):
    """KMS."""

    reason: str
    text = "{reason}"


class ResourceNotFoundException(ServiceError):
    """Secrets Manager (observed widely)."""

    reason: str
    text = "{reason}"


class ResourceExistsException(ServiceError):
    """Secrets Manager."""

    reason: str
    text = "{reason}"


class InvalidRequestException(ServiceError):
    """Secrets Manager (reported: MOTO)."""

    reason: str
    text = "{reason}"

    @classmethod
    def marked(cls) -> "InvalidRequestException":
        """A secret in its recovery window."""
        return cls("You can't perform this operation on the secret because it was marked for deletion.")

    @classmethod
    def waiting(cls) -> "InvalidRequestException":
        """A new secret by the name of one in its recovery window."""
        return cls("You can't create this secret because a secret with this name is already scheduled for deletion.")

    @classmethod
    def empty(cls) -> "InvalidRequestException":
        """A value without text and bytes."""
        return cls("You must provide either SecretString or SecretBinary.")

    @classmethod
    def apart(cls) -> "InvalidRequestException":
        """A version and a stage that do not belong together."""
        return cls("You provided a VersionStage that is not associated to the provided VersionId.")


class SecretParameterException(ServiceError):
    """Secrets Manager's InvalidParameterException, whose sentences are free; ECR's has a form of its own."""

    reason: str
    text = "{reason}"

    @property
    def code(self) -> str:
        """Its name on the wire."""
        return "InvalidParameterException"


# -- errors of the model, in its order


class BlockedByOrganizationPolicyException(ServiceError):
    """Model."""

    text = "The operation did not succeed because the account is managed by a organization policy."


class EmptyUploadException(ServiceError):
    """CP 16 (observed)."""

    upload: str
    repository: str
    registry: str
    text = (
        "The upload with id '{upload}' in the repository with name '{repository}' in registry with id '{registry}' "
        "cannot be completed because it does not have any parts"
    )


class ExclusionAlreadyExistsException(ServiceError):
    """CP 64 (model)."""

    text = "The specified pull time update exclusion already exists for the registry."


class ExclusionNotFoundException(ServiceError):
    """CP 65 (model)."""

    text = "The specified pull time update exclusion was not found."


class ImageAlreadyExistsException(ServiceError):
    """CP 8 (observed); without a tag `null` is printed (inferred)."""

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
    """CP 11 (observed), full stop included."""

    digest: str
    repository: str
    registry: str
    text = (
        "The image with digest '{digest}' in repository '{repository}' and registry ID '{registry}' does not match "
        "the image digest that Amazon ECR has calculated."
    )


class ImageNotFoundException(ServiceError):
    """CP 7 (observed); absent members print as 'null' with the quotes."""

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
    """CP 66 (model)."""

    text = "The requested image storage class update is not supported."


class ImageTagAlreadyExistsException(ServiceError):
    """CP 9 (observed since July 2025)."""

    tag: str
    repository: str
    text = (
        "The image tag '{tag}' already exists in the '{repository}' repository and cannot be overwritten "
        "because the tag is immutable."
    )


class InvalidLayerException(ServiceError):
    """CP 19 (observed)."""

    text = "None of the provided layer digests match the calculated layer digest"


class InvalidLayerPartException(ServiceError):
    """CP 18 (observed); lastValidByteReceived is the byte before the expected one (inferred)."""

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


class InvalidParameterException(ServiceError):
    """CP 22 to 46: one member, one constraint, the constraint texts are in domain/names and protocols/model."""

    path: str
    constraint: str
    text = "Invalid parameter at '{path}' failed to satisfy constraint: '{constraint}'"

    @classmethod
    def invalid_json(cls) -> "InvalidParameterException":
        """CP 22 (observed)."""
        return cls("ImageManifest", "Invalid JSON syntax")

    @classmethod
    def no_layers(cls) -> "InvalidParameterException":
        """CP 23 (observed)."""
        return cls("ImageManifest", "Image has to have at least 1 layer")

    @classmethod
    def too_many_layers(cls) -> "InvalidParameterException":
        """CP 24 (observed)."""
        return cls("ImageManifest", "Limit on number of layers per image exceeded")

    @classmethod
    def too_long(cls, path: str, limit: int) -> "InvalidParameterException":
        """CP 34 (observed)."""
        return cls(path, f"Member must have length less than or equal to {limit}")

    @classmethod
    def bad_token(cls) -> "InvalidParameterException":
        """CP 15, row 4 (guess)."""
        return cls("nextToken", "Invalid next token")

    @classmethod
    def bad_arn(cls) -> "InvalidParameterException":
        """CP 39 (reported)."""
        return cls("resourceArn", "Invalid ARN")


class InvalidTagParameterException(ServiceError):
    """CP 38 (observed)."""

    text = "Tag parameters are invalid"


class KmsException(ServiceError):
    """CP 63: KMS's own words, and its code in kmsError."""

    reason: str
    kms_error: str
    text = "{reason}"

    def members(self) -> dict[str, Any]:
        """The member of the model."""
        return {"kmsError": self.kms_error}


class LayerAlreadyExistsException(ServiceError):
    """CP 20 (inferred)."""

    digest: str
    repository: str
    registry: str
    text = (
        "The layer with digest '{digest}' already exists in the repository with name '{repository}' "
        "in registry with id '{registry}'"
    )


class LayerInaccessibleException(ServiceError):
    """CP 21 (inferred)."""

    digest: str
    repository: str
    registry: str
    text = (
        "The layer with digest '{digest}' in the repository with name '{repository}' in the registry with id "
        "'{registry}' is not associated with an image"
    )


class LayerPartTooSmallException(ServiceError):
    """CP 17 (observed)."""

    text = "All layer parts except the last part should be at least 5MB"


class LayersNotFoundException(ServiceError):
    """CP 12 and 13 (observed)."""

    which: str
    repository: str
    registry: str
    text = "{which}"

    @classmethod
    def pushing(cls, digests: list[str], repository: str, registry: str) -> "LayersNotFoundException":
        """CP 12: PutImage."""
        listed = ", ".join(digests)
        return cls(
            f"Layers with digests '[{listed}]' required for pushing image into repository with name '{repository}' "
            f"in the registry with id '{registry}' do not exist",
            repository,
            registry,
        )

    @classmethod
    def pulling(cls, digest: str, repository: str, registry: str) -> "LayersNotFoundException":
        """CP 13: GetDownloadUrlForLayer."""
        return cls(
            f"The layer with digest '{digest}' does not exist within the repository with name '{repository}' "
            f"in the registry with id '{registry}'",
            repository,
            registry,
        )


class LifecyclePolicyNotFoundException(ServiceError):
    """CP 5 (reported)."""

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
    """PA 1.3 (inferred)."""

    repository: str
    registry: str
    text = (
        "Lifecycle policy preview does not exist for the repository with name '{repository}' "
        "in the registry with id '{registry}'"
    )


class LimitExceededException(ServiceError):
    """CP 62 (inferred)."""

    reason: str = "The operation did not succeed because it would have exceeded a service limit for your account."
    text = "{reason}"

    @classmethod
    def scans(cls) -> "LimitExceededException":
        """PA 0.2 (observed): StartImageScan within 24 hours of the last scan of an image."""
        return cls("The scan quota per image has been exceeded. Wait and try again.")


class PullThroughCacheRuleAlreadyExistsException(ServiceError):
    """PA 4.2 (inferred)."""

    prefix: str
    registry: str
    text = (
        "The pull through cache rule with Amazon ECR repository prefix '{prefix}' already exists in the registry "
        "with id '{registry}'"
    )


class PullThroughCacheRuleNotFoundException(ServiceError):
    """PA 4.2 (inferred)."""

    prefix: str
    registry: str
    text = (
        "The pull through cache rule with Amazon ECR repository prefix '{prefix}' does not exist in the registry "
        "with id '{registry}'"
    )


class ReferencedImagesNotFoundException(ServiceError):
    """CP 14 (observed in part)."""

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


class RegistryPolicyNotFoundException(ServiceError):
    """CP 6 (reported)."""

    registry: str
    text = "Registry policy does not exist in the registry with id '{registry}'"


class ReplicationBackfillInProgressException(ServiceError):
    """Model."""

    text = "A replication backfill is already in progress for the specified destination Region."


class ReplicationBackfillInvalidStatusException(ServiceError):
    """Model."""

    text = (
        "The requested operation can't be performed on the replication backfill because it is not in a valid status "
        "for that operation."
    )


class ReplicationBackfillNotFoundException(ServiceError):
    """Model."""

    text = "The specified replication backfill could not be found."


class RepositoryAlreadyExistsException(ServiceError):
    """CP 2 (observed)."""

    repository: str
    registry: str
    text = "The repository with name '{repository}' already exists in the registry with id '{registry}'"


class RepositoryNotEmptyException(ServiceError):
    """CP 3 (observed): "in registry", without "the"."""

    repository: str
    registry: str
    text = (
        "The repository with name '{repository}' in registry with id '{registry}' cannot be deleted because it still "
        "contains images"
    )


class RepositoryNotFoundException(ServiceError):
    """CP 1 (observed)."""

    repository: str
    registry: str
    text = "The repository with name '{repository}' does not exist in the registry with id '{registry}'"


class RepositoryPolicyNotFoundException(ServiceError):
    """CP 4 (reported)."""

    repository: str
    registry: str
    text = (
        "Repository policy does not exist for the repository with name '{repository}' in the registry with id "
        "'{registry}'"
    )


class ScanNotFoundException(ServiceError):
    """CP 68 (reported)."""

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


class SecretNotFoundException(ServiceError):
    """Model."""

    text = (
        "The ARN of the secret specified in the pull through cache rule was not found. Update the pull through cache "
        "rule with a valid secret ARN and try again."
    )


class ServerException(ServiceError):
    """Model; the only fault, 500."""

    status = 500
    text = "These errors are usually caused by a server-side issue."


class SigningConfigurationNotFoundException(ServiceError):
    """policies-and-automation.md 6.1 (inferred)."""

    registry: str
    text = "Signing configuration does not exist in the registry with id '{registry}'"


class TemplateAlreadyExistsException(ServiceError):
    """PA 5.1 (inferred)."""

    prefix: str
    registry: str
    text = (
        "The repository creation template with the prefix '{prefix}' already exists in the registry with "
        "id '{registry}'"
    )


class TemplateNotFoundException(ServiceError):
    """PA 5.1 (inferred)."""

    prefix: str
    registry: str
    text = (
        "The repository creation template with the prefix '{prefix}' does not exist in the registry with "
        "id '{registry}'"
    )


class TooManyTagsException(ServiceError):
    """CP 61 (model)."""

    text = (
        "The list of tags on the repository is over the limit. The maximum number of tags that can be applied to a "
        "repository is 50."
    )


class UnableToAccessSecretException(ServiceError):
    """Model."""

    text = "The secret is unable to be accessed. Verify the resource permissions for the secret and try again."


class UnableToDecryptSecretValueException(ServiceError):
    """Model."""

    text = "The secret is accessible but is unable to be decrypted. Verify the resource permisisons and try again."


class UnableToGetUpstreamImageException(ServiceError):
    """Model; what the trouble was stands behind it (ours, the message is unknown)."""

    reason: str
    text = "The image or images were unable to be pulled using the pull through cache rule. {reason}"


class UnableToGetUpstreamLayerException(ServiceError):
    """Model."""

    text = "There was an issue getting the upstream layer matching the pull through cache rule."


class UnableToListUpstreamImageReferrersException(ServiceError):
    """Model."""

    text = "The referrer or referrers were unable to be listed using the pull through cache rule."


class UnsupportedImageTypeException(ServiceError):
    """PA 2.3 (observed: alexjurkiewicz/ecr-scan-image#43)."""

    media_type: str
    text = (
        "An artifact with media type '{media_type}' cannot be scanned. For more information, see the Amazon ECR "
        "documentation."
    )


class UnsupportedUpstreamRegistryException(ServiceError):
    """Model."""

    text = "The specified upstream registry isn't supported."


class UploadNotFoundException(ServiceError):
    """CP 15 (observed in part)."""

    upload: str
    repository: str
    registry: str
    text = (
        "The upload with id '{upload}' in the repository with name '{repository}' in registry with id '{registry}' "
        "does not exist"
    )


class ValidationException(ServiceError):
    """Model."""

    reason: str = "There was an exception validating this request."
    text = "{reason}"
