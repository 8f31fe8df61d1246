"""How is an option said? On the command line, or as an `ECRMOCK_` variable (decisions 8)."""

import dataclasses
import os
from collections.abc import Callable
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import click
from click.core import ParameterSource

from ecrmock.bounds import SettingError
from ecrmock.settings import Delays, Settings

F = TypeVar("F", bound=Callable[..., Any])

CONFIG = "ecrmock.config"
"""In the context's `meta`: the configuration file that was read."""


class SourcedCommand(click.Command):
    """A command that says of a wrong value from which variable or file it came."""

    def make_context(self, *arguments: Any, **named: Any) -> click.Context:
        """Read the options."""
        try:
            return super().make_context(*arguments, **named)
        except click.BadParameter as error:
            raise _with_source(error, error.ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run."""
        try:
            return super().invoke(ctx)
        except click.BadParameter as error:
            raise _with_source(error, ctx) from None


def _with_source(error: click.BadParameter, ctx: click.Context | None) -> click.BadParameter:
    if ctx is None:
        return error
    hinted = (each for each in ctx.command.params if error.param_hint in each.opts)
    parameter = error.param or next(hinted, None)
    found = _source(ctx, parameter) if parameter else None
    if found is None:
        return error
    return click.BadParameter(f"{error.message} (from {found})", ctx, error.param, error.param_hint)


def _source(ctx: click.Context, parameter: click.Parameter) -> str | None:
    """The variable or the file that a value is from; None for the command line."""
    source = ctx.get_parameter_source(parameter.name or "")
    if source is ParameterSource.ENVIRONMENT:
        names = [parameter.envvar] if isinstance(parameter.envvar, str) else parameter.envvar or ()
        return next((name for name in names if os.environ.get(name)), None)
    return str(ctx.meta.get(CONFIG)) if source is ParameterSource.DEFAULT_MAP else None


def refused(ctx: click.Context, error: SettingError) -> click.BadParameter:
    """A setting that makes no sense, under the name by which it was said."""
    (field,) = (each for each in dataclasses.fields(Settings) if each.name == error.name)
    name = own(field)
    if name is not None:
        return click.BadParameter(error.about, ctx, param_hint=name)
    if field.metadata["cli"] is None:
        return click.BadParameter(str(error), ctx, param_hint="--set")
    return click.BadParameter(f"{ctx.meta.get(CONFIG)}: {error}", ctx, param_hint="--config")


def unfit(ctx: click.Context, error: ValueError) -> click.UsageError:
    """Settings of which no world can be made; the sentence begins with the word of its option or setting."""
    word = str(error).partition(" ")[0].rstrip(":")
    by_set = any(each.name == word and each.metadata["cli"] is None for each in dataclasses.fields(Settings))
    hint = "--set" if by_set else f"--{word}"
    if any(hint in each.opts for each in ctx.command.params):
        return click.BadParameter(str(error), ctx, param_hint=hint)
    return click.UsageError(str(error), ctx)


def option(name: str, *more: str, more_variables: tuple[str, ...] = (), **how: Any) -> Callable[[F], F]:
    """An option that is also an `ECRMOCK_` variable."""
    return click.option(name, *more, envvar=[variable(name), *more_variables], show_envvar=True, **how)


def variable(name: str) -> str:
    """The variable of an option: --url-file is ECRMOCK_URL_FILE."""
    return "ECRMOCK_" + name.removeprefix("--").upper().replace("-", "_")


def own(field: "dataclasses.Field[Any]") -> str | None:
    """The option that a field of Settings has for itself, e.g. --region; None where it has none."""
    cli = field.metadata["cli"]
    return cli if cli is not None and cli.startswith("--") else None


def setting_options(command: F) -> F:
    """An option for each field of Settings that has one of its own, in their order."""
    hints = get_type_hints(Settings)
    for field in reversed(dataclasses.fields(Settings)):
        name, about = own(field), field.metadata
        if name is not None:
            how = _how(hints[field.name], field)
            command = option(name, field.name, more_variables=about["envvars"], help=about["description"], **how)(
                command
            )
    return command


def _how(hint: Any, field: "dataclasses.Field[Any]") -> dict[str, Any]:
    """What click is told of a field of this type."""
    metavar = field.metadata["metavar"]
    if hint is bool:
        return {"is_flag": True, "default": field.default}
    if get_origin(hint) is tuple:
        kind = _pair(metavar) if get_origin(get_args(hint)[0]) is tuple else str
        return {"multiple": True, "type": kind, "metavar": metavar}
    words = click.Choice(get_args(hint)) if get_origin(hint) is Literal else hint
    return {"default": field.default, "show_default": True, "type": words, "metavar": metavar}


def _pair(metavar: str) -> Callable[[str], tuple[str, str]]:
    """How a pair is read; raises BadParameter with how it is written where a part is missing."""

    def read(text: str) -> tuple[str, str]:
        name, _, value = text.partition("=")
        if not name or not value:
            raise click.BadParameter(f"{text!r}: {metavar}")
        return name, value

    return read


def setting(item: str) -> tuple[str, Any]:
    """A field of Settings without an option of its own, and its value, from NAME=VALUE. Raises BadParameter."""
    name, mark, text = item.partition("=")
    fields = {field.name: field for field in dataclasses.fields(Settings) if field.metadata["cli"] is None}
    if not mark or name not in fields:
        raise click.BadParameter(f"{item!r}: NAME=VALUE with one of {', '.join(sorted(fields))}", param_hint="--set")
    kind = _required(get_type_hints(Settings)[name])
    try:
        return name, _READ[kind](text)
    except (ValueError, KeyError):
        form = fields[name].metadata["metavar"] or kind.__name__
        raise click.BadParameter(f"{item!r}: not {form}", param_hint="--set") from None


def _required(hint: Any) -> Any:
    """`int` of `int | None`; any other hint as it is."""
    parts = [part for part in get_args(hint) if part is not NoneType]
    return parts[0] if NoneType in get_args(hint) else hint


def _delays(text: str) -> Delays:
    """Work and how long it takes, with commas between. Raises ValueError."""
    rows = [part.partition(":") for part in text.split(",")]
    return tuple((kind, how if how in {"instant", "manual"} else float(how)) for kind, _, how in rows)


_READ: dict[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    float: float,
    bool: lambda text: {"true": True, "false": False}[text.lower()],
    Delays: _delays,
}
"""How the text of `--set` is read, by the type of the field."""
