"""How is a running ecrmock asked from a shell? By its admin paths; what goes wrong is one line and exit code 1."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ecrmock.cli.options import option

if TYPE_CHECKING:
    from urllib.error import HTTPError

F = TypeVar("F", bound=Callable[..., Any])

_DEFAULT = "http://localhost:8327"
_LONGEST = 600
"""Seconds: the answer comes when all that fell due is done."""


def where(command: F) -> F:
    """Give a command the options `--url` and `--ca`."""
    trusting = option("--ca", type=click.Path(exists=True, dir_okay=False), help="The certificate to trust, for HTTPS.")
    return option("--url", default=_DEFAULT, show_default=True, help="Where the ecrmock is.")(trusting(command))


def ask(url: str, ca: str | None, path: str, body: dict[str, Any] | None = None) -> Any:
    """GET an admin path, or POST a body to it; the answer, read. Raises ClickException, BadParameter."""
    import ssl  # noqa: PLC0415 (`serve` starts without an HTTP client)
    from urllib import error as failure  # noqa: PLC0415 (as above)
    from urllib import request as client  # noqa: PLC0415 (as above)

    data = None if body is None else json.dumps(body).encode()
    if not url.startswith(("http://", "https://")):
        raise click.BadParameter(f"{url!r} is no http or https address", param_hint="--url")
    url = url.rstrip("/")
    kind = {"Content-Type": "application/json"}
    request = client.Request(f"{url}/_ecrmock/{path}", data, kind)  # noqa: S310 (the scheme was looked at)
    context = ssl.create_default_context(cafile=ca) if url.startswith("https://") else None
    try:
        with client.urlopen(request, timeout=_LONGEST, context=context) as answer:  # noqa: S310 (as above)
            return json.load(answer)
    except failure.HTTPError as error:
        raise click.ClickException(_error(error)) from error
    except (OSError, ValueError) as error:
        raise click.ClickException(f"no ecrmock answers at {url}: {getattr(error, 'reason', error)}") from error


def _error(error: "HTTPError") -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        return f"{error.url} answers {error.code}: no ecrmock"
