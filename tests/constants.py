"""What tests name again and again: accounts, a region, an instant, media types."""

ACCOUNT, AWAY = "123456789012", "111122223333"
REGION = "us-east-1"
NOON = 1_795_003_200.123
"""2026-11-18T12:00:00.123Z, in seconds since 1970; its fraction shows what is rounded where."""
NOWHERE = "sha256:" + "0" * 64
"""A digest of nothing that is anywhere."""

OCI = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
EMPTY = "application/vnd.oci.empty.v1+json"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json"
SCHEMA1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"


def signed(account=ACCOUNT, region=REGION, service="ecr", day="20261118"):
    """An Authorization header of signature version 4, whose signature nobody checks."""
    scope = f"{account}/{day}/{region}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
