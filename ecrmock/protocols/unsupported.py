"""What is said to a request for an AWS service that is not here? A clear no, in that service's own protocol."""

import json
from typing import TYPE_CHECKING

from ecrmock.base.web import Request, Response
from ecrmock.domain import names
from ecrmock.errors.common import IncompleteSignatureException, UnknownOperationException
from ecrmock.gateway import identity
from ecrmock.protocols import json11

if TYPE_CHECKING:
    from ecrmock.engine.world import World

# target prefix or form version -> service, where a scope does not tell (facts/neighbours A2)
_TARGETS = {
    "SpencerFrontendService": "ecr-public",
    "TrentService": "kms",
    "secretsmanager": "secretsmanager",
    "com": "cloudtrail",
    "GraniteServiceVersion20100801": "monitoring",
    "AWSEvents": "events",
    "AmazonSSM": "ssm",
}
_VERSIONS = {"2011-06-15": "sts", "2010-05-08": "iam", "2010-08-01": "monitoring"}


class Unsupported(Response):
    """The refusal of a service that is not here; a mock may raise its sentence instead."""

    __slots__ = ("message",)

    def __init__(self, message: str, body: bytes, headers: list[tuple[str, str]]) -> None:
        """Hold what goes over the wire, and the sentence in it."""
        super().__init__(501, body, headers)
        self.message = message


def answer(world: "World", request: Request, form: dict[str, str]) -> Response:
    """Refuse with 501, so that no client tries again; the sentence names the service and the way out.

    What is signed for ECR but names none of its operations has ECR's own refusal (facts/api 1.5).
    """
    target = request.header("x-amz-target") or ""
    service = _service(request, target, form)
    if service == "ecr":
        request_id = world.ids.uuid()
        spoken = request.media_type == json11.TYPE
        return json11.refusal(UnknownOperationException(), request_id) if spoken else json11.no_protocol(request_id)
    way_out = (
        f"Mock it beside ecrmock (moto's mock_aws does), or let it pass with mock_ecr(passthrough=['{service}'])"
        if names.is_aws_host(request.host)
        else "If AWS_ENDPOINT_URL is set, set AWS_ENDPOINT_URL_ECR instead, so that only Amazon ECR comes here"
    )
    message = (
        f"ecrmock does not answer the service '{service}'. {way_out}; "
        f"ecrmock's README, chapter Coverage, lists what works"
    )
    request_id = world.ids.uuid()
    if form:
        return _query_xml(message, request_id)
    if service == "s3":
        return _s3_xml(message, request_id)
    body = json.dumps({"__type": "UnknownOperationException", "message": message}).encode()
    kind = request.header("content-type") or ""
    if not kind.startswith("application/x-amz-json"):
        kind = "application/json"
    headers = [
        ("Content-Type", kind),
        ("x-amzn-RequestId", request_id),
        ("x-amzn-ErrorType", "UnknownOperationException"),
    ]
    return Unsupported(message, body, headers)


def _service(request: Request, target: str, form: dict[str, str]) -> str:
    try:
        scope = identity.scope(request)
    except IncompleteSignatureException:
        scope = None
    if scope is not None and scope.service != "ecr":
        return scope.service
    prefix = target.rpartition(".")[0].partition(".")[0]
    if scope is not None and prefix not in _TARGETS and not form:
        return "ecr"  # signed for it, but with a target that is none of its own
    return _TARGETS.get(prefix) or _VERSIONS.get(form.get("Version", "")) or prefix or "unknown"


def _query_xml(message: str, request_id: str) -> Unsupported:
    error = f"<Error><Type>Sender</Type><Code>UnknownOperation</Code><Message>{escape(message)}</Message></Error>"
    body = f"<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
    return Unsupported(message, body.encode(), [("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)])


def _s3_xml(message: str, request_id: str) -> Unsupported:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>NotImplemented</Code><Message>{escape(message)}</Message><RequestId>{request_id}</RequestId></Error>"
    )
    return Unsupported(message, body.encode(), [("Content-Type", "application/xml"), ("x-amz-request-id", request_id)])


def escape(text: str) -> str:
    """Text for XML, without what XML cannot hold; the standard library's function costs 25 ms to import."""
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
