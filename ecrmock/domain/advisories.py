"""Which advisories touch the packages of an image?"""

from collections.abc import Sequence
from pathlib import Path

from ecrmock.domain.findings import Finding
from ecrmock.domain.inventory import Inventory

SAMPLE = Path(__file__).parent.parent / "data" / "sample_advisories.json"
"""A handful of advisories written by us, for demonstration only."""


class Advisories:
    """Advisories in memory, by package."""

    updated_at: float
    """When the newest of them was modified, in epoch seconds."""

    def match(self, inventory: Inventory) -> tuple[Finding, ...]:
        """What is known about these packages, worst first."""
        raise NotImplementedError


def load(paths: Sequence[Path | str]) -> Advisories:
    """Read OSV JSON; ValueError names a file that is none."""
    raise NotImplementedError
