"""What does ECR say of registries, repositories and rules?"""

from typing import Any

from ecrmock.errors.base import ServiceError


class BlockedByOrganizationPolicyException(ServiceError):
    """Model."""

    text = "The operation did not succeed because the account is managed by a organization policy."


class ExclusionAlreadyExistsException(ServiceError):
    """facts/api E64 (model)."""

    text = "The specified pull time update exclusion already exists for the registry."


class ExclusionNotFoundException(ServiceError):
    """facts/api E65 (model)."""

    text = "The specified pull time update exclusion was not found."


class InvalidParameterException(ServiceError):
    """facts/api E22 to E46: one member, one constraint; the texts are in domain/names and protocols/model."""

    path: str
    constraint: str
    text = "Invalid parameter at '{path}' failed to satisfy constraint: '{constraint}'"

    @classmethod
    def invalid_json(cls) -> "InvalidParameterException":
        """facts/api E22 (observed)."""
        return cls("ImageManifest", "Invalid JSON syntax")

    @classmethod
    def no_layers(cls) -> "InvalidParameterException":
        """facts/api E23 (observed)."""
        return cls("ImageManifest", "Image has to have at least 1 layer")

    @classmethod
    def too_many_layers(cls) -> "InvalidParameterException":
        """facts/api E24 (observed)."""
        return cls("ImageManifest", "Limit on number of layers per image exceeded")

    @classmethod
    def too_long(cls, path: str, limit: int) -> "InvalidParameterException":
        """facts/api E34 (observed)."""
        return cls(path, f"Member must have length less than or equal to {limit}")

    @classmethod
    def bad_token(cls) -> "InvalidParameterException":
        """facts/api U4: what ECR Public's docker door says (observed); that it is the API's sentence is inferred."""
        return cls("NextToken", "Invalid next token provided")

    @classmethod
    def bad_arn(cls) -> "InvalidParameterException":
        """facts/api E39 (reported)."""
        return cls("resourceArn", "Invalid ARN")


class InvalidTagParameterException(ServiceError):
    """facts/api E38 (observed)."""

    text = "Tag parameters are invalid"


class KmsException(ServiceError):
    """facts/api E63: KMS's own words, and its code in kmsError."""

    reason: str
    kms_error: str
    text = "{reason}"

    def members(self) -> dict[str, Any]:
        """The member of the model."""
        return {"kmsError": self.kms_error}


class LimitExceededException(ServiceError):
    """facts/api E62 (inferred)."""

    reason: str = "The operation did not succeed because it would have exceeded a service limit for your account."
    text = "{reason}"

    @classmethod
    def images(cls, limit: int, repository: str, registry: str) -> "LimitExceededException":
        """facts/api E69 (observed): one image more than the repository may hold."""
        return cls(
            f"The repository with name '{repository}' in registry with id '{registry}' already has the maximum allowed "
            f"number of images which is '{limit}'"
        )

    @classmethod
    def tags(cls, tag: str, limit: int, repository: str, registry: str) -> "LimitExceededException":
        """facts/api E70 (observed): one tag more than an image may have."""
        return cls(
            f"Adding tag '{tag}' to an image in the repository with name '{repository}' in registry with id "
            f"'{registry}' exceeds the maximum allowed number of tags per image which is '{limit}'"
        )

    @classmethod
    def scans(cls) -> "LimitExceededException":
        """facts/automation 0.2 (observed): StartImageScan within 24 hours of the last scan of an image."""
        return cls("The scan quota per image has been exceeded. Wait and try again.")


class PullThroughCacheRuleAlreadyExistsException(ServiceError):
    """facts/automation 4.2 (inferred)."""

    prefix: str
    registry: str
    text = (
        "The pull through cache rule with Amazon ECR repository prefix '{prefix}' already exists in the registry "
        "with id '{registry}'"
    )


class PullThroughCacheRuleNotFoundException(ServiceError):
    """facts/automation 4.2 (inferred)."""

    prefix: str
    registry: str
    text = (
        "The pull through cache rule with Amazon ECR repository prefix '{prefix}' does not exist in the registry "
        "with id '{registry}'"
    )


class RegistryPolicyNotFoundException(ServiceError):
    """facts/api E6 (reported)."""

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
    """facts/api E2 (observed)."""

    repository: str
    registry: str
    text = "The repository with name '{repository}' already exists in the registry with id '{registry}'"


class RepositoryNotEmptyException(ServiceError):
    """facts/api E3 (observed): "in registry", without "the"."""

    repository: str
    registry: str
    text = (
        "The repository with name '{repository}' in registry with id '{registry}' cannot be deleted because it still "
        "contains images"
    )


class RepositoryNotFoundException(ServiceError):
    """facts/api E1 (observed)."""

    repository: str
    registry: str
    text = "The repository with name '{repository}' does not exist in the registry with id '{registry}'"


class RepositoryPolicyNotFoundException(ServiceError):
    """facts/api E4 (observed)."""

    repository: str
    registry: str
    text = (
        "Repository policy does not exist for the repository with name '{repository}' in the registry with id "
        "'{registry}'"
    )


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
    """facts/automation 6.1 (inferred)."""

    registry: str
    text = "Signing configuration does not exist in the registry with id '{registry}'"


class TemplateAlreadyExistsException(ServiceError):
    """facts/automation 5.1 (inferred)."""

    prefix: str
    registry: str
    text = (
        "The repository creation template with the prefix '{prefix}' already exists in the registry with "
        "id '{registry}'"
    )


class TemplateNotFoundException(ServiceError):
    """facts/automation 5.1 (inferred)."""

    prefix: str
    registry: str
    text = (
        "The repository creation template with the prefix '{prefix}' does not exist in the registry with "
        "id '{registry}'"
    )


class TooManyTagsException(ServiceError):
    """facts/api E61 (model)."""

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


class UnsupportedUpstreamRegistryException(ServiceError):
    """facts/automation 4.2 (observed)."""

    reason: str
    text = "{reason}"

    @classmethod
    def invalid(cls, url: str) -> "UnsupportedUpstreamRegistryException":
        """A host that is none of the upstreams, or not that of the registry that is named."""
        return cls(f"The upstream registry URL {url} is invalid. Specify a valid upstream registry URL and try again")

    @classmethod
    def without_secret(cls) -> "UnsupportedUpstreamRegistryException":
        """An upstream that wants a login, and no secret."""
        return cls(
            "The specified upstream registry requires authentication. Specify a valid Secrets Manager ARN containing "
            "the upstream registry credentials."
        )


class ValidationException(ServiceError):
    """Model."""

    reason: str = "There was an exception validating this request."
    text = "{reason}"
