"""Type checkers are in the tox environment `types`."""

import importlib.util

collect_ignore = [] if importlib.util.find_spec("mypy") and importlib.util.find_spec("pyright") else ["test_typing.py"]
