"""Under which address is a repository handed out? The styles of --registry-host (facts/registry 3.7)."""

from ecrmock.bounds import REGISTRY_STYLES
from ecrmock.domain import names
from ecrmock.settings import Settings


def registry(settings: Settings, host: str, account: str, region: str) -> str:
    """Host (and path) of a registry for a client that reached us as `host`, without scheme.

    In process, where the host is AWS's, it is AWS's form.
    """
    if not host or names.is_aws_host(host) or settings.registry_host == "aws":
        return names.registry_host(account, region)
    like = names.registry_host_like(host, account, region)
    if like is not None:
        return like
    return _styled(settings, host, account, region)


def login(settings: Settings, scheme: str, host: str, account: str, region: str) -> str:
    """Scheme and address to which a login goes, no slash at the end: that of the registry's repositories."""
    aws = not host or names.is_aws_host(host) or settings.registry_host == "aws"
    return f"{'https' if aws else scheme}://{registry(settings, host, account, region)}"


def _styled(settings: Settings, host: str, account: str, region: str) -> str:
    name, port = _split(host)
    at = f":{port}" if port else ""
    if settings.registry_host == "subdomain":
        return f"{account}.dkr.ecr.{region}.localhost{at}"
    if settings.registry_host not in REGISTRY_STYLES:
        return settings.registry_host.format(account=account, region=region, host=name, port=port)
    base = host if settings.registry_host == "localhost" else f"127.0.0.1{at}"
    own = (account, region) == (settings.account, settings.region)
    return base if own else f"{base}/{account}.dkr.ecr.{region}"


def _split(host: str) -> tuple[str, str]:
    name, mark, port = host.rpartition(":")
    return (name, port) if mark and port.isdigit() else (host, "")
