"""What did a test set for which images? Selectors and findings, read from JSON or YAML.

See facts/automation 2.5, no. 1.
"""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ecrmock.base.globs import fits
from ecrmock.domain import names
from ecrmock.domain.scanning import finding_forms, reports
from ecrmock.domain.scanning.outcomes import STATUSES, Outcome, of_status
from ecrmock.domain.scanning.rules import ENHANCED
from ecrmock.domain.vulnerabilities.findings import Given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ecrmock.domain.images.image import Image
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.domain.scanning.finding_forms import Item

    Check = Callable[[str, dict[str, Any]], None]
    _Forms = tuple[tuple[Item, ...], tuple[Item, ...], tuple[Item, ...]]

_MOST_VALUES, _DEEPEST = 20_000, 32
_MOST_FINDINGS = 100_000
"""Set by one request, entries without findings counted too."""
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
            (self.account is None or self.account == repository.registry_id)
            and (self.region is None or self.region == repository.region)
            and (self.repository is None or fits(self.repository, repository.name))
            and (self.digest is None or self.digest == image.digest or self.digest in image.aliases)
            and (self.tag is None or any(fits(self.tag, tag) for tag in image.tags))
        )

    def shown(self) -> dict[str, str]:
        """What is asked for."""
        return {name: value for name, value in self._asdict().items() if value is not None}


@dataclass(frozen=True, slots=True)
class Override:
    """Findings or a status for the images that a selector takes."""

    selector: Selector
    findings: "tuple[Item, ...]" = ()
    """As they were given."""
    basic: "tuple[Item, ...]" = ()
    """What basic scanning shows of them: ECR's own form as it is, Inspector's put into its words."""
    enhanced: "tuple[Item, ...]" = ()
    """What enhanced scanning shows of them."""
    counts: tuple[tuple[str, int], ...] = ()
    status: str | None = None
    description: str | None = None
    at: float = 0
    number: int = 0
    """Order."""

    def outcome(self, digest: str, engine: str) -> Outcome:
        """What a scan of this image by this engine finds."""
        if self.status is not None and self.status not in {"COMPLETE", "ACTIVE"}:
            return of_status(self.status, self.description, "set")
        listed = self.enhanced if engine == ENHANCED else self.basic
        found = (*listed, *finding_forms.made_up(digest, self.counts))
        done = of_status("COMPLETE", self.description, "set")
        return done._replace(findings=found, updated_at=self.at)

    def shown(self) -> dict[str, Any]:
        """As a user sees it again."""
        more = {"status": self.status, "description": self.description, "counts": dict(self.counts) or None}
        listed = [item.body if isinstance(item, Given) else finding_forms.as_line(item) for item in self.findings]
        return {
            **self.selector.shown(),
            **{name: value for name, value in more.items() if value is not None},
            **({"findings": listed} if listed else {}),
        }


class OverrideError(ValueError):
    """What was to be set makes no sense; the sentence says why."""


def selector(document: dict[str, Any]) -> Selector:
    """The selector in a document's members. Raises OverrideError."""
    given = {name: document[name] for name in SELECTS if document.get(name) is not None}
    # YAML reads an account's digits as a number, which loses a leading zero
    if isinstance(given.get("account"), int):
        raise OverrideError("account is a number: put its twelve digits in quotes")
    for name, value in given.items():
        if not isinstance(value, str) or not value:
            raise OverrideError(f"{name} is not a text")
    if "digest" in given and not names.looks_like_digest(given["digest"]):
        raise OverrideError(f"{given['digest']!r} is no digest")
    if "account" in given and not names.is_account(given["account"]):
        raise OverrideError("an account is twelve digits")
    return Selector(**given)


def entries(document: Any, at: float, check: "Check") -> list[Override]:
    """The entries of a document, which is one or a list of them.

    `check` refuses a finding that is not as the model has it. Raises OverrideError.
    """
    rows = document if isinstance(document, list) else [document]
    if not rows:
        raise OverrideError("the list is empty; DELETE clears what is set")
    found: list[Override] = []
    room = _MOST_FINDINGS
    for place, row in enumerate(rows, 1):
        try:
            found.append(_entry(row, at, check))
            room -= 1 + len(found[-1].findings) + len(found[-1].enhanced)
            if room < 0:
                raise OverrideError(f"there are more than {_MOST_FINDINGS} findings up to here")
        except ValueError as error:
            where = f"entry {place}: " if isinstance(document, list) else ""
            raise OverrideError(f"{where}{error}") from None
    return found


