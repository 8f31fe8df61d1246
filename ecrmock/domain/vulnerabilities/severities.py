"""How bad is it, in ECR's words, when others say it in theirs?"""

import functools
from collections.abc import Iterable

from ecrmock.domain.vulnerabilities.findings import Score

_WORDS = {
    "critical": "CRITICAL",
    "high": "HIGH",
    "important": "HIGH",
    "medium": "MEDIUM",
    "moderate": "MEDIUM",
    "low": "LOW",
    "negligible": "INFORMATIONAL",
    "unimportant": "INFORMATIONAL",
    "informational": "INFORMATIONAL",
}
_FROM = ((9.0, "CRITICAL"), (7.0, "HIGH"), (4.0, "MEDIUM"), (0.1, "LOW"))
"""FIRST's scale for CVSS 3 and 4; 2 has no CRITICAL (NVD's scale for it)."""
_LONGEST = 512
"""Of a vector; one of CVSS 4 with all its metrics has some 200 characters."""
_ORDER = ("3.1", "3.0", "4.0", "2.0")
"""Whose word counts first: distributions and AWS rate by 3."""


def by_word(said: object) -> str | None:
    """Of a distribution's or a scanner's word; None for one that decides nothing ("unknown", "not yet assigned")."""
    return _WORDS.get(said.strip().rstrip("*").lower()) if isinstance(said, str) else None


def first(scores: Iterable[Score]) -> Score | None:
    """The score that counts most; None without a score."""
    return min(scores, key=lambda score: (*_ORDER, score.version).index(score.version), default=None)


def by_score(scores: Iterable[Score]) -> str | None:
    """Of the score that counts most; None without a score."""
    best = first(scores)
    if best is None:
        return None
    word = by_number(best.score)
    return "HIGH" if word == "CRITICAL" and best.version == "2.0" else word


def by_number(score: float) -> str:
    """Of a base score from 0 to 10."""
    return next((word for least, word in _FROM if score >= least), "INFORMATIONAL")


def scored(vector: str, source: str = "NVD") -> Score | None:
    """The base score of a CVSS vector; None for a text that is none.

    ImportError, naming what to install, without the library.
    """
    return _scored(vector, source) if len(vector) <= _LONGEST else None


@functools.lru_cache(4096)  # feeds repeat a few hundred vectors
def _scored(vector: str, source: str) -> Score | None:
    try:
        import cvss  # type: ignore[import-untyped] # noqa: PLC0415 (of an extra)
    except ImportError:
        raise ImportError("reading CVSS vectors needs cvss: pip install 'ecrmock[scan]'") from None
    try:
        if vector.startswith("CVSS:4"):
            return Score("4.0", float(cvss.CVSS4(vector).base_score), vector, source)
        if vector.startswith("CVSS:3"):
            return Score(vector[5:8], float(cvss.CVSS3(vector).scores()[0]), vector, source)
        return Score("2.0", float(cvss.CVSS2(vector.strip("()")).scores()[0]), vector, source)
    except (cvss.CVSSError, ArithmeticError, ValueError, KeyError):
        return None
