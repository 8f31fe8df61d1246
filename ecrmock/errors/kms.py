"""What does KMS say?"""

from ecrmock.errors.base import ServiceError, WordedError


class NotFoundException(WordedError):
    """KMS."""


class AlreadyExistsException(WordedError):
    """KMS."""


class NotAuthorizedException(ServiceError):
    """KMS, for what is AWS's own; it comes without a sentence (reported: MOTO)."""


class KMSInvalidStateException(WordedError):
    """KMS."""
