"""Amazon ECR on a laptop, for tests and local development: the public names, each imported when it is used."""

from ecrmock._version import __version__

TYPE_CHECKING = False  # typing itself would be most of this import's time
if TYPE_CHECKING:
    from ecrmock.testing.mock import EcrMock, mock_ecr

__all__ = ["EcrMock", "__version__", "mock_ecr"]


def __getattr__(name: str) -> object:
    """Import the public names late, so that `import ecrmock` loads nothing (decisions 2)."""
    if name in {"EcrMock", "mock_ecr"}:
        from ecrmock.testing import mock  # noqa: PLC0415 (late on purpose)

        return getattr(mock, name)
    raise AttributeError(f"module 'ecrmock' has no attribute {name!r}")
