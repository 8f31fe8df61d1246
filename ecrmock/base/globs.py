"""Does a text fit one of ECR's patterns, in which only `*` is special?"""

import functools
import re
from collections.abc import Callable


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)


def matcher(pattern: str) -> Callable[[str], object]:
    """A function that tells by its truth whether a text fits; for many texts and one pattern."""
    return _compiled(pattern).fullmatch


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text fits; `*` stands for any run of characters, none included; case counts."""
    return matcher(pattern)(text) is not None
