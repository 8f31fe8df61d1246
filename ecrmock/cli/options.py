"""How is an option said? On the command line, or as an `ECRMOCK_` variable (design 0)."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def option(name: str, *more: str, more_variables: tuple[str, ...] = (), **how: Any) -> Callable[[F], F]:
    """An option that is also an `ECRMOCK_` variable."""
    variable = "ECRMOCK_" + name.removeprefix("--").upper().replace("-", "_")
    return click.option(name, *more, envvar=[variable, *more_variables], show_envvar=True, **how)
