"""What all tests share."""

import importlib.util
import os
import tempfile
from pathlib import Path

from older_sdk import OLDER, teach

pytest_plugins = ["pytester"]

# aiobotocore pins an older botocore than boto3 wants: these run in the tox environment `async`
collect_ignore = [] if importlib.util.find_spec("aiobotocore") else ["aio"]


def pytest_configure(config):
    """Have a region, as users do, and let boto3 call all that ECR's shipped model has; before any session is made."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    if OLDER:
        folder = tempfile.TemporaryDirectory()
        config.add_cleanup(folder.cleanup)
        os.environ["AWS_DATA_PATH"] = str(teach(Path(folder.name)))
