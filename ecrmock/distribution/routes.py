"""Which path is what? The route table of the docker door, and the way of a request through it."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from ecrmock._version import __version__
from ecrmock.base.web import Request, Response
from ecrmock.distribution import blobs, login, manifests, quirks, referrers, refusals, tags, uploads
from ecrmock.distribution.context import Context
from ecrmock.domain import names
from ecrmock.domain.images import dialects
from ecrmock.domain.pull_through.upstreams import CHAIN, OURS
from ecrmock.errors.base import ServiceError
from ecrmock.gateway.call import Call

if TYPE_CHECKING:
    from ecrmock.gateway.gate import Gate
    from ecrmock.gateway.identity import Caller

_PING = frozenset({"/v2", "/v2/"})
_SELF = (OURS, __version__)
_VERSION = ("Docker-Distribution-Api-Version", "registry/2.0")


class Route(NamedTuple):
    """A method and path, the ECR action it counts as, and the function that answers it."""

    methods: frozenset[str]
    path: re.Pattern[str]
    action: str
    answer: Callable[[Context], Response]
    streams: bool = False


def _route(
    methods: str, end: str, action: str, answer: Callable[[Context], Response], *, streams: bool = False
) -> Route:
    # the end of the path is matched, the name is greedy: it may hold words of the protocol (facts/registry 1.1)
    return Route(frozenset(methods.split()), re.compile(f"/v2/(?P<name>.+)/{end}", re.DOTALL), action, answer, streams)


_UPLOADS, _UPLOAD = "blobs/uploads/?", "blobs/uploads/(?P<upload>[^/]+)"
_BLOB, _MANIFEST = "blobs/(?P<digest>[^/]+)", "manifests/(?P<reference>[^/]+)"

ROUTES = (
    _route("POST", _UPLOADS, "InitiateLayerUpload", uploads.start, streams=True),
    _route("PATCH", _UPLOAD, "UploadLayerPart", uploads.append, streams=True),
    _route("PUT", _UPLOAD, "CompleteLayerUpload", uploads.finish, streams=True),
    _route("GET HEAD", _UPLOAD, "UploadLayerPart", uploads.status),
    _route("DELETE", _UPLOAD, "InitiateLayerUpload", uploads.cancel),
    _route("HEAD", _BLOB, "BatchCheckLayerAvailability", blobs.head),
    _route("GET", _BLOB, "GetDownloadUrlForLayer", blobs.get),
    _route("DELETE", _BLOB, "BatchDeleteImage", blobs.delete),
    _route("PUT", _MANIFEST, "PutImage", manifests.put, streams=True),
    _route("GET HEAD", _MANIFEST, "BatchGetImage", manifests.get),
    _route("DELETE", _MANIFEST, "BatchDeleteImage", manifests.delete),
    _route("GET HEAD", "tags/list", "ListImages", tags.listed),
    _route("GET HEAD", "referrers/(?P<digest>[^/]+)", "ListImageReferrers", referrers.listed),
    Route(frozenset({"GET", "HEAD"}), re.compile("/v2/(?P<name>)_catalog"), "DescribeRepositories", tags.catalog),
)


def answer(gate: "Gate", request: Request) -> Response:
    """Answer one request at the docker door; every answer names the protocol, none to HEAD has a body."""
    response = _answer(gate, request)
    response.headers.append(_VERSION)
    if request.path in _PING:
        response.headers.append(_SELF)
    if request.method == "HEAD":
        response.body = b""
    return response


def _answer(gate: "Gate", request: Request) -> Response:
    caller = login.admit(gate.world, request)
    if isinstance(caller, Response):
        return caller
    if request.path in _PING:
        return Response(200, b"{}", [("Content-Type", "application/json")])
    target = login.target(request, caller)
    matches = [(route, found) for route in ROUTES if (found := route.path.fullmatch(target.path))]
    if not matches:
        return Response(404, b"404 page not found\n", [("Content-Type", "text/plain; charset=utf-8")])
    for route, found in matches:
        if request.method in route.methods:
            return _enter(gate, request, caller, target, route, found)
    allowed = ", ".join(sorted({method for route, _ in matches for method in route.methods}))
    refusal = refusals.refuse(405, "UNSUPPORTED", "The operation is unsupported.")
    refusal.headers.append(("Allow", allowed))
    return refusal


def _enter(  # noqa: PLR0913, PLR0917 (the parts of a request)
    gate: "Gate",
    request: Request,
    caller: "Caller",
    target: login.AddressedRegistry,
    route: Route,
    found: re.Match[str],
) -> Response:
    name = found["name"]
    if name and names.repository_fault(name):
        return refusals.refuse(400, "NAME_INVALID", f"invalid repository name '{_shown(name)}'")
    call = Call(
        gate.world,
        caller,
        route.action,
        target.account,
        target.region,
        gate.world.ids.uuid(),
        door="docker",
        body_size=0,
        dialect=dialects.ECR if gate.world.settings.ecr_quirks else dialects.OCI,
        parameters={"registryId": target.account, **({"repositoryName": name} if name else {})},
        repositories=(name,) if name else (),
        host=request.host,
        scheme=request.scheme,
        source=request.source,
        user_agent=request.header("user-agent") or "",
        begins_push=route.answer is uploads.start,
        chain=tuple(filter(None, (request.header(CHAIN) or "").split(","))),
    )
    base = request.path.removesuffix(found[0][len("/v2/") + len(name) :]).rstrip("/")
    context = Context(call, request, name, found.groupdict(), base)
    try:
        work = quirks.ROUTES.get(route.answer, route.answer) if context.quirks else route.answer
        return gate.perform(call, lambda _call: work(context), streams=route.streams)
    except ServiceError as error:
        refusal = refusals.of_error(error, route.action)
        uploads.describe(context, refusal)
        return refusal


def _shown(name: str) -> str:
    return name.encode("ascii", "replace").decode()[:300]
