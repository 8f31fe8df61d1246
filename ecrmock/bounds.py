"""What may a setting be? Each bound tells in words what it takes, and whether a value fits; none is ever changed."""

import os
import re
import string
from collections.abc import Callable
from typing import Any, NamedTuple

REGISTRY_STYLES = ("localhost", "loopback", "subdomain", "aws")
"""How `--registry-host` may say which addresses are handed out, templates apart."""
YEARS = 100
"""The longest time that can be set, so that world time stays one that a date can be made of."""

_TEMPLATE_FIELDS = {"account", "region", "host", "port"}
_HOST_TEXT = re.compile(r"[A-Za-z0-9.:/_-]*")
_WORD = re.compile(r"[^\s,]+")


class Bound(NamedTuple):
    """`takes` finishes a sentence such as "region takes ...", `shown` says which part of a value does not fit."""

    takes: str
    fits: Callable[[Any], bool]
    shown: Callable[[Any], str] = repr


class SettingError(ValueError):
    """A setting whose value makes no sense; `about` is the sentence without the name."""

    def __init__(self, name: str, bound: Bound, value: Any) -> None:
        """Say what the setting takes instead."""
        self.name = name
        self.about = f"takes {bound.takes}, not {bound.shown(value)}"
        super().__init__(f"{name} {self.about}")


# -- bounds


def whole(most: int = 10**15) -> Bound:
    """A number of things, bytes or whole seconds."""
    told = f"{most:,}" if most < 10**15 else "10^15"
    return Bound(f"a whole number from 0 to {told}", lambda value: _is_number(value, int) and 0 <= value <= most)


def number(most: float) -> Bound:
    """A length of time; never NaN or infinite."""
    return Bound(f"a number from 0 to {most:,}", lambda value: _is_number(value, int | float) and 0 <= value <= most)


def hours() -> Bound:
    """A time in hours."""
    return number(YEARS * 365 * 24)


def words(*known: str) -> Bound:
    """One of some words."""
    return Bound(f"one of {', '.join(known)}", lambda value: isinstance(value, str) and value in known)


def pattern(takes: str, expression: str) -> Bound:
    """A text that an expression matches whole."""
    found = re.compile(expression, re.ASCII)
    return Bound(takes, lambda value: isinstance(value, str) and found.fullmatch(value) is not None)


def optional(bound: Bound) -> Bound:
    """That, or None."""
    return Bound(f"{bound.takes} or none", lambda value: value is None or bound.fits(value))


def several(takes: str, fits: Callable[[Any], bool], shown: Callable[[Any], str] = repr) -> Bound:
    """Things that all fit, in a tuple or list; the first that does not is shown."""

    def first(value: Any) -> str:
        wrong = [each for each in value if not fits(each)] if isinstance(value, tuple | list) else [value]
        return shown(wrong[0])

    return Bound(takes, lambda value: isinstance(value, tuple | list) and all(map(fits, value)), first)


def _is_number(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple | list) and len(value) == 2 and isinstance(value[0], str)  # noqa: PLR2004 (a pair)


def _is_credential(value: Any) -> bool:
    """A key id as it can stand in an Authorization header, and a secret."""
    return _is_pair(value) and _WORD.fullmatch(value[0]) is not None and bool(_is_text(value[1]))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_delay(value: Any) -> bool:
    return _is_pair(value) and (HELD.fits(value[1]) or SECONDS.fits(value[1]))


def _is_path(value: Any) -> bool:
    return isinstance(value, os.PathLike) or _is_text(value)


def _is_style(value: Any) -> bool:
    return isinstance(value, str) and (value in REGISTRY_STYLES or _is_template(value))


def _is_template(text: str) -> bool:
    """Whether it has fields, only known ones, only plain, and else nothing but what a host and path are made of."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return False
    fields = [(field, form, conversion) for _, field, form, conversion in parts if field is not None]
    known = all(field in _TEMPLATE_FIELDS and not form and not conversion for field, form, conversion in fields)
    return bool(fields) and known and all(_HOST_TEXT.fullmatch(literal) for literal, *_ in parts)


_ORIGIN = pattern("", r"(?i:null|\*|[a-z][a-z0-9+.-]*://[^/\s,?#]+/?)")
_HOST = pattern("", r"(?i:(?:\*\.)?[a-z0-9_.-]+|\[[0-9a-f:.]+\])")
HELD = words("instant", "manual")
SECONDS = number(YEARS * 365 * 86_400)
FLAG = Bound("true or false", lambda value: isinstance(value, bool))
TEXT = Bound("text", _is_text)
ACCOUNT = pattern("twelve digits", r"[0-9]{12}")
REGION = pattern("lower-case letters, digits and hyphens, as us-east-1 has", r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
STYLE = Bound(
    f"{', '.join(REGISTRY_STYLES)}, or a host made with {{account}}, {{region}}, {{host}} or {{port}}", _is_style
)
CREDENTIALS = several(
    "access key ids (without blanks or commas) and their secrets",
    _is_credential,
    lambda each: f"what is said of {each[0]!r}" if _is_pair(each) else "this",  # no secret is printed
)
UPSTREAMS = several("names of upstreams and where they are", lambda each: _is_pair(each) and _is_text(each[1]))
DELAYS = several(f"kinds of work, each with instant, manual or {SECONDS.takes} (seconds)", _is_delay)
PATHS = several("paths", _is_path)
ORIGINS = several("origins of web pages (scheme://host[:port]), null or *", _ORIGIN.fits)
HOSTS = several("host names without scheme and port", _HOST.fits)
ANY = Bound("anything", lambda _value: True)


def of_default(default: Any) -> Bound:
    """The bound of a field that tells none: that of its default's type."""
    if isinstance(default, bool):
        return FLAG
    if isinstance(default, int):
        return whole()
    if isinstance(default, float):
        return hours()
    return TEXT if isinstance(default, str) else ANY