def _entry(row: Any, at: float, check: "Check") -> Override:
    if not isinstance(row, dict):
        raise OverrideError("an entry is an object")
    strange = sorted(str(name) for name in row.keys() - set(_MEMBERS))
    if strange:
        raise OverrideError(f"there is no {', '.join(strange)}; there are {', '.join(_MEMBERS)}")
    if not any(name in row for name in ("findings", "enhancedFindings", "counts", "status")):
        raise OverrideError("give findings, enhancedFindings, counts or status")
    status, description = row.get("status"), row.get("description")
    if status is not None and status not in STATUSES:
        raise OverrideError(f"{status!r} is no status; there are {', '.join(STATUSES)}")
    if description is not None and not isinstance(description, str):
        raise OverrideError("description is not a text")
    findings, wanted = row.get("findings", []), finding_forms.counts(row.get("counts", {}))
    if isinstance(findings, dict):
        if wanted:
            raise OverrideError("findings and counts both count")
        findings, wanted = [], finding_forms.counts(findings)
    shown = [
        *_items(findings, "findings", check),
        *_items(row.get("enhancedFindings", []), "enhancedFindings", check),
    ]
    listed, basic, enhanced = (tuple(item for forms in shown for item in forms[place]) for place in range(3))
    return Override(selector(row), listed, basic, enhanced, wanted, status, description, at)


def _items(rows: Any, member: str, check: "Check") -> "Iterator[_Forms]":
    """Findings from a list of objects and lines, or from a text with a line each."""
    if isinstance(rows, str):
        rows = [text for text in rows.splitlines() if text.strip()]
    if isinstance(rows, list) and len(rows) > finding_forms.MOST_MADE_UP:
        raise OverrideError(f"{member} holds more than {finding_forms.MOST_MADE_UP} findings")
    if not isinstance(rows, list):
        raise OverrideError(f"{member} is a list of findings, lines of text, or counts")
    for row in rows:
        if isinstance(row, str):
            yield ((finding_forms.line(row),),) * 3
        elif isinstance(row, dict):
            yield _forms(plain(row), check)
        else:
            raise OverrideError(f"{member} holds {row!r}, neither an object nor a line of text")


def _forms(body: dict[str, Any], check: "Check") -> "_Forms":
    """A finding in AWS's own form: as it is, for basic scanning, for enhanced scanning."""
    finding_forms.severity(body.get("severity", "UNDEFINED"))
    if "name" in body or "attributes" in body:
        check("ImageScanFinding", body)
        (report,) = reports.read({"imageScanFindings": {"findings": [{"name": "", **body}]}})
        own = (Given(body),)
        return own, own, report.findings
    (report,) = reports.read({"imageScanFindings": {"enhancedFindings": [_whole(body)]}})
    for given in report.enhanced:
        check("EnhancedImageScanFinding", given.body)
    return report.enhanced, report.operating_system, report.enhanced


def _whole(body: dict[str, Any]) -> dict[str, Any]:
    """A finding of Inspector's with what basic scanning needs of it, where a test left that out."""
    details = body.get("packageVulnerabilityDetails")
    details = details if isinstance(details, dict) else {}
    packages = details.get("vulnerablePackages") or [{}]
    return {
        **body,
        "packageVulnerabilityDetails": {
            "vulnerabilityId": body.get("title", ""),
            **details,
            "vulnerablePackages": [{"name": "", **row} if isinstance(row, dict) else row for row in packages],
        },
    }


def plain(value: Any, room: int = _MOST_VALUES) -> Any:
    """A value of YAML or of a boto3 answer in the types of JSON. Raises OverrideError for too many values or levels."""
    return _plain(value, iter(range(room)), _DEEPEST)


def _plain(value: Any, room: "Iterator[int]", levels: int) -> Any:
    if next(room, None) is None:
        raise OverrideError("there are too many values in it")
    if not levels:
        raise OverrideError("it is nested too deep")
    if isinstance(value, dict):
        return {str(name): _plain(inner, room, levels - 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner, room, levels - 1) for inner in value]
    if isinstance(value, dt.datetime):
        return (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).timestamp()
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time(), dt.UTC).timestamp()
    return value
