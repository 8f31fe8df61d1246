"""What does the body of an admin request say, in JSON or YAML?"""

import json
import math
import re
from typing import TYPE_CHECKING, Any

from ecrmock.base.web import CutOffError, TooLargeError

if TYPE_CHECKING:
    from ecrmock.base.web import Request


_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


class BadRequestError(Exception):
    """The request makes no sense; the sentence says why."""


def received(request: "Request", limit: int) -> bytes:
    """The body's bytes. Raises BadRequestError."""
    try:
        return request.body.read(limit)
    except TooLargeError:
        raise BadRequestError("the body is too large") from None
    except CutOffError:
        raise BadRequestError("the body ended before its Content-Length") from None


def document(request: "Request", limit: int) -> Any:
    """The body's value: YAML where the content type says so, else JSON. Raises BadRequestError."""
    data = received(request, limit)
    if "yaml" in (request.header("content-type") or "").lower():
        return _yaml(data)
    try:
        value = json.loads(data, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        raise BadRequestError("the body is not JSON; YAML needs a Content-Type of application/yaml") from None
    return _whole(value, data)


def _yaml(data: bytes) -> Any:
    import yaml  # type: ignore[import-untyped]  # noqa: PLC0415 (only where it is spoken)

    try:
        value = yaml.safe_load(data)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise BadRequestError(f"the body is not YAML: {reason}") from None
    return _whole(value, data)


def _finite(text: str) -> float:
    """A number that JSON can tell of again. Raises ValueError."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _whole(value: Any, data: bytes) -> Any:
    """The value, unless a text in it holds half a character: no answer could tell of it. Raises BadRequestError."""
    if _HALF.search(data.replace(b"\0", b"")):
        try:
            json.dumps(value, ensure_ascii=False, default=str).encode()
        except (ValueError, RecursionError, TypeError):
            raise BadRequestError("the body holds text that is no Unicode") from None
    return value
