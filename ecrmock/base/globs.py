"""Does a text fit one of ECR's patterns, in which only `*` is special?"""

import functools
import re


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text fits; `*` stands for any run of characters, none included; case counts."""
    return _compiled(pattern).fullmatch(text) is not None
