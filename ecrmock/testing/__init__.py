"""ecrmock inside a test: boto3, botocore and aiobotocore answered in process; imported late, plugins load early."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecrmock.testing.mock import EcrMock, mock_ecr

__all__ = ["EcrMock", "mock_ecr"]


def __getattr__(name: str) -> Any:
    """Import the mock when it is asked for."""
    if name in __all__:
        from ecrmock.testing import mock  # noqa: PLC0415 (late on purpose)

        return getattr(mock, name)
    raise AttributeError(f"module 'ecrmock.testing' has no attribute {name!r}")
