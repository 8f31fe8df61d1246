"""The `ecrmock` command."""

from ecrmock.cli.main import main

__all__ = ["main"]
