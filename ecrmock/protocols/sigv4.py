"""Is a request signed by whom it says? Checked with botocore's own signer (facts/access 11)."""

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any

from ecrmock.base.clock import basic, instant
from ecrmock.domain.neighbours.sessions import Sessions
from ecrmock.errors.common import IncompleteSignatureException, InvalidSignatureException, UnrecognizedClientException
from ecrmock.gateway import identity

if TYPE_CHECKING:
    from ecrmock.base.web import Request
    from ecrmock.engine.world import World

_SKEW = 15 * 60
"""Seconds that a signature's date may be away; what ECR printed in 2019 (facts/api 1.5)."""
_PART = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]+)")
_DATE = re.compile(r"\d{8}T\d{6}Z", re.ASCII)


def verify(world: "World", request: "Request", body: bytes, service: str) -> None:
    """Refuse a request whose signature is not that of its key's secret, is out of date, or leaves something out.

    A signed call may come again: AWS does not refuse replays (facts/access 11). Only headers are looked at: a
    presigned API call has its parts in the query and is refused. Raises
    IncompleteSignatureException, UnrecognizedClientException, InvalidSignatureException.
    """
    signed, parts = identity.scope(request), dict(_PART.findall(request.header("authorization") or ""))
    date = request.header("x-amz-date") or ""
    if signed is None or len(parts) != 3 or not _DATE.fullmatch(date):  # noqa: PLR2004
        raise IncompleteSignatureException
    secret, token = _secret(world, signed.key)
    if signed.service != service:
        # the blank at the end is AWS's (facts/api 1.5)
        raise InvalidSignatureException(f"Credential should be scoped to correct service: '{service}'. ")
    _check_date(world, date, signed.date)
    _check_bound(request, body, parts["SignedHeaders"].split(";"))
    if not hmac.compare_digest(_signature(request, body, parts, signed, secret, token, date), parts["Signature"]):
        raise InvalidSignatureException.wrong()


def _secret(world: "World", key: str) -> tuple[str, str | None]:
    session = Sessions(world).find(key)
    if session is not None:
        return session.secret, session.token
    secret = dict(world.settings.credentials).get(key)
    if secret is None:
        raise UnrecognizedClientException
    return secret, None


def _check_date(world: "World", date: str, day: str) -> None:
    """The client's clock against this machine's: world time may be years away."""
    now, then = world.clock.machine(), instant(date)
    if then < now - _SKEW:
        limit = f"{basic(now - _SKEW)} ({basic(now)} - 15 min.)"
        raise InvalidSignatureException(f"Signature expired: {date} is now earlier than {limit}")
    if then > now + _SKEW:
        limit = f"{basic(now + _SKEW)} ({basic(now)} + 15 min.)"
        raise InvalidSignatureException(f"Signature not yet current: {date} is still later than {limit}")
    if not date.startswith(day):
        about = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP"
        raise InvalidSignatureException(f"{about}: '{day}' != '{date}'")


def _check_bound(request: "Request", body: bytes, names: list[str]) -> None:
    """The host, each x-amz header that came, and these very bytes must be signed (facts/access 11)."""
    if "host" not in names:
        raise InvalidSignatureException.unsigned("'Host' or ':authority'")
    for name in sorted(request.header_names()):
        if name.startswith("x-amz-") and name not in names:
            raise InvalidSignatureException.unsigned(f"'{name}'")
    said = request.header("x-amz-content-sha256")  # the signer takes its word for the body
    if said is not None and said != hashlib.sha256(body).hexdigest():
        raise InvalidSignatureException.wrong()


def _signature(  # noqa: PLR0913, PLR0917 (the parts of a signature)
    request: "Request",
    body: bytes,
    parts: dict[str, str],
    signed: identity.Scope,
    secret: str,
    token: str | None,
    date: str,
) -> str:
    from botocore.auth import SigV4Auth  # noqa: PLC0415 (0.2 s; only where signatures are checked)
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.credentials import Credentials  # noqa: PLC0415

    query = f"?{request.query_string}" if request.query_string else ""
    names = parts["SignedHeaders"].split(";")
    headers = {name: request.host if name == "host" else request.header(name) or "" for name in names}
    again: Any = AWSRequest(request.method, f"http://{request.host}{request.path}{query}", headers, data=body)
    again.context["timestamp"] = date
    signer = SigV4Auth(Credentials(signed.key, secret, token), signed.service, signed.region)
    text = signer.string_to_sign(again, signer.canonical_request(again))
    return str(signer.signature(text, again))
