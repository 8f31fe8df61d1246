"""The query protocol: how does a form become an operation's request, and its answer XML? (facts/neighbours A2.1)."""

import re
from typing import Any
from urllib.parse import parse_qsl

from ecrmock.base.clock import iso
from ecrmock.base.web import CutOffError, Request, Response, TooLargeError
from ecrmock.errors.base import ServiceError
from ecrmock.errors.common import (
    MissingAuthenticationTokenException,
    NotYetException,
    UnknownMemberException,
    UnknownOperationException,
    ValidationError,
)
from ecrmock.errors.ecr import InvalidParameterException
from ecrmock.gateway import identity
from ecrmock.gateway.call import Call
from ecrmock.gateway.gate import Gate
from ecrmock.protocols import sigv4
from ecrmock.protocols.model import Model, Shape, model
from ecrmock.protocols.service import Service, warn

_LARGEST = 256 * 1024
_MEMBER = re.compile(r"member\.(\d{1,4})(?:\.(.+))?")
# members of every call: which one, and a signature in the URL
_COMMON = re.compile(r"Action|Version|X-Amz-.*|AWSAccessKeyId|Expires|Timestamp|SecurityToken|Signature.*")
# query services have names and statuses of their own for what goes wrong before an operation (facts/access 7.3)
_FRONT = {
    "MissingAuthenticationTokenException": ("MissingAuthenticationToken", 403),
    "IncompleteSignatureException": ("IncompleteSignature", 400),
    "ExpiredTokenException": ("ExpiredToken", 403),
    "UnrecognizedClientException": ("InvalidClientTokenId", 403),
    "AccessDeniedException": ("AccessDenied", 403),
    "InvalidSignatureException": ("SignatureDoesNotMatch", 403),
    "UnknownOperationException": ("InvalidAction", 400),
}
_UNSIGNED = frozenset({"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"})


class Form(dict[str, str]):
    """The members of a query-protocol call, and the body that they were read from."""

    body: bytes = b""


