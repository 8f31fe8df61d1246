"""What did a test set for which images? Selectors and findings, read from JSON or YAML (part B, 2.5, no. 1)."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ecrmock.base.clock import instant
from ecrmock.base.globs import fits
from ecrmock.domain import finding_forms, names
from ecrmock.domain.findings import Given
from ecrmock.domain.scan_outcomes import STATUSES, Outcome, of_status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecrmock.domain.facts import Image
    from ecrmock.domain.finding_forms import Item
    from ecrmock.domain.repositories import Repository

_MOST_VALUES = 20_000
_TIMES = frozenset(
    {"firstObservedAt", "lastObservedAt", "updatedAt", "vendorCreatedAt", "vendorUpdatedAt", "pushedAt", "lastInUseAt"}
)
SELECTS = ("repository", "tag", "digest", "account", "region")
_MEMBERS = (*SELECTS, "findings", "enhancedFindings", "counts", "status", "description")


class Selector(NamedTuple):
    """Which images are meant; what is None is not asked for."""

    repository: str | None = None
    """With `*` for any run of characters, and so is the tag."""
    tag: str | None = None
    digest: str | None = None
    account: str | None = None
    region: str | None = None

    def takes(self, repository: "Repository", image: "Image") -> bool:
        """Whether this image is meant."""
        return (
            self.account in {None, repository.registry_id}
            and self.region in {None, repository.region}
            and (self.repository is None or fits(self.repository, repository.name))
            and (self.digest is None or self.digest == image.digest or self.digest in image.aliases)
            and (self.tag is None or any(fits(self.tag, tag) for tag in image.tags))
        )

    def shown(self) -> dict[str, str]:
        """What is asked for."""
        return {name: value for name, value in self._asdict().items() if value is not None}


@dataclass(frozen=True, slots=True)
class Entry:
    """Findings or a status for the images that a selector takes."""

    selector: Selector
    findings: "tuple[Item, ...]" = ()
    counts: tuple[tuple[str, int], ...] = ()
    status: str | None = None
    description: str | None = None
    at: float = 0
    number: int = 0
    """Order."""

    def outcome(self, digest: str) -> Outcome:
        """What a scan of this image finds."""
        if self.status is not None and self.status not in {"COMPLETE", "ACTIVE"}:
            return of_status(self.status, self.description, "set")
        found = (*self.findings, *finding_forms.made_up(digest, self.counts))
        done = of_status("COMPLETE", self.description, "set")
        return Outcome(done.status, done.description, found, "set", self.at)

    def shown(self) -> dict[str, Any]:
        """As a user sees it again."""
        more = {"status": self.status, "description": self.description, "counts": dict(self.counts) or None}
        listed = [
            item.body if isinstance(item, Given) else f"{item.name} {item.severity} {item.package} {item.version}"
            for item in self.findings
        ]
        return {
            **self.selector.shown(),
            **{name: value for name, value in more.items() if value is not None},
            **({"findings": listed} if listed else {}),
        }


class EntryError(ValueError):
    """What was to be set makes no sense; the sentence says why."""


def selector(document: dict[str, Any]) -> Selector:
    """The selector in a document's members. Raises EntryError."""
    given = {name: document[name] for name in SELECTS if document.get(name) is not None}
    # YAML reads an account's digits as a number, which loses a leading zero
    if isinstance(given.get("account"), int):
        raise EntryError("account is a number: put its twelve digits in quotes")
    for name, value in given.items():
        if not isinstance(value, str) or not value:
            raise EntryError(f"{name} is not a text")
    if "digest" in given and not names.looks_like_digest(given["digest"]):
        raise EntryError(f"{given['digest']!r} is no digest")
    if "account" in given and not names.is_account(given["account"]):
        raise EntryError("an account is twelve digits")
    return Selector(**given)


def entries(document: Any, at: float) -> list[Entry]:
    """The entries of a document, which is one or a list of them. Raises EntryError."""
    rows = document if isinstance(document, list) else [document]
    if not rows:
        raise EntryError("the list is empty; DELETE clears what is set")
    found = []
    for place, row in enumerate(rows, 1):
        try:
            found.append(_entry(row, at))
        except ValueError as error:
            where = f"entry {place}: " if isinstance(document, list) else ""
            raise EntryError(f"{where}{error}") from None
    return found


def _entry(row: Any, at: float) -> Entry:
    if not isinstance(row, dict):
        raise EntryError("an entry is an object")
    strange = sorted(str(name) for name in row.keys() - set(_MEMBERS))
    if strange:
        raise EntryError(f"there is no {', '.join(strange)}; there are {', '.join(_MEMBERS)}")
    if not any(name in row for name in ("findings", "enhancedFindings", "counts", "status")):
        raise EntryError("give findings, enhancedFindings, counts or status")
    status, description = row.get("status"), row.get("description")
    if status is not None and status not in STATUSES:
        raise EntryError(f"{status!r} is no status; there are {', '.join(STATUSES)}")
    if description is not None and not isinstance(description, str):
        raise EntryError("description is not a text")
    findings, wanted = row.get("findings", []), finding_forms.counts(row.get("counts", {}))
    if isinstance(findings, dict):
        if wanted:
            raise EntryError("findings and counts both count")
        findings, wanted = [], finding_forms.counts(findings)
    listed = (*_items(findings, "findings"), *_items(row.get("enhancedFindings", []), "enhancedFindings"))
    return Entry(selector(row), listed, wanted, status, description, at)


def _items(rows: Any, member: str) -> "tuple[Item, ...]":
    """Findings from a list of objects and lines, or from a text with a line each."""
    if isinstance(rows, str):
        rows = [text for text in rows.splitlines() if text.strip()]
    if not isinstance(rows, list):
        raise EntryError(f"{member} is a list of findings, lines of text, or counts")
    return tuple(_item(row, member) for row in rows)


def _item(row: Any, member: str) -> "Item":
    if isinstance(row, str):
        return finding_forms.line(row)
    if not isinstance(row, dict):
        raise EntryError(f"{member} holds {row!r}, neither an object nor a line of text")
    return given(row)


def given(row: dict[str, Any]) -> Given:
    """A finding in AWS's own form, as JSON has it: times in seconds since 1970. Raises EntryError."""
    body = _plain(row, "", iter(range(_MOST_VALUES)))
    finding_forms.severity(body.get("severity", "UNDEFINED"))
    return Given(body)


def _plain(value: Any, member: str, room: "Iterator[int]") -> Any:
    """A value of YAML or of a boto3 answer in the types of JSON."""
    if next(room, None) is None:
        raise EntryError("a finding holds too much")
    if isinstance(value, dict):
        return {str(name): _plain(inner, str(name), room) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner, member, room) for inner in value]
    if isinstance(value, dt.datetime):
        return (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).timestamp()
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time(), dt.UTC).timestamp()
    if member in _TIMES and isinstance(value, str):
        return instant(value)
    return value
