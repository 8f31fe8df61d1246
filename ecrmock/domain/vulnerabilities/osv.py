"""Advisories on disk, in OSV's JSON (https://ossf.github.io/osv-schema/): files into plain records."""

import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ecrmock.domain.vulnerabilities import severities
from ecrmock.domain.vulnerabilities.ecosystems import Ecosystem, resolve
from ecrmock.domain.vulnerabilities.findings import Score

EVENTS = ("introduced", "last_affected", "fixed", "limit")
_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
_SAID = re.compile(r"(?:Red Hat Security Advisory: )?(Critical|Important|Moderate|Low): ")
_LARGEST = 256 << 20
"""Of one file in an archive, in bytes."""

Event = tuple[str, str]
"""One of EVENTS, and a version."""
Range = tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Affected:
    """One package of one release that an advisory names."""

    ecosystem: Ecosystem
    package: str
    ranges: tuple[Range, ...]
    versions: tuple[str, ...]
    """Named one by one; a tuple of shared strings, since Ubuntu's exports name hundreds again and again."""
    severity: str | None
    """In ECR's words; None where nobody rated it."""
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Advisory:
    """One record, as far as images are concerned."""

    id: str
    names: tuple[str, ...]
    """The CVEs that it is about; its own id where it names none."""
    related: tuple[str, ...]
    modified: float
    """Epoch seconds; 0 where it does not say."""
    title: str
    description: str
    uri: str
    references: tuple[str, ...]
    affected: tuple[Affected, ...]


def files(path: Path) -> Iterator[tuple[str, bytes]]:
    """What a file, a folder of *.json or an archive (as OSV exports them) holds: a name to tell, and the bytes.

    ValueError names one that cannot be read.
    """
    try:
        if path.is_dir():
            for each in sorted(path.glob("*.json")):
                yield str(each), each.read_bytes()
        elif path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive:
                for info in archive.infolist():
                    if info.filename.endswith(".json"):
                        if info.file_size > _LARGEST:
                            raise ValueError(f"{path}: {info.filename} is larger than {_LARGEST} bytes")
                        yield f"{path}: {info.filename}", archive.read(info)
        else:
            yield str(path), path.read_bytes()
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from None


def parse(name: str, data: bytes) -> Iterator[Advisory]:
    """The advisories in a file: one, a list, `{"vulns": [...]}`, or one a line; withdrawn ones are left out.

    ValueError names the file.
    """
    for each in _documents(name, data):
        try:
            if not each.get("withdrawn"):
                yield record(each)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            said = each.get("id") if isinstance(each, dict) else None
            raise ValueError(f"{name}: {said or 'an entry'} is no OSV advisory: {error!r}") from None


def _documents(name: str, data: bytes) -> Iterable[Any]:
    try:
        text = data.decode("utf-8-sig")
        try:
            document = json.loads(text)
        except json.JSONDecodeError as error:
            if error.msg != "Extra data":
                raise
            document = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} is no JSON: {error}") from None
    if isinstance(document, dict) and isinstance(document.get("vulns"), list):
        document = document["vulns"]
    found = document if isinstance(document, list) else [document]
    for each in found:
        if not isinstance(each, dict) or not isinstance(each.get("id"), str) or "affected" not in each:
            raise ValueError(f"{name} is no OSV JSON: an advisory is an object with `id` and `affected`")
    return found


def record(said: dict[str, Any]) -> Advisory:
    """One record of OSV; KeyError, TypeError, AttributeError or ValueError where it is none."""
    own, aliases = said["id"], _texts(said.get("aliases"))
    upstream, related = _texts(said.get("upstream")), _texts(said.get("related"))
    # DEBIAN-CVE-2024-1 is about the CVE in its name; AlmaLinux names its CVEs only as related.
    for ids in ((own, *aliases), upstream, related):
        names = tuple(dict.fromkeys(match[0] for each in ids if (match := _CVE.search(each))))
        if names:
            break
    references = tuple(str(each["url"]) for each in said.get("references") or ())
    advisories = [str(each["url"]) for each in said.get("references") or () if each.get("type") == "ADVISORY"]
    own_scores = scores_of(said.get("severity"))
    return Advisory(
        own,
        names or (own,),
        tuple(dict.fromkeys((own, *aliases, *upstream))),
        _moment(said["modified"]) if said.get("modified") else 0.0,
        str(said.get("summary") or ""),
        str(said.get("details") or said.get("summary") or ""),
        next(iter((*advisories, *references)), ""),
        references,
        tuple(made for each in said["affected"] if (made := _affected(each, said, own_scores))),
    )


def _affected(said: dict[str, Any], advisory: dict[str, Any], scores: tuple[Score, ...]) -> Affected | None:
    """None for a package of no distribution we know."""
    package = said.get("package")
    ecosystem = resolve(str(package["ecosystem"])) if package else None
    if package is None or ecosystem is None:
        return None
    scores = scores_of(said.get("severity")) or scores
    return Affected(
        ecosystem,
        str(package["name"]),
        tuple(_range(each) for each in said.get("ranges") or () if each["type"] == "ECOSYSTEM"),
        tuple(map(sys.intern, _texts(said.get("versions")))),
        severity_word(said, advisory) or severities.by_score(scores),
        scores,
    )


def _range(said: dict[str, Any]) -> Range:
    events = tuple((kind, str(event[kind])) for event in said["events"] for kind in EVENTS if kind in event)
    if not events:
        raise ValueError("a range has no events")
    return events


def severity_word(said: dict[str, Any], advisory: dict[str, Any]) -> str | None:
    """The distribution's own word, the nearest to the package first: of the package, of the record, of its title."""
    for holder in (said, advisory):
        for member in ("ecosystem_specific", "database_specific"):
            specific = holder.get(member) or {}
            for name in ("severity", "urgency", "ubuntu_priority"):
                if word := severities.by_word(specific.get(name)):
                    return word
        for rating in holder.get("severity") or ():  # {"type": "Ubuntu", "score": "medium"}
            if word := severities.by_word(rating.get("score")):
                return word
    title = _SAID.match(str(advisory.get("summary") or ""))
    return severities.by_word(title[1]) if title else None


def scores_of(said: Any) -> tuple[Score, ...]:
    """The scores of those ratings that are CVSS vectors; OSV does not say whose they are."""
    vectors = [str(each["score"]) for each in said or () if str(each.get("type")).startswith("CVSS_")]
    return tuple(score for vector in vectors if (score := severities.scored(vector, source="OSV")))


def _moment(said: str) -> float:
    """Epoch seconds of an RFC 3339 time; without a zone it is UTC."""
    moment = datetime.fromisoformat(said)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _texts(said: Any) -> tuple[str, ...]:
    if said is not None and not isinstance(said, list):
        raise TypeError("a list was expected")
    return tuple(map(str, said or ()))
