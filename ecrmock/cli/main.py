"""What can be said on the command line? Options of design 0, also as `ECRMOCK_` variables."""

import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import click

from ecrmock._version import __version__
from ecrmock.cli import config
from ecrmock.domain import names
from ecrmock.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


def _option(name: str, *more: str, more_variables: tuple[str, ...] = (), **how: Any) -> Callable[[F], F]:
    """An option that is also an `ECRMOCK_` variable (design 0)."""
    variable = "ECRMOCK_" + name.removeprefix("--").upper().replace("-", "_")
    return click.option(name, *more, envvar=[variable, *more_variables], show_envvar=True, **how)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ecrmock")
def main() -> None:
    """Amazon ECR on a laptop, for tests and local development."""


def _configure(ctx: click.Context, _parameter: click.Parameter, path: Path | None) -> None:
    """Take defaults from a configuration file; the command line and the environment win."""
    if path is None:
        return
    try:
        options, credentials = config.read(path)
    except ValueError as error:
        raise click.BadParameter(f"{path}: {error}") from error
    known = {name for parameter in ctx.command.params for name in parameter.opts}
    for name in options:
        if f"--{name}" not in known:
            raise click.BadParameter(f"{path}: there is no option {name!r}")
    ctx.default_map = {name.replace("-", "_"): value for name, value in options.items()}
    ctx.meta[_CREDENTIALS] = credentials


@main.command()
@_option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; loopback by default.")
@_option("--port", default=8327, show_default=True, type=click.IntRange(0, 65535), help="0 picks a free one.")
@_option("--url-file", type=click.Path(path_type=Path, dir_okay=False), help="Write the URL here when ready.")
@_option(
    "--region",
    default="us-east-1",
    show_default=True,
    more_variables=("AWS_REGION", "AWS_DEFAULT_REGION"),
    help="Region of requests that name none.",
)
@_option("--account", default="123456789012", show_default=True, help="Account of callers whose key names none.")
@_option(
    "--auth",
    default="token",
    show_default=True,
    type=click.Choice(["off", "token", "sigv4"]),
    help="Ask for credentials?",
)
@_option(
    "--iam", default="resource", show_default=True, type=click.Choice(["off", "resource"]), help="Evaluate policies?"
)
@_option("--lenient", is_flag=True, help="Admit manifests whose layers were never uploaded.")
@_option("--set", "more", multiple=True, metavar="NAME=VALUE", help="Any further field of Settings, e.g. a quota.")
@_option("--log-level", default="info", show_default=True, type=click.Choice(["debug", "info", "warning", "error"]))
@_option(
    "--config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    is_eager=True,
    callback=_configure,
    expose_value=False,
    help="An INI file: options under [ecrmock], access keys under [credentials].",
)
@click.pass_context
def serve(  # noqa: PLR0913, PLR0917 (one for each option)
    ctx: click.Context,
    /,
    host: str,
    port: int,
    url_file: Path | None,
    log_level: str,
    more: tuple[str, ...],
    **chosen: Any,
) -> None:
    """Serve both doors, the AWS API and the registry, on one port until a signal."""
    settings = Settings(**chosen, **dict(_setting(item) for item in more), credentials=ctx.meta.get(_CREDENTIALS, ()))
    if not names.is_account(settings.account):
        raise click.BadParameter("an account is twelve digits", param_hint="--account")
    from ecrmock import serving  # noqa: PLC0415 (other commands need no server)

    try:
        serving.serve(settings, host, port, url_file, log_level)
    except serving.PortTakenError:
        sys.stderr.write(f"ecrmock: port {port} on {host} is taken; choose another with --port, or --port 0\n")
        sys.exit(serving.TAKEN)
    except OSError as error:
        sys.stderr.write(f"ecrmock: cannot listen on {host}:{port}: {error.strerror or error}\n")
        sys.exit(1)


_READ: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": lambda text: {"true": True, "false": False}[text.lower()],
}
_CREDENTIALS = "ecrmock.credentials"
_OWN = frozenset({"credentials", "account", "region", "auth", "iam", "lenient", "delays"})


def _setting(item: str) -> tuple[str, Any]:
    """A field of Settings and its value, from NAME=VALUE."""
    name, mark, text = item.partition("=")
    kinds = {field.name: str(getattr(field.type, "__name__", field.type)) for field in fields(Settings)}
    if not mark or name not in kinds or name in _OWN:
        known = ", ".join(sorted(set(kinds) - _OWN))
        raise click.BadParameter(f"{item!r}: NAME=VALUE with one of {known}", param_hint="--set")
    kind = kinds[name].partition(" ")[0]
    try:
        return name, _READ[kind](text)
    except (ValueError, KeyError):
        raise click.BadParameter(f"{item!r}: not {kind}", param_hint="--set") from None
