"""Which certificate verifies what a running ecrmock signed? Printed, for a trust store."""

import json
from urllib.parse import urlencode

import click

from ecrmock.cli.options import option


@click.command()
@click.argument("profile_arn")
@option("--url", default="http://localhost:8327", show_default=True, help="Where `ecrmock serve` listens.")
@click.option("--chain", is_flag=True, help="Print the whole chain, the signing key's certificate first.")
def signing_certificate(profile_arn: str, url: str, *, chain: bool) -> None:
    """Print the test root certificate with which signatures of a signing profile verify, as PEM.

    \b
    ecrmock signing-certificate PROFILE_ARN > root.pem
    notation cert add --type ca --store ecrmock root.pem
    """  # noqa: D301 (click's sign for lines that stay as they are)
    from urllib.error import HTTPError, URLError  # noqa: PLC0415 (other commands need no HTTP)
    from urllib.request import urlopen  # noqa: PLC0415 (as above)

    if not url.startswith(("http://", "https://")):
        raise click.BadParameter("an address begins with http:// or https://", param_hint="--url")
    asked = f"{url.rstrip('/')}/_ecrmock/signing-certificates?{urlencode({'profile': profile_arn})}"
    try:
        with urlopen(asked, timeout=30) as answer:  # noqa: S310 (the scheme is checked)
            (row,) = json.load(answer)["profiles"]
    except HTTPError as error:
        raise click.ClickException(_told(error.read()) or f"{url} answers {error.code}") from None
    except URLError as error:
        raise click.ClickException(f"nothing answers at {url}: {error.reason}") from None
    except (OSError, ValueError, LookupError, TypeError):
        raise click.ClickException(f"what answers at {url} is no ecrmock") from None
    click.echo(row["chain" if chain else "root"], nl=False)


def _told(body: bytes) -> str:
    """The sentence of a refusal of /_ecrmock."""
    try:
        return str(json.loads(body)["error"])
    except (ValueError, LookupError, TypeError):
        return ""
