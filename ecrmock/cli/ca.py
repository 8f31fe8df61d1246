"""How do clients come to trust the local CA and to find AWS's names here? Printed, for copying."""

import click

from ecrmock import tls
from ecrmock.base.extras import MissingExtraError
from ecrmock.cli.failures import failure
from ecrmock.cli.options import option
from ecrmock.domain import names

_TEXT = """\
# {path}
# trust it for one command:      SSL_CERT_FILE={path} crane ls {host}/team/app
# for the whole machine (Debian): cp {path} /usr/local/share/ca-certificates/ecrmock.crt && update-ca-certificates

# /etc/hosts
127.0.0.1 {host} {api}

# docker: /etc/docker/certs.d/{host}/ca.crt is that file

# containerd, nerdctl: /etc/containerd/certs.d/{host}/hosts.toml (docker: /etc/docker/certs.d/{host}/hosts.toml)
server = "https://{host}"
[host."https://localhost:{port}"]
  capabilities = ["pull", "resolve", "push"]
  ca = "{path}"

# podman, skopeo, buildah (pulls only): registries.conf; they log in at localhost:{port}
[[registry]]
prefix = "{host}"
location = "localhost:{port}"

# AWS CLI and SDKs
export AWS_CA_BUNDLE={path}
"""


@click.command()
@option("--account", default="123456789012", show_default=True, help="Account of the registry to write the lines for.")
@option("--region", default="us-east-1", show_default=True, help="Its region.")
@option("--port", default=8327, show_default=True, help="Port that `ecrmock serve --tls auto` listens on.")
@click.option("--pem", is_flag=True, help="Print the certificate itself and nothing else.")
def ca(account: str, region: str, port: int, *, pem: bool) -> None:
    """Print the local CA, and the lines with which clients use AWS's own names here."""
    try:
        place = tls.home()
        certificate = tls.authority(place).cert_pem.bytes().decode()
    except (MissingExtraError, OSError) as error:
        raise failure(error) from error
    if pem:
        click.echo(certificate, nl=False)
        return
    host = names.registry_host(account, region)
    api = f"api.ecr.{region}.{host.partition(f'.ecr.{region}.')[2]}"
    click.echo(_TEXT.format(path=place / "ca.pem", host=host, api=api, port=port))
