"""Which advisories touch the packages of an image, by the rules of the OSV schema ("Evaluation")?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cmp_to_key
from pathlib import Path

from ecrmock.domain.vulnerabilities import ecosystems, osv, versions
from ecrmock.domain.vulnerabilities.findings import Finding, Package
from ecrmock.domain.vulnerabilities.inventory import Inventory

SAMPLE = Path(__file__).parents[2] / "data" / "sample_advisories.json"
"""A handful of advisories written by us, for demonstration only."""

_Hit = tuple[osv.Advisory, osv.Affected]
_Key = tuple[str, str, str, str]
"""ID of os-release, release, kind of package, name."""


class Advisories:
    """Advisories in memory, by release and package."""

    def __init__(self, found: Iterable[osv.Advisory]) -> None:
        """Index these."""
        self._by_package: defaultdict[_Key, list[_Hit]] = defaultdict(list)
        self._releases: set[tuple[str, str]] = set()
        self.updated_at = 0.0
        """When the newest of them was modified, in epoch seconds; 0 where none says."""
        for advisory in found:
            self.updated_at = max(self.updated_at, advisory.modified)
            for affected in advisory.affected:
                family, release = affected.ecosystem
                for os in family.ids:
                    self._releases.add((os, release))
                    self._by_package[os, release, family.kind, affected.package].append((advisory, affected))

    def covers(self, inventory: Inventory) -> bool:
        """Is there any advisory for this release? If not, that `match` finds nothing means nothing."""
        release = ecosystems.release_of(inventory.os, inventory.version)
        return not self._releases.isdisjoint({(inventory.os, release), (inventory.os, ecosystems.ANY)})

    def match(self, inventory: Inventory) -> tuple[Finding, ...]:
        """What is known about these packages: one finding a name and package, worst first."""
        release = ecosystems.release_of(inventory.os, inventory.version)
        found: dict[tuple[str, str, str], Finding] = {}
        for package in inventory.packages:
            for finding in self._of(inventory.os, release, package):
                key = finding.name, finding.package, finding.version
                found[key] = merged(found[key], finding) if key in found else finding
        return tuple(sorted(found.values(), key=lambda finding: finding.rank))

    def _of(self, os: str, release: str, package: Package) -> Iterator[Finding]:
        """Findings of one package.

        OSV's Debian, Ubuntu and Alpine records name source packages, with their versions; those of rpm distributions
        mostly binary ones, yet some (Rocky, SUSE) sources. So the other name is asked where the usual one is in no
        advisory for this release: asking both always would confuse a binary with a stranger's source of that name.
        """
        own = package.name, package.version
        source = package.source or package.name, package.source_version or package.version
        for name, version in (own, source) if package.kind == "rpm" else (source, own):
            hits = [
                hit
                for each in dict.fromkeys((release, ecosystems.ANY))
                for hit in self._by_package.get((os, each, package.kind, name), ())
            ]
            for advisory, affected in hits:
                touched, fixed = _touches(affected, package.kind, version)
                if touched:
                    yield from _findings(advisory, affected, package, fixed)
            if hits or own[0] == source[0]:
                return


def load(paths: Sequence[Path | str]) -> Advisories:
    """Read OSV JSON: files of one, of many or of one a line, folders of *.json, archives as OSV exports them.

    ValueError names a file that is none of these. ImportError, naming what to install, without the extra `scan`.
    """
    versions.need_univers()
    return Advisories(
        advisory for path in paths for name, data in osv.files(Path(path)) for advisory in osv.parse(name, data)
    )


def _touches(affected: osv.Affected, kind: str, version: str) -> tuple[bool, str | None]:
    """Is this version affected, and in which one is it fixed?"""
    touched, fixed = False, None
    for events in affected.ranges:
        try:
            inside, until = _inside(events, kind, version)
        except ValueError:  # one of them is no version: nothing can be said
            continue
        touched = touched or inside
        fixed = until if inside and fixed is None else fixed
    return touched or version in affected.versions, fixed


def _inside(events: osv.Range, kind: str, version: str) -> tuple[bool, str | None]:
    """Is the version in the range, and which is the first fixed one above it?"""

    def order(first: osv.Event, second: osv.Event) -> int:
        (kind_1, version_1), (kind_2, version_2) = first, second
        starts = [(kind_1, version_1) == ("introduced", "0"), (kind_2, version_2) == ("introduced", "0")]
        if any(starts):  # "0" is before all versions, with or without an epoch
            return starts[1] - starts[0]
        return versions.compare(kind, version_1, version_2) or osv.EVENTS.index(kind_1) - osv.EVENTS.index(kind_2)

    inside, limited = False, [each for what, each in events if what == "limit"]
    for what, each in sorted((pair for pair in events if pair[0] != "limit"), key=cmp_to_key(order)):
        place = 1 if (what, each) == ("introduced", "0") else versions.compare(kind, version, each)
        if what == "fixed" and place < 0:
            # Streams of modules have versions of their own; only they can be compared with each other.
            inside = inside and (".module" in each) == (".module" in version)
            return inside and _below(limited, kind, version), each
        if what == "introduced" and place >= 0:
            inside = True
        elif (what == "fixed" and place >= 0) or (what == "last_affected" and place > 0):
            inside = False
        elif what == "introduced":
            break
    return inside and _below(limited, kind, version), None


def _below(limits: list[str], kind: str, version: str) -> bool:
    """A range reaches to its highest limit; without one, or with `*`, it has no end."""
    return not limits or any(limit == "*" or versions.compare(kind, version, limit) < 0 for limit in limits)


def _findings(advisory: osv.Advisory, affected: osv.Affected, package: Package, fixed: str | None) -> Iterator[Finding]:
    for name in advisory.names:
        yield Finding(
            name,
            affected.severity or "UNDEFINED",
            package.name,
            package.version,
            fixed,
            description=advisory.description,
            title=f"{name} - {package.name}",
            uri=advisory.uri,
            source=affected.ecosystem.family.source,
            scores=affected.scores,
            arch=package.arch,
            layer=package.layer,
            references=advisory.references,
            related=tuple(each for each in advisory.related if each != name),
        )


def merged(first: Finding, second: Finding) -> Finding:
    """Two records about one thing, such as a CVE and the update that fixes it: each says what the other does not."""
    return replace(
        first,
        severity=second.severity if first.severity == "UNDEFINED" else first.severity,
        fixed=first.fixed or second.fixed,
        description=first.description or second.description,
        uri=first.uri or second.uri,
        scores=first.scores or second.scores,
        references=tuple(dict.fromkeys(first.references + second.references)),
        related=tuple(dict.fromkeys(first.related + second.related)),
    )
