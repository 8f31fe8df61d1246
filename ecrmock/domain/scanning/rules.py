"""What does a registry's scanning configuration say, and how often is a repository scanned? (facts/automation 2.2)."""

from typing import Any, NamedTuple

from ecrmock.base.globs import fits
from ecrmock.errors.ecr import InvalidParameterException

BASIC, ENHANCED = "BASIC", "ENHANCED"
_FREQUENCIES = {BASIC: ("SCAN_ON_PUSH", "MANUAL"), ENHANCED: ("CONTINUOUS_SCAN", "SCAN_ON_PUSH")}
"""What each engine admits; the one that comes first wins where several rules match (documented)."""


class ScanRule(NamedTuple):
    """How often the repositories are scanned that one of the filters matches."""

    frequency: str
    filters: tuple[str, ...]


class ScanConfiguration(NamedTuple):
    """Which engine a registry has, and its rules."""

    engine: str = BASIC
    rules: tuple[ScanRule, ...] = ()


DEFAULT = ScanConfiguration()
"""What a registry has that never set one (reported: MOTO)."""


class Applied(NamedTuple):
    """How often one repository is scanned, and the filter that says so, if any does."""

    frequency: str
    filter: str | None = None


def parse(request: dict[str, Any]) -> ScanConfiguration:
    """The configuration of a request; what is left out has its default. Raises InvalidParameterException."""
    engine = request.get("scanType", BASIC)
    rules = tuple(
        ScanRule(rule["scanFrequency"], tuple(row["filter"] for row in rule["repositoryFilters"]))
        for rule in request.get("rules", ())
    )
    for rule in rules:
        if rule.frequency not in _FREQUENCIES[engine]:
            raise InvalidParameterException("rules", f"{rule.frequency} is not supported for scan type {engine}")
    if len({rule.frequency for rule in rules}) != len(rules):
        raise InvalidParameterException("rules", "scanFrequency must be unique among the rules")
    return ScanConfiguration(engine, rules)


def takes(pattern: str, name: str) -> bool:
    """Whether a filter matches a repository: without `*` anywhere in the name, with one the whole (documented)."""
    return fits(pattern, name) if "*" in pattern else pattern in name


def applied(configuration: ScanConfiguration, name: str, *, flag: bool) -> Applied:
    """How often this repository is scanned; the last filter that matches is told (reported: MOTO).

    The repository's own flag scans on push under BASIC, whatever the rules say, and does nothing under ENHANCED
    (inferred, facts/automation 2.2).
    """
    for frequency in _FREQUENCIES[configuration.engine]:
        for rule in configuration.rules:
            found = [pattern for pattern in rule.filters if takes(pattern, name)]
            if rule.frequency == frequency and found and frequency != "MANUAL":
                return Applied(frequency, found[-1])
    return Applied("SCAN_ON_PUSH" if flag and configuration.engine == BASIC else "MANUAL")
