"""Who is calling, and in which region? Read from the SigV4 scope or the login token."""

import base64
import binascii
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from ecrmock.domain import names
from ecrmock.domain.neighbours.sessions import SESSION_KEY, Session, Sessions
from ecrmock.engine.world import Seam
from ecrmock.errors.common import (
    ConvenienceHeaderException,
    ExpiredTokenException,
    IncompleteSignatureException,
    MissingAuthenticationTokenException,
    UnrecognizedClientException,
)

if TYPE_CHECKING:
    from ecrmock.base.web import Request
    from ecrmock.domain.access.tokens import Claims
    from ecrmock.engine.world import World


class Caller(NamedTuple):
    """A principal and the region it speaks to."""

    account: str
    region: str
    principal: str
    user_id: str
    role: str | None = None
    """The ARN of the role, for a session of one."""
    service: str | None = None
    """An AWS service such as codebuild.amazonaws.com that calls for somebody (facts/access 5.2)."""
    source_arn: str | None = None
    source_account: str | None = None

    @classmethod
    def root(cls, account: str, region: str) -> "Caller":
        """The root of an account: the default principal (facts/access 9.4)."""
        return cls(account, region, names.root_arn(account, region), account)

    @classmethod
    def of(cls, claims: "Claims") -> "Caller":
        """Whoever fetched a login token."""
        return cls(claims.account, claims.region, claims.principal, claims.user_id, claims.role)


class Scope(NamedTuple):
    """A SigV4 credential: key id, date, region, service."""

    key: str
    date: str
    region: str
    service: str


_CREDENTIAL = re.compile(r"Credential=([^,\s]+)")
_SIGNED = ("SignedHeaders", "Signature")
_REGION = re.compile(r"[a-z0-9-]{1,64}")
_ENCODED_KEY = re.compile(r"A[KS]IA[A-Z2-7]{16}")
_NEW_ENCODING = 1 << 47
_TEST_HEADERS = (
    "x-ecrmock-account-id",
    "x-moto-account-id",
    "x-ecrmock-service-principal",
    "x-ecrmock-source-arn",
    "x-ecrmock-source-account",
)
"""By these a test says who calls (facts/access 9.2, 13)."""


def scope(request: "Request") -> Scope | None:
    """The credential scope of a request, from header or query; None when it carries no credentials.

    Raises IncompleteSignatureException for a header that cannot be read.
    """
    header = request.header("authorization")
    if header and header.startswith("AWS4-"):
        found = _CREDENTIAL.search(header)
        if not found or not all(f"{part}=" in header for part in _SIGNED):
            raise IncompleteSignatureException
        return _scope(found[1])
    credential = request.value("X-Amz-Credential") if "X-Amz-Credential" in request.query_string else None
    if credential is not None:
        return _scope(credential)
    if header and not header.lower().startswith(("basic ", "bearer ")):
        raise IncompleteSignatureException
    return None


def _scope(credential: str) -> Scope:
    """Split from the right: a key id could hold a slash (facts/access 9.1)."""
    parts = credential.rsplit("/", 4)
    if len(parts) != 5 or parts[4] != "aws4_request" or not parts[0] or not _REGION.fullmatch(parts[2]):  # noqa: PLR2004
        raise IncompleteSignatureException
    return Scope(*parts[:4])


def caller(world: "World", request: "Request") -> Caller:
    """Who signed a request; the default account where nothing tells (facts/access 9.2).

    A key that our STS issued is its session's. Raises MissingAuthenticationTokenException,
    IncompleteSignatureException unless `auth` is off; ExpiredTokenException, UnrecognizedClientException for a
    session that is over or whose token is another's; ConvenienceHeaderException.
    """
    settings = world.settings
    refuse_test_headers(world, request)
    try:
        signed = scope(request)
    except IncompleteSignatureException:
        if settings.auth != "off":
            raise
        signed = None
    if signed is None:
        if settings.auth != "off":
            raise MissingAuthenticationTokenException
        return Caller.root(settings.account, settings.region)
    if signed.key.startswith(SESSION_KEY):
        sessions, token = Sessions(world), _token(request)
        session = sessions.find(signed.key)
        if session is not None:
            return _of_session(world, token, session, signed.region)
        if sessions.forgotten(signed.key, token):
            raise ExpiredTokenException
    account = request.header("x-ecrmock-account-id") or request.header("x-moto-account-id") or ""
    if not names.is_account(account):
        account = world.at(KEY_ACCOUNTS)(signed.key) or settings.account
    return Caller.root(account, signed.region)


def _token(request: "Request") -> str:
    return request.header("x-amz-security-token") or request.value("X-Amz-Security-Token") or ""


def _of_session(world: "World", token: str, session: Session, region: str) -> Caller:
    if token != session.token:
        raise UnrecognizedClientException
    if world.clock.now() >= session.expires:
        raise ExpiredTokenException
    return Caller(session.account, region, session.principal, session.user_id, session.role)


def refuse_test_headers(world: "World", request: "Request") -> None:
    """Where signatures are checked no other header says who calls, signed or not. Raises ConvenienceHeaderException."""
    if world.settings.auth == "sigv4":
        for name in _TEST_HEADERS:
            if request.header(name) is not None:
                raise ConvenienceHeaderException(name)


def on_behalf(request: "Request", found: Caller) -> Caller:
    """The AWS service that a test lets call, by headers of ours; else the caller itself (facts/access 13)."""
    service = request.header("x-ecrmock-service-principal")
    if not service:
        return found
    source, account = request.header("x-ecrmock-source-arn"), request.header("x-ecrmock-source-account")
    return found._replace(principal=service, service=service, role=None, source_arn=source, source_account=account)


def account_of_key(key: str) -> str | None:
    """The account in an access key id: twelve digits, or the encoding in use since 2019 (facts/access 9.3)."""
    if names.is_account(key):
        return key
    if not _ENCODED_KEY.fullmatch(key):
        return None
    number = int.from_bytes(base64.b32decode(key[4:])[:6], "big")
    if not number & _NEW_ENCODING:
        return None
    account = f"{(number & 0x7FFFFFFFFF80) >> 7:012d}"
    return account if names.is_account(account) else None


KEY_ACCOUNTS: Seam[Callable[[str], str | None]] = Seam(account_of_key)
"""The account that a key tells which this world did not issue; a mock in process puts a stricter one here."""


def basic(request: "Request") -> tuple[str, str] | None:
    """User and password of a Basic header; None when there is no readable one."""
    header = request.header("authorization") or ""
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True)
        user, mark, password = decoded.decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    if not mark or base64.b64encode(decoded).decode() != encoded.strip():  # bits that nobody reads are no login's
        return None
    return user, password
