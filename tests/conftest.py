"""What all tests share."""

import importlib.util

pytest_plugins = ["pytester"]

# aiobotocore pins an older botocore than boto3 wants: these run in the tox environment `async`
collect_ignore = [] if importlib.util.find_spec("aiobotocore") else ["aio"]
