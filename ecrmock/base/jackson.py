"""How does JSON read when AWS prints it? In the pretty form of the Java library Jackson."""

from typing import Any

# as Jackson does: short forms where JSON has them, else upper-case hex; neither `/` nor what is not ASCII
_ESCAPES = {number: f"\\u{number:04X}" for number in range(0x20)} | {
    ord(sign): "\\" + short for sign, short in zip('\b\t\n\f\r"\\', 'btnfr"\\', strict=True)
}


def jackson(value: Any) -> str:
    r"""The text of a JSON value: two blanks a level, ` : `, arrays on one line, `\n`, no newline at the end.

    Documented: facts/api 5.7. The value comes from a JSON parser, without NaN and Infinity; numbers are printed
    as Python does, keys in their order. Raises TypeError for what JSON lacks, RecursionError for absurd nesting.
    """
    return _printed(value, "\n")


def _printed(value: Any, line: str) -> str:
    """The text, given how a line begins on this level; an array does not make a level, objects do."""
    match value:
        case str():
            return f'"{value.translate(_ESCAPES)}"'
        case dict():
            inner = line + "  "
            members = ",".join(
                f"{inner}{_printed(key, inner)} : {_printed(each, inner)}" for key, each in value.items()
            )
            return f"{{{members}{line}}}" if members else "{ }"
        case list() | tuple():
            items = ", ".join(_printed(each, line) for each in value)
            return f"[ {items} ]" if items else "[ ]"
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
    raise TypeError(type(value).__name__)
