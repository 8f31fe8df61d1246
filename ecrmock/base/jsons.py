"""How is JSON from outside read, so that whatever was accepted can be written again?"""

import json
from typing import Any


def loads(data: bytes) -> Any:
    """The value of strict JSON in UTF-8: no NaN or Infinity, no lone surrogates. Raises ValueError."""
    try:
        text = data.decode()
        value = _DECODER.decode(text)
        if "\\ud" in text or "\\uD" in text:
            ENCODER.encode(value).encode()
    except RecursionError:
        raise ValueError("too deep") from None
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)


# made once: json.loads and json.dumps make theirs anew at each call that has options
_DECODER = json.JSONDecoder(parse_constant=_no_constant)
ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
