"""Findings of a user's line, findings that are made up, and findings in an engine's order and numbers."""

import hashlib

from ecrmock.domain.scanning.rules import ENHANCED
from ecrmock.domain.vulnerabilities import severities
from ecrmock.domain.vulnerabilities.findings import SEVERITIES, Finding, Given, Score

Item = Finding | Given
MOST_MADE_UP = 10_000
_UNKNOWN = frozenset({"UNDEFINED", "UNTRIAGED", "UNKNOWN"})
_FIELDS = (2, 5)
_PACKAGES = ("openssl", "zlib", "curl", "glibc", "expat", "libxml2", "sqlite", "krb5")
# scores of CVSS 3.1 with their vectors, one for each severity that has a score
_SCORES = {
    "CRITICAL": Score("3.1", 9.8, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
    "HIGH": Score("3.1", 7.5, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"),
    "MEDIUM": Score("3.1", 5.3, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"),
    "LOW": Score("3.1", 3.7, "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L"),
}


def severity(text: object) -> str:
    """One of SEVERITIES, from the word of any engine or tool. Raises ValueError."""
    found = severities.by_word(text)
    if isinstance(text, str) and text.upper() in _UNKNOWN:
        return "UNDEFINED"
    if found is None:
        known = ", ".join(SEVERITIES)
        raise ValueError(f"{text!r} is no severity; there are {known}")
    return found


def line(text: str) -> Finding:
    """A finding from `NAME SEVERITY [PACKAGE [VERSION [FIXED]]]`. Raises ValueError."""
    words = text.split()
    if not _FIELDS[0] <= len(words) <= _FIELDS[1]:
        raise ValueError(f"{text!r}: give NAME SEVERITY PACKAGE VERSION FIXED, of which the last three may be left out")
    name, word, *more = words
    package, version, fixed = (*more, "", "", "")[:3]
    uri = f"https://nvd.nist.gov/vuln/detail/{name}" if name.startswith("CVE-") else ""
    return Finding(name, severity(word), package, version, fixed if fixed not in {"", "-"} else None, uri=uri)


def as_line(finding: Finding) -> str:
    """The line of a finding that came from one."""
    words = (finding.name, finding.severity, finding.package, finding.version, finding.fixed)
    return " ".join(word for word in words if word)


def counts(document: object) -> tuple[tuple[str, int], ...]:
    """How many findings of each severity are asked for, e.g. `{"HIGH": 2}`. Raises ValueError."""
    if not isinstance(document, dict):
        raise ValueError('counts are an object such as {"HIGH": 2}')  # noqa: TRY004 (one kind of fault for whoever words it)
    found: dict[str, int] = {}
    for word, number in document.items():
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            raise ValueError(f"the count of {word!r} is {number!r}, not a number from 0")
        found[severity(word)] = found.get(severity(word), 0) + number
    if sum(found.values()) > MOST_MADE_UP:
        raise ValueError(f"at most {MOST_MADE_UP} findings are made up")
    return tuple((word, found[word]) for word in SEVERITIES if found.get(word))


def made_up(digest: str, wanted: tuple[tuple[str, int], ...]) -> tuple[Finding, ...]:
    """So many findings of each severity, the same ones for the same image; no year 9999 has real ones."""
    return tuple(_invented(digest, word, place) for word, number in wanted for place in range(number))


def _invented(digest: str, word: str, place: int) -> Finding:
    seed = hashlib.sha256(f"{digest} {word} {place}".encode()).digest()
    package = _PACKAGES[seed[0] % len(_PACKAGES)]
    version = f"{1 + seed[1] % 9}.{seed[2] % 20}.{seed[3] % 10}"
    # the place keeps names of one image apart, the digest those of two
    name = f"CVE-9999-{1000 + int.from_bytes(seed[4:6])}{SEVERITIES.index(word)}{place:04}"
    score = _SCORES.get(word)
    return Finding(
        name,
        word,
        package,
        f"{version}-1",
        f"{version}-2",
        description=f"Made up by ecrmock, since {word} findings were asked for of this image.",
        title=f"{name} - {package}",
        uri=f"https://nvd.nist.gov/vuln/detail/{name}",
        source="NVD",
        scores=(score,) if score else (),
    )


# -- one engine's findings


def ranked(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Worst first, then by name (inferred, facts/automation 2.4)."""
    return tuple(sorted(items, key=_rank))


def tally(items: tuple[Item, ...], engine: str) -> dict[str, int]:
    """How many of each severity there are, in the engine's words; only severities with a finding (documented)."""
    words = [_word(item) for item in items]
    unknown = "UNTRIAGED" if engine == ENHANCED else "UNDEFINED"
    return {(unknown if word == "UNDEFINED" else word): words.count(word) for word in SEVERITIES if word in words}


def _word(item: Item) -> str:
    """One of SEVERITIES; Inspector's findings say it in free text (model), so any may come in an imported one."""
    if isinstance(item, Finding):
        return item.severity
    return severities.by_word(item.body.get("severity")) or "UNDEFINED"


def _rank(item: Item) -> tuple[int, str, str]:
    if isinstance(item, Finding):
        return item.rank
    name = item.body.get("name") or item.body.get("title") or ""
    return SEVERITIES.index(_word(item)), str(name), ""
