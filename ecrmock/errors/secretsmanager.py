"""What does Secrets Manager say?"""

from ecrmock.errors.base import WordedError


class ResourceNotFoundException(WordedError):
    """Secrets Manager (observed widely)."""


class ResourceExistsException(WordedError):
    """Secrets Manager."""


class InvalidRequestException(WordedError):
    """Secrets Manager (reported: MOTO)."""

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


class InvalidParameterException(WordedError):
    """Its sentences are free; ECR's error of this name has a form of its own."""