def form(request: Request) -> Form:
    """The members of a query-protocol call, from the body or, presigned, from the URL; none when it is no such call."""
    if "Action" in request.query:
        return Form({name: values[0] for name, values in request.query.items()})
    if not (request.header("content-type") or "").startswith("application/x-www-form-urlencoded"):
        return Form()
    try:
        body = request.body.read(_LARGEST)
    except (TooLargeError, CutOffError):
        return Form({"Action": "unreadable"})
    found = Form(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    found.body = body
    return found


class QueryDoor:
    """Answers one service's forms with XML."""

    def __init__(self, service: Service) -> None:
        """Serve these operations."""
        self.service = service

    @property
    def model(self) -> Model:
        """The service's model."""
        return model(self.service.name)

    def answer(self, gate: Gate, request: Request, members: Form) -> Response:
        """Carry out one request; whatever goes wrong is AWS's own error in XML."""
        request_id, action = gate.world.ids.uuid(), members.get("Action", "")
        try:
            caller = _caller(gate, request, action)
            if gate.world.settings.auth == "sigv4" and action not in _UNSIGNED:
                sigv4.verify(gate.world, request, members.body, self.service.name)
            call = Call(
                gate.world,
                caller,
                action,
                caller.account,
                caller.region,
                request_id,
                service=self.service.name,
                host=request.host,
                scheme=request.scheme,
                source=request.source,
                user_agent=request.header("user-agent") or "",
            )
            found = self.service.operations.get(action)
            if found is None and action in self.model.operations:
                raise NotYetException(f"the operation {action} of {self.service.name}")
            if found is None:
                raise UnknownOperationException
            run = found.run
            answer = gate.perform(
                call, lambda call: run(call, call.parameters), check=lambda call: self._check(call, members)
            )
        except ServiceError as error:
            warn(self.service.name, action, error)
            return refusal(error, request_id, self.model.metadata["xmlNamespace"])
        return self._xml(action, dict(answer), request_id)

    def _check(self, call: Call, members: dict[str, str]) -> None:
        shape = (
            self.model.operations[call.action]["input"]["shape"]
            if "input" in self.model.operations[call.action]
            else ""
        )
        if not shape:
            return
        try:
            call.parameters = self.model.check(call.action, self._read(members, "", self.model.shapes[shape]))
        except InvalidParameterException as error:
            about = f"{_value(members, error.path)} failed to satisfy constraint: {error.constraint}"
            raise ValidationError(f"1 validation error detected: {about}") from None
        for name in members:
            if not _COMMON.fullmatch(name) and not self._knows(name, self.model.shapes[shape]):
                raise UnknownMemberException(name, self.model.botocore)

    def _knows(self, name: str, shape: Shape) -> bool:
        """Whether a flat name leads to something in a shape."""
        first, _, rest = name.partition(".")
        if shape["type"] == "structure":
            inner = shape["members"].get(first)
        elif shape["type"] == "list" and (found := _MEMBER.fullmatch(name)):
            inner, rest = shape["member"], found[2] or ""
        else:
            return False
        return inner is not None and (not rest or self._knows(rest, self.model.shapes[inner["shape"]]))

    def _read(self, members: dict[str, str], prefix: str, shape: Shape) -> Any:
        """The value of a shape from flat names such as `Tags.member.1.Key`; None where there is none."""
        if shape["type"] == "structure":
            found = {
                name: value
                for name, row in shape["members"].items()
                if (value := self._read(members, f"{prefix}{name}", self.model.shapes[row["shape"]])) is not None
            }
            return found or (None if prefix else {})
        if shape["type"] == "list":
            return self._list(members, prefix, self.model.shapes[shape["member"]["shape"]])
        text = members.get(prefix)
        if text is not None and shape["type"] in {"integer", "long"}:
            if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
                raise ValidationError(f"1 validation error detected: Value '{text}' at '{prefix}' is no number")
            return int(text)
        return text == "true" if text is not None and shape["type"] == "boolean" else text

    def _list(self, members: dict[str, str], prefix: str, inner: Shape) -> list[Any] | None:
        places = {
            int(found[1])
            for name in members
            if name.startswith(f"{prefix}.") and (found := _MEMBER.fullmatch(name[len(prefix) + 1 :]))
        }
        mark = "." if inner["type"] == "structure" else ""
        rows = [self._read(members, f"{prefix}.member.{place}{mark}", inner) for place in sorted(places)]
        return rows or None

    def _xml(self, action: str, answer: dict[str, Any], request_id: str) -> Response:
        body = {
            f"{action}Response": {
                "@xmlns": self.model.metadata["xmlNamespace"],
                f"{action}Result": self._written(answer, self.model.operations[action]["output"]["shape"]),
                "ResponseMetadata": {"RequestId": request_id},
            }
        }
        return _response(200, body, request_id)

    def _written(self, value: Any, name: str) -> Any:
        """A value as XML wants it, by its shape: times in ISO 8601."""
        shape = self.model.shapes[name]
        if shape["type"] == "structure":
            return {member: self._written(item, shape["members"][member]["shape"]) for member, item in value.items()}
        return iso(value) if shape["type"] == "timestamp" else value


def _caller(gate: Gate, request: Request, action: str) -> identity.Caller:
    try:
        return identity.caller(gate.world, request)
    except MissingAuthenticationTokenException:
        if action not in _UNSIGNED:
            raise
        return identity.Caller.root(gate.world.settings.account, gate.world.settings.region)


def _value(members: dict[str, str], path: str) -> str:
    """How STS names a member, its value and a small first letter (facts/access 16.1); null for one that is absent."""
    name = re.sub(r"\.(\d+)\.member", r".member.\1", path).lower()  # lists are told the other way round
    found = next((value for given, value in members.items() if given.lower() == name), None)
    shown = "null" if found is None else f"'{found}'"
    return f"Value {shown} at '{path[:1].lower()}{path[1:]}'"


def refusal(error: ServiceError, request_id: str, namespace: str) -> Response:
    """An error as query services word it (facts/access 16.1)."""
    code, status = _FRONT.get(error.code, (error.code, error.status))
    status = max(status, error.status)  # what is not here yet stays 501
    fault = {"Type": "Sender", "Code": code, "Message": error.message or f"Could not find operation {code}"}
    return _response(
        status, {"ErrorResponse": {"@xmlns": namespace, "Error": fault, "RequestId": request_id}}, request_id
    )


def _response(status: int, body: dict[str, Any], request_id: str) -> Response:
    import xmltodict  # type: ignore[import-untyped]  # noqa: PLC0415 (0.1 s; only where a query service is called)

    data = xmltodict.unparse(body, full_document=False).encode()
    return Response(status, data, [("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)])
