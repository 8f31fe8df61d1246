"""The AWS door: how does an HTTP request become an operation's call, and its outcome an answer?"""

import logging
import zlib
from typing import Any

from ecrmock.base.jsons import ENCODER, loads
from ecrmock.base.web import CutOffError, Request, Response, TooLargeError
from ecrmock.domain.names import parse_arn
from ecrmock.errors.base import ServiceError
from ecrmock.errors.common import (
    AccessDeniedException,
    MalformedHttpRequestException,
    NotYetException,
    RequestEntityTooLargeException,
    SerializationException,
    UnknownOperationException,
)
from ecrmock.errors.ecr import InvalidParameterException, ServerException, ValidationException
from ecrmock.gateway import identity
from ecrmock.gateway.call import Call
from ecrmock.gateway.gate import Gate
from ecrmock.protocols import sigv4
from ecrmock.protocols.model import Model, model
from ecrmock.protocols.service import Operation, Service, warn

TYPE = "application/x-amz-json-1.1"
_SPOKEN = frozenset({TYPE, "application/json"})
"""The second one answers in another envelope (facts/api 1.5)."""
_log = logging.getLogger("ecrmock")
_LARGEST_BODY = 32 * 1024 * 1024
"""A layer part of 20 MiB in base64, and room."""


class JsonDoor:
    """Answers the POSTs of one service in AWS JSON 1.1 (facts/api 1.2 to 1.5)."""

    def __init__(self, service: Service, *, neighbour: bool = False) -> None:
        """Serve these operations; the model is read at the first request.

        A neighbour words a violated constraint as other JSON services do, not as ECR (facts/api 1.7).
        """
        self.service = service
        self._neighbour = neighbour

    @property
    def model(self) -> Model:
        """The service's model."""
        return model(self.service.name)

    def answer(self, gate: Gate, request: Request, operation: str) -> Response:
        """Carry out one request; whatever goes wrong is AWS's own error."""
        request_id = gate.world.ids.uuid()
        kind = request.media_type
        if kind not in _SPOKEN:
            _log.warning("%s %r is refused: its Content-Type is %r, not %s", self.service.name, operation, kind, TYPE)
            return no_protocol(request_id)
        try:
            caller = identity.on_behalf(request, identity.caller(gate.world, request))
            call = Call(
                gate.world,
                caller,
                operation,
                caller.account,
                caller.region,
                request_id,
                service=self.service.name,
                host=request.host,
                scheme=request.scheme,
                source=request.source,
                user_agent=request.header("user-agent") or "",
                begins_push=(self.service.name, operation) == ("ecr", "InitiateLayerUpload"),
            )
            found = self._found(operation)
            body = self._read(gate, request)
            call.body_size = len(body)
            answer = gate.perform(
                call,
                lambda call: found.run(call, call.parameters),
                check=lambda call: self._check(call, body),
                streams=found.streams,
            )
        except ServiceError as error:
            warn(self.service.name, operation, error)
            return refusal(error, request_id)
        return _json(200, answer if kind == TYPE else {"Output": answer, "Version": "1.0"}, request_id)

    def _read(self, gate: Gate, request: Request) -> bytes:
        """The body, decoded; its signature is checked first where signatures are."""
        data = _received(request)
        if gate.world.settings.auth == "sigv4":
            sigv4.verify(gate.world, request, data, self.model.metadata.get("signingName", self.service.name))
        return _decoded(request, data)

    def _found(self, name: str) -> Operation:
        operation = self.service.operations.get(name)
        if operation is not None and name in self.model.operations:
            return operation
        if name in self.model.operations:
            raise NotYetException(f"the operation {name}")
        raise UnknownOperationException

    def _check(self, call: Call, body: bytes) -> None:
        """Read the body, check it, and say which registry and repositories it is about."""
        try:
            call.parameters = self.model.check(call.action, _parsed(body))
        except InvalidParameterException as error:
            if not self._neighbour:
                raise
            path = error.path[0].lower() + error.path[1:]
            about = f"Value at '{path}' failed to satisfy constraint: {error.constraint}"
            raise ValidationException(f"1 validation error detected: {about}") from None
        call.account = call.parameters.get("registryId", call.account)
        call.repositories = tuple(_repositories(call))


def _repositories(call: Call) -> list[str]:
    """The repositories a request names; an ARN decides account and region too (facts/api 1.8)."""
    named = call.parameters
    if "resourceArn" in named:
        arn = parse_arn(named["resourceArn"])
        call.account, call.region = arn.account, arn.region
        return [arn.name]
    if "repositoryName" in named:
        return [named["repositoryName"]]
    return list(named.get("repositoryNames", ()))


def _received(request: Request) -> bytes:
    try:
        return request.body.read(_LARGEST_BODY)
    except TooLargeError:
        raise RequestEntityTooLargeException from None
    except CutOffError:
        raise MalformedHttpRequestException("The request body ended before its Content-Length") from None


def _decoded(request: Request, data: bytes) -> bytes:
    encoding = (request.header("content-encoding") or "identity").lower()
    if encoding == "gzip":
        return _gunzip(data)
    if encoding not in {"identity", "aws-chunked"}:
        raise MalformedHttpRequestException(f"Unsupported content encoding: {encoding}")
    return data


def _gunzip(data: bytes) -> bytes:
    """Inflate a compressed body, no further than a body may be large."""
    try:
        inflater = zlib.decompressobj(wbits=31)
        inflated = inflater.decompress(data, _LARGEST_BODY)
    except zlib.error:
        raise MalformedHttpRequestException("The request body is not gzip") from None
    if inflater.unconsumed_tail:
        raise RequestEntityTooLargeException
    if not inflater.eof:
        raise MalformedHttpRequestException("The gzip body is cut off")
    return inflated


def _parsed(body: bytes) -> Any:
    """The object or list of a body; what else JSON knows is no request (observed on Athena: facts/api 1.5)."""
    try:
        value = loads(body)
    except ValueError:
        raise SerializationException from None
    if not isinstance(value, dict | list):
        raise SerializationException
    return value


def refusal(error: ServiceError, request_id: str) -> Response:
    """An error as JSON services word it (facts/api 1.4)."""
    word = "Message" if isinstance(error, AccessDeniedException | SerializationException) else "message"
    body: dict[str, Any] = {"__type": error.code, **error.members()}
    if error.message:
        body[word] = error.message
    return _json(error.status, body, request_id, [("x-amzn-ErrorType", error.code)])


def no_protocol(request_id: str) -> Response:
    """The answer to what is in none of the protocols that ECR speaks (facts/api 1.5)."""
    headers = [("Content-Type", "application/xml"), ("x-amzn-RequestId", request_id)]
    return Response(404, b"<UnknownOperationException/>\n", headers)


def crash(request_id: str) -> Response:
    """The answer to a fault of ours: AWS's own 500, never a trace."""
    return refusal(ServerException(), request_id)


def deny(sentence: str, request_id: str) -> Response:
    """The answer to a request that is refused before anybody asks who sent it."""
    code = AccessDeniedException.__name__
    return _json(403, {"__type": code, "Message": sentence}, request_id, [("x-amzn-ErrorType", code)])


def _json(status: int, body: Any, request_id: str, more: list[tuple[str, str]] | None = None) -> Response:
    data = ENCODER.encode(body).encode()
    headers = [("Content-Type", TYPE), ("x-amzn-RequestId", request_id), *(more or ())]
    return Response(status, data, headers)
