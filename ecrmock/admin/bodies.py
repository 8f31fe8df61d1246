"""What does the body of an admin request say, in JSON or YAML?"""

import json
import math
import re
from typing import TYPE_CHECKING, Any

from ecrmock.base.web import CutOffError, TooLargeError

if TYPE_CHECKING:
    from ecrmock.base.web import Request


_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_YAML = re.compile(r"(application|text)/(x-)?yaml|[\w.-]+/[\w.-]+\+yaml")
"""What is registered (RFC 9512), and what was used before; a web page may send none of them unasked."""
_LARGEST_YAML = 256 << 10
"""In bytes: it is written by hand, and read slowly, a second or two for so much."""
_LONGEST_WORD = 16 << 10
"""Of a YAML scalar without quotes or with a tag: it may be a number, which takes the square of its length."""
_MOST_VALUES, _DEEPEST = 4_000_000, 64
_MOST_YAML_VALUES = 20_000


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
    """The body's value: YAML where the content type says so, else JSON. Raises BadRequestError.

    Its values are counted before they are made: a few bytes can be millions of them.
    """
    if _YAML.fullmatch(request.media_type):
        return _yaml(received(request, min(limit, _LARGEST_YAML)))
    return _json(received(request, limit))


def _json(data: bytes) -> Any:
    # a value is the first in its brackets or stands after a comma
    if data.count(b",") + data.count(b"[") + data.count(b"{") > _MOST_VALUES:
        raise BadRequestError(f"the body holds more than {_MOST_VALUES} values")
    try:
        value = json.loads(data, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        raise BadRequestError("the body is not JSON; YAML needs a Content-Type of application/yaml") from None
    return _whole(value, data)


def _yaml(data: bytes) -> Any:
    import yaml  # type: ignore[import-untyped]  # noqa: PLC0415 (only where it is spoken)

    try:
        _measure(data)
        value = yaml.safe_load(data)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, ArithmeticError) as error:
        reason = " ".join(str(error).split())
        raise BadRequestError(f"the body is not YAML: {reason}") from None
    return _whole(value, data)


def _measure(data: bytes) -> None:
    """Refuse what would be more than its text shows, event by event. Raises BadRequestError, YAMLError."""
    import yaml  # noqa: PLC0415 (as above)

    depth = 0
    for count, event in enumerate(yaml.parse(data, Loader=yaml.SafeLoader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise BadRequestError("the body refers to itself: YAML's aliases are not read")
        if count > _MOST_YAML_VALUES:
            raise BadRequestError(f"the body holds more than {_MOST_YAML_VALUES} values")
        if depth > _DEEPEST:
            raise BadRequestError("the body is nested too deep")
        if isinstance(event, yaml.ScalarEvent) and (event.tag or not event.style) and len(event.value) > _LONGEST_WORD:
            raise BadRequestError(f"the body has a word of more than {_LONGEST_WORD} characters; put it in quotes")


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
