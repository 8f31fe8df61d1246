"""Has a JSON value the type that is due, and what is said when it has not? facts/api 1.5."""

import math
from typing import Any

from ecrmock.errors.common import SerializationException

# what a text may say where a boolean is due, in any case (facts/api 1.5)
_TRUTHS = dict.fromkeys(("true", "yes", "y", "t", "1"), True) | dict.fromkeys(("false", "no", "n", "f", "0"), False)
_DUE = {"integer": "an Integer", "long": "an Integer", "boolean": "a Boolean", "double": "a Double"}


def whole(value: Any) -> int:
    """A number whose fraction is cut off (observed on Athena: facts/api 1.5)."""
    if isinstance(value, float) and math.isfinite(value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise unfit(value, "integer")
    return value


def truth(value: Any) -> bool:
    """A boolean, or one of the words that are taken for one (reported for SES: facts/api 1.5)."""
    if isinstance(value, bool):
        return value
    found = _TRUTHS.get(value.lower()) if isinstance(value, str) else None
    if found is None:
        raise unfit(value, "boolean")
    return found


def unfit(value: Any, kind: str) -> SerializationException:
    """What is said of a value of another JSON type than is due (facts/api 1.5)."""
    if kind == "list":
        return SerializationException("Expected list or null")
    if isinstance(value, list):
        return SerializationException("Start of list found where not expected")
    if isinstance(value, dict):
        return SerializationException("Start of structure or map found where not expected.")
    if kind in {"structure", "map"}:
        return SerializationException("Expected null")
    due = "an Boolean" if kind == "boolean" and isinstance(value, str) else _DUE.get(kind, "a String")
    return SerializationException(f"{_token(value)} can not be converted to {due}")


def _token(value: Any) -> str:
    """The name that AWS's JSON parser has for a scalar."""
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    return "STRING_VALUE" if isinstance(value, str) else "NUMBER_VALUE"


def text(value: Any, _path: str = "") -> str:
    """A text, wherever it stands. Raises SerializationException, as all of these."""
    if not isinstance(value, str):
        raise unfit(value, "string")
    return value
