"""Is the library of an optional extra there, and what is said where it is not?"""


class MissingExtraError(Exception):
    """The sentence says which library is missing, and how to install it."""


def cryptography_version() -> int:
    """The first number of cryptography's version; 0 where it is not installed."""
    try:
        import cryptography  # noqa: PLC0415 (an extra)
    except ImportError:
        return 0
    return int(cryptography.__version__.partition(".")[0])
