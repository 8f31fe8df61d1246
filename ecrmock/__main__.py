"""`python -m ecrmock` is the `ecrmock` command."""

from ecrmock.cli import main

main()
