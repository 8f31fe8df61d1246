"""What can be said on the command line? The options (decisions 8), also as `ECRMOCK_` variables."""

import sys
from pathlib import Path
from typing import Any

import click

from ecrmock._version import __version__
from ecrmock.base.extras import MissingExtraError
from ecrmock.base.files import UnusableFileError, remove_folder
from ecrmock.bounds import SettingError
from ecrmock.cli import config
from ecrmock.cli.ca import ca
from ecrmock.cli.clock import clock
from ecrmock.cli.failures import failure
from ecrmock.cli.options import CONFIG, SourcedCommand, option, refused, setting, setting_options, unfit
from ecrmock.cli.signing import signing_certificate
from ecrmock.settings import Settings

_CREDENTIALS = "ecrmock.credentials"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ecrmock")
def main() -> None:
    """Amazon ECR on a laptop, for tests and local development."""


main.add_command(ca)
main.add_command(clock)
main.add_command(signing_certificate)


def _configure(ctx: click.Context, _parameter: click.Parameter, path: Path | None) -> None:
    """Take defaults from a configuration file; the command line and the environment win."""
    if path is None:
        return
    try:
        options, credentials = config.read(path)
    except ValueError as error:
        raise click.BadParameter(f"{path}: {error}") from error
    known = {name: parameter for parameter in ctx.command.params for name in parameter.opts}
    defaults: dict[str, Any] = {}
    for name, value in options.items():
        parameter = known.get(f"--{name}")
        if parameter is None:
            raise click.BadParameter(f"{path}: there is no option {name!r}")
        # several are written with space between them, as in a variable
        defaults[parameter.name or name] = value.split() if getattr(parameter, "multiple", False) else value
    ctx.default_map = defaults
    ctx.meta[CONFIG] = path
    ctx.meta[_CREDENTIALS] = credentials


@main.command(cls=SourcedCommand)
@option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; loopback by default.")
@option("--port", default=8327, show_default=True, type=click.IntRange(0, 65535), help="0 picks a free one.")
@option("--url-file", type=click.Path(path_type=Path, dir_okay=False), help="Write the URL here when ready.")
@setting_options
@option("--tls", metavar="auto|CERT,KEY", help="Serve HTTPS: with a certificate of the local CA, or with these files.")
@option("--set", "more", multiple=True, metavar="NAME=VALUE", help="A further setting; docs/settings.md lists them.")
@option("--log-level", default="info", show_default=True, type=click.Choice(["debug", "info", "warning", "error"]))
@option(
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
    tls: str | None,
    more: tuple[str, ...],
    **chosen: Any,
) -> None:
    """Serve both doors, the AWS API and the registry, on one port until a signal."""
    further = dict(setting(item) for item in more)
    try:
        settings = Settings(**chosen, **further, credentials=ctx.meta.get(_CREDENTIALS, ()))
    except SettingError as error:
        raise refused(ctx, error) from error
    from ecrmock import app, serving  # noqa: PLC0415 (other commands need no server)

    try:
        app.check(settings)
    except ValueError as error:
        raise unfit(ctx, error) from error
    place = serving.Binding(host, port, *_certificate(tls, host, settings))
    try:
        serving.serve(settings, place, url_file, log_level)
    except serving.PortTakenError:
        sys.stderr.write(f"ecrmock: port {port} on {host} is taken; choose another with --port, or --port 0\n")
        sys.exit(serving.TAKEN)
    except UnusableFileError as error:
        raise click.BadParameter(str(error), param_hint="--url-file") from error
    except OSError as error:
        sys.stderr.write(f"ecrmock: cannot listen on {host}:{port}: {error.strerror or error}\n")
        sys.exit(1)
    finally:
        if place.passing is not None:
            remove_folder(place.passing)


def _certificate(text: str | None, host: str, settings: Settings) -> tuple[tuple[Path, Path] | None, Path | None]:
    """The files that --tls names, or those that it lets us make with the folder that they are alone in."""
    if text is None:
        return None, None
    from ecrmock import tls  # noqa: PLC0415 (only where it is asked for)

    if text == "auto":
        try:
            made = tls.issue(tls.home(), host, (settings.region,))
        except (MissingExtraError, OSError) as error:
            raise failure(error) from error
        except ValueError as error:
            raise click.BadParameter(f"{host!r} is no name of a host: {error}", param_hint="--host") from error
        return made, made.chain.parent
    certificate, mark, key = text.partition(",")
    if not mark or not Path(certificate).is_file() or not Path(key).is_file():
        raise click.BadParameter(f"{text!r}: auto, or two files CERT,KEY", param_hint="--tls")
    try:
        tls.check(Path(certificate), Path(key))
    except UnusableFileError as error:
        raise click.BadParameter(str(error), param_hint="--tls") from error
    return (Path(certificate), Path(key)), None
