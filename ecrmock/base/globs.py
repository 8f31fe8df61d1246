"""Does a text fit one of ECR's patterns, in which only `*` is special?"""

import functools
import re
from collections.abc import Callable


@functools.lru_cache(1024)  # callers send the patterns
def _compiled(pattern: str) -> re.Pattern[str]:
    first, *rest = (re.escape(part) for part in pattern.split("*"))
    if not rest:
        return re.compile(first)
    # each part where it first occurs, for good (atomic): many stars would take exponential time otherwise
    between = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return re.compile(f"{first}{between}.*{rest[-1]}", re.DOTALL)


def matcher(pattern: str) -> Callable[[str], object]:
    """A function that tells by its truth whether a text fits; for many texts and one pattern."""
    return _compiled(pattern).fullmatch


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text fits; `*` stands for any run of characters, none included; case counts."""
    return matcher(pattern)(text) is not None
