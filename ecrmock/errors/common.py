"""What does any AWS service say, before the operation is asked: credentials, bodies, unknown operations?

See facts/api 1.5.
"""

from ecrmock.errors.base import ServiceError, WordedError


class AccessDeniedException(ServiceError):
    """facts/api E47: one sentence built from parts, five endings (observed)."""

    principal: str
    action: str
    resource: str
    why: str
    text = "User: {principal} is not authorized to perform: {action} on resource: {resource} {why}"


class IncompleteSignatureException(ServiceError):
    """An Authorization header that cannot be read; name and status seen of Cloud9, text inferred (facts/api 1.5)."""

    text = "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter."


class InvalidSignatureException(WordedError):
    """facts/api E50 (observed) and texts of services with ECR's protocol (facts/api 1.5)."""

    @classmethod
    def wrong(cls) -> "InvalidSignatureException":
        """A signature by another secret."""
        return cls(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details."
        )

    @classmethod
    def unsigned(cls, header: str) -> "InvalidSignatureException":
        """A header that must be signed and is not; the text is observed for Host (facts/access 11)."""
        return cls(f"{header} must be a 'SignedHeader' in the AWS Authorization.")


class ConvenienceHeaderException(ServiceError):
    """A header of ours by which a test says who calls, in the mode in which only signatures say so."""

    header: str
    text = (
        "The header '{header}' is a convenience of ecrmock for tests and is not taken with --auth sigv4: "
        "there only the signature says who calls"
    )

    @property
    def code(self) -> str:
        """Clients know this name and do not retry."""
        return "AccessDeniedException"


class MissingAuthenticationTokenException(ServiceError):
    """facts/api E71 (observed): no credentials at all."""

    text = "Missing Authentication Token"


class ExpiredTokenException(ServiceError):
    """facts/api E49 (observed), without a full stop."""

    text = "The security token included in the request is expired"


class UnrecognizedClientException(ServiceError):
    """facts/api E48 (observed)."""

    text = "The security token included in the request is invalid."


class SerializationException(ServiceError):
    """facts/api E72: a body that is no JSON, or a value of the wrong JSON type (observed on Athena)."""

    reason: str = ""
    text = "{reason}"


class MalformedHttpRequestException(WordedError):
    """A body in an unknown encoding, or one that was cut off; code documented."""


class RequestEntityTooLargeException(ServiceError):
    """A body over the limit; code and status documented."""

    status = 413
    text = "Request body is too large"


class UnknownOperationException(ServiceError):
    """An operation that the model lacks (facts/api U1)."""


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
    """A member that the shipped model lacks. AWS ignores it (facts/api 1.5); here it is not lost silently."""

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


class ValidationError(WordedError):
    """Query services, for a member that does not fit."""
