"""Which of two versions of a package is newer, by the rules of its distribution?

dpkg's and rpm's rules are univers' (tests hold it to lists of our own). apk's are written here: univers 32 takes
Gentoo's for them, which knows no `_git20240101`, `_svn`, `~hash` nor a leading zero, and has 1.0 equal to 1.0-r0.
"""

import re
from itertools import zip_longest

_WORD = re.compile(r"[!-~]{1,256}")
_APK = re.compile(
    r"(\d+)((?:\.\d+)*)([a-z]?)((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*)(~[0-9a-f]+)?(?:-r(\d+))?"
)
_SUFFIX = re.compile(r"_([a-z]+)(\d*)")
_BEFORE = ("alpha", "beta", "pre", "rc")
_SUFFIXES = (*_BEFORE, "cvs", "svn", "git", "hg", "p")
_FIRST, _NUMBER, _LETTER, _SUFFIXED, _SUFFIX_NUMBER, _HASH, _REVISION, _END = range(8)
_Part = tuple[int, int | str]


def compare(kind: str, first: str, second: str) -> int:
    """Below, at or above 0; `kind` is deb, apk or rpm.

    ValueError where one of them is no version. ImportError, naming what to install, for deb and rpm without univers.
    """
    for version in (first, second):
        if not _WORD.fullmatch(version):
            raise ValueError(f"{version[:80]!r} is no version")
    if kind == "apk":
        return _compare_apk(_parts(first), _parts(second))
    need_univers()
    if kind == "deb":
        from univers.debian import compare_versions  # noqa: PLC0415 (of an extra)

        return int(compare_versions(first, second))  # type: ignore[no-untyped-call]
    from univers.rpm import compare_rpm_versions  # noqa: PLC0415 (of an extra)

    return int(compare_rpm_versions(first, second))


def need_univers() -> None:
    """ImportError that says what to install, where it is not."""
    try:
        import univers  # noqa: F401, PLC0415 (of an extra)
    except ImportError:
        raise ImportError("comparing package versions needs univers: pip install 'ecrmock[scan]'") from None


def _parts(version: str) -> list[_Part]:
    """What apk's own comparison sees, from left to right; what is missing at a place is decided by the next."""
    match = _APK.fullmatch(version)
    if match is None:
        raise ValueError(f"{version[:80]!r} is no version of apk")
    first, numbers, letter, suffixes, commit, revision = match.groups()
    parts: list[_Part] = [(_FIRST, int(first))]
    parts += [(_NUMBER, number) for number in numbers.split(".")[1:]]
    parts += [(_LETTER, letter)] if letter else []
    for name, number in _SUFFIX.findall(suffixes):
        parts.append((_SUFFIXED, _SUFFIXES.index(name)))
        parts += [(_SUFFIX_NUMBER, int(number))] if number else []
    parts += [(_HASH, commit)] if commit else []
    parts += [(_REVISION, int(revision))] if revision else []
    return parts


def _compare_apk(first: list[_Part], second: list[_Part]) -> int:
    for one, other in zip_longest(first, second, fillvalue=(_END, 0)):
        if one != other:
            return _differ(one, other) if one[0] == other[0] else _differ_in_kind(one, other)
    return 0


def _differ(one: _Part, other: _Part) -> int:
    """Numbers as numbers, but as text (fractions) where one begins with a zero: 1.02 is before 1.1."""
    a, b = one[1], other[1]
    if one[0] == _NUMBER and not (str(a).startswith("0") or str(b).startswith("0")):
        a, b = int(a), int(b)
    return 1 if a > b else -1  # type: ignore[operator] # of one kind, so of one type


def _differ_in_kind(one: _Part, other: _Part) -> int:
    """A suffix that means "not yet" is before everything; else who goes on with the more telling part is newer."""
    for part, sign in ((one, -1), (other, 1)):
        if part[0] == _SUFFIXED and int(part[1]) < len(_BEFORE):
            return sign
    return 1 if one[0] < other[0] else -1
