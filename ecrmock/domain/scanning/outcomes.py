"""How did a scan end, and in which words is that told? (facts/automation 2.4)."""

from typing import TYPE_CHECKING, NamedTuple

from ecrmock.domain.scanning.rules import ENHANCED

if TYPE_CHECKING:
    from ecrmock.domain.scanning.finding_forms import Item

DONE = "The scan was completed successfully."
CONTINUOUS = "Continuous scan is selected for image."
UNSUPPORTED = "UnsupportedImageError: The operating system and/or package manager are not supported."
NO_SOURCE = "ECRMOCK-NO-ADVISORY-SOURCE"
PAGE = "docs/scanning.md"
STATUSES = (
    "COMPLETE",
    "FAILED",
    "UNSUPPORTED_IMAGE",
    "IN_PROGRESS",
    "ACTIVE",
    "PENDING",
    "SCAN_ELIGIBILITY_EXPIRED",
    "FINDINGS_UNAVAILABLE",
    "LIMIT_EXCEEDED",
    "IMAGE_ARCHIVED",
    "IMAGE_SIZE_EXCEEDED",
)
"""In the model; those that show findings are COMPLETE and ACTIVE."""
_TOLD = {"COMPLETE": DONE, "ACTIVE": CONTINUOUS, "FAILED": UNSUPPORTED}


class Outcome(NamedTuple):
    """What is known of an image after a scan, and who says so."""

    status: str = "COMPLETE"
    description: str | None = DONE
    findings: "tuple[Item, ...]" = ()
    source: str = "scan"
    """set, label, report, scan, or none: nobody knows."""
    updated_at: float | None = None
    """How old the advisories are."""


NOTHING = Outcome()


def of_status(status: str, description: str | None, source: str) -> Outcome:
    """A status that somebody asked for, with its usual words unless others are given."""
    return Outcome(status, description or _TOLD.get(status), source=source)


def failed(reason: str) -> Outcome:
    """The scan came to grief."""
    return Outcome("FAILED", reason)


def given_up(reason: str) -> Outcome:
    """The image is more work than a scan does."""
    return failed(f"The scan was given up: {reason}.")


def unsupported(engine: str) -> Outcome:
    """There is nothing in the image that this engine can read."""
    if engine == ENHANCED:
        return Outcome("UNSUPPORTED_IMAGE", None)
    return Outcome("FAILED", UNSUPPORTED)


def nobody_knows(packages: int, system: str = "") -> Outcome:
    """Complete, but no advisories were there to compare with: one finding says so, an empty list would lie.

    `system` is given where there are advisories, but none about this system.
    """
    of = f" about {system}" if system else ""
    counted = "1 package was" if packages == 1 else f"{packages} packages were"
    found = f"{counted} found in the image and compared with nothing: ecrmock has no source of advisories{of}."
    return _unknown(f"{found} {PAGE} says how to give it one.")


def never_uploaded(layer: str) -> Outcome:
    """A lenient world's image without its bytes: complete, so that tests written for other mocks go on; it says so."""
    return _unknown(f"0 packages were found in the image: its layer {layer} was never uploaded. See {PAGE}.")


def lost(layer: str) -> Outcome:
    """A layer was deleted by hand."""
    return failed(f"The layer {layer} of the image is not here.")


def _unknown(description: str) -> Outcome:
    from ecrmock.domain.vulnerabilities.findings import Finding  # noqa: PLC0415 (keeps the start light, as in the other modules of scans)

    finding = Finding(
        NO_SOURCE,
        "INFORMATIONAL",
        description=description,
        title=f"{NO_SOURCE} - no source of advisories",
        uri=PAGE,
        source="ECRMOCK",
    )
    return Outcome(findings=(finding,), source="none")
