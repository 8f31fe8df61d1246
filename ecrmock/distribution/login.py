"""Who logs in at the docker door, and which registry do they mean?"""

from typing import TYPE_CHECKING, NamedTuple

from ecrmock.base.web import Request, Response
from ecrmock.distribution.refusals import of_error, refuse
from ecrmock.domain import names
from ecrmock.domain.access import tokens
from ecrmock.errors.common import ConvenienceHeaderException
from ecrmock.gateway import identity
from ecrmock.gateway.identity import Caller

if TYPE_CHECKING:
    from ecrmock.engine.world import World

_EXPIRED = "Your authorization token has expired. Reauthenticate and try again."
_ELSEWHERE = "Your authorization token is of another Region. Reauthenticate and try again."
"""The words are a guess; that it is refused is documented (facts/registry 2.2, U26)."""


class AddressedRegistry(NamedTuple):
    """The registry that a request addresses, and its path without a registry selector."""

    account: str
    region: str
    path: str


def admit(world: "World", request: Request) -> Caller | Response:  # noqa: PLR0911 (a return a refusal)
    """The caller, or the refusal: 401 with ECR's challenge, 403 for an expired token or another region's.

    See facts/registry 2.2.
    """
    try:
        identity.refuse_test_headers(world, request)
    except ConvenienceHeaderException as error:
        return of_error(error)
    if world.settings.auth == "off":
        return Caller.root(world.settings.account, world.settings.region)
    login = identity.basic(request)
    if login is None or login[0] != "AWS":
        return challenge(request)
    claims = tokens.read(world, login[1])
    if claims == "expired":
        return refuse(403, "DENIED", _EXPIRED)
    if isinstance(claims, str) or claims.service != "ecr":
        return challenge(request)
    host = names.registry_of_host(request.host)  # where it names none, one login may be for many registries (ours)
    if host is not None and host[1] != claims.region:
        return refuse(403, "DENIED", _ELSEWHERE)
    return identity.on_behalf(request, Caller.of(claims))


def challenge(request: Request) -> Response:
    """ECR's 401: fifteen bytes of text (observed: mayflower/docker-ls#28 and others)."""
    realm = f'Basic realm="{request.scheme}://{request.host}/",service="ecr.amazonaws.com"'
    headers = [("Www-Authenticate", realm), ("Content-Type", "text/plain; charset=utf-8")]
    return Response(401, b"Not Authorized\n", headers)


def target(request: Request, caller: Caller) -> AddressedRegistry:
    """Account and region of a request, first hit wins (facts/registry 3.8).

    Host, `ns` or OCI-Namespace, a first path component that selects, the login token, the defaults; without
    credentials the token rule falls to the defaults by itself.
    """
    found = names.registry_of_host(request.host)
    namespace = request.value("ns") or request.header("oci-namespace")
    if found is None and namespace:
        found = names.registry_of_host(namespace)
    prefix, _, rest = request.path.removeprefix("/v2/").partition("/")
    selected = names.registry_of_path(prefix) if rest else None
    path = f"/v2/{rest}" if selected else request.path
    account, region = found or selected or (caller.account, caller.region)
    return AddressedRegistry(account, region, path)
