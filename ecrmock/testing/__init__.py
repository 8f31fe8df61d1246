"""ecrmock inside a test: boto3, botocore and aiobotocore answered in process; imported late, plugins load early."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecrmock.testing.public import (
        ActionCalled,
        EcrMock,
        Job,
        LifecycleEvaluation,
        LifecycleTrace,
        MockClock,
        Omitted,
        ServiceError,
        SettingsDict,
        UnmockedServiceError,
        World,
        marker,
        mock_ecr,
    )

__all__ = [
    "ActionCalled",
    "EcrMock",
    "Job",
    "LifecycleEvaluation",
    "LifecycleTrace",
    "MockClock",
    "Omitted",
    "ServiceError",
    "SettingsDict",
    "UnmockedServiceError",
    "World",
    "marker",
    "mock_ecr",
]


def __getattr__(name: str) -> Any:
    """Import the public names when one is asked for."""
    if name in __all__:
        from ecrmock.testing import public  # noqa: PLC0415 (late on purpose)

        return getattr(public, name)
    raise AttributeError(f"module 'ecrmock.testing' has no attribute {name!r}")
