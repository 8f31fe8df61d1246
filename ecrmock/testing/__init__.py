"""ecrmock inside a test: boto3 and botocore answered in process, no socket."""

from ecrmock.testing.mock import EcrMock, mock_ecr

__all__ = ["EcrMock", "mock_ecr"]
