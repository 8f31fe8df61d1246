"""Which certificate verifies what a running ecrmock signed? Printed, for a trust store."""

from urllib.parse import urlencode

import click

from ecrmock.cli.ask import ask, where


@click.command()
@click.argument("profile_arn")
@where
@click.option("--chain", is_flag=True, help="Print the whole chain, the signing key's certificate first.")
def signing_certificate(profile_arn: str, url: str, ca: str | None, *, chain: bool) -> None:
    """Print the test root certificate with which signatures of a signing profile verify, as PEM.

    \b
    ecrmock signing-certificate PROFILE_ARN > root.pem
    notation cert add --type ca --store ecrmock root.pem
    """  # noqa: D301 (click's sign for lines that stay as they are)
    (row,) = ask(url, ca, f"signing-certificates?{urlencode({'profile': profile_arn})}")["profiles"]
    click.echo(row["chain" if chain else "root"], nl=False)
