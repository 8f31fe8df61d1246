"""What does the body of an admin request say, in JSON or YAML?"""

import json
from typing import TYPE_CHECKING, Any

from ecrmock.base.web import CutOffError, TooLargeError

if TYPE_CHECKING:
    from ecrmock.base.web import Request


class BadRequestError(Exception):
    """The request makes no sense; the sentence says why."""


def document(request: "Request", limit: int) -> Any:
    """The body's value: YAML where the content type says so, else JSON. Raises BadRequestError."""
    try:
        data = request.body.read(limit)
    except TooLargeError:
        raise BadRequestError("the body is too large") from None
    except CutOffError:
        raise BadRequestError("the body ended before its Content-Length") from None
    if "yaml" in (request.header("content-type") or "").lower():
        return _yaml(data)
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise BadRequestError("the body is not JSON; YAML needs a Content-Type of application/yaml") from None


def _yaml(data: bytes) -> Any:
    import yaml  # type: ignore[import-untyped]  # noqa: PLC0415 (only where it is spoken)

    try:
        return yaml.safe_load(data)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise BadRequestError(f"the body is not YAML: {reason}") from None
