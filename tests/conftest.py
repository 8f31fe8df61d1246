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
    folder = tempfile.TemporaryDirectory()
    config.add_cleanup(folder.cleanup)
    profiles = Path(folder.name, "config")
    profiles.write_text("[default]\nregion = us-east-1\n")
    os.environ["AWS_CONFIG_FILE"] = str(profiles)
    if OLDER:
        os.environ["AWS_DATA_PATH"] = str(teach(Path(folder.name)))
