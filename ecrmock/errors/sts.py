"""What does STS say? (facts/access 16.4)."""

from ecrmock.errors.base import WordedError


class AccessDenied(WordedError):
    """What may not be called this way (observed)."""

    status = 403

    @classmethod
    def by_session(cls, operation: str) -> "AccessDenied":
        """An operation that wants credentials which last."""
        return cls(f"Cannot call {operation} with session credentials")

    @classmethod
    def half_mfa(cls) -> "AccessDenied":
        """A serial number without a code, or the other way round."""
        return cls("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")


class InvalidParameterValue(WordedError):
    """Session tags that do not go together (observed)."""

    @classmethod
    def duplicate_keys(cls) -> "InvalidParameterValue":
        """One key twice, case ignored."""
        return cls("Duplicate tag keys found. Please note that Tag keys are case insensitive.")

    @classmethod
    def not_a_tag(cls) -> "InvalidParameterValue":
        """A transitive key that is none of the tags."""
        return cls("The specified transitive tag key must be included in the requested tags.")
