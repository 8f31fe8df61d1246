"""What does a registry's scanning configuration say, and how often is a repository scanned? (part B, 2.2)."""

from typing import TYPE_CHECKING, Any, NamedTuple

from ecrmock.base.globs import fits
from ecrmock.base.store import Kind
from ecrmock.domain import names
from ecrmock.domain.events import ScanningConfigured
from ecrmock.errors import InvalidParameterException

if TYPE_CHECKING:
    from ecrmock.engine.world import World

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


CONFIGURATIONS: Kind[ScanConfiguration] = Kind("scanning-configurations", ScanConfiguration)
_THE_ONE = "configuration"


class ScanningRules:
    """The scanning configuration of one account in one region."""

    def __init__(self, world: "World", account: str, region: str) -> None:
        """A view of this registry's row."""
        self._world = world
        self._rows = world.store.table(CONFIGURATIONS)
        self._key = names.RegistryKey(account, region)

    def get(self) -> ScanConfiguration:
        """What is configured, or the default."""
        return self._rows.get(self._key, _THE_ONE) or DEFAULT

    def put(self, configuration: ScanConfiguration) -> None:
        """Replace how often the registry's repositories are scanned, and by which engine."""
        before = self.get()
        self._rows.put(self._key, _THE_ONE, configuration)
        self._world.bus.publish(ScanningConfigured(self._key, before, configuration))


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
    (inferred, part B 2.2).
    """
    for frequency in _FREQUENCIES[configuration.engine]:
        for rule in configuration.rules:
            found = [pattern for pattern in rule.filters if takes(pattern, name)]
            if rule.frequency == frequency and found and frequency != "MANUAL":
                return Applied(frequency, found[-1])
    return Applied("SCAN_ON_PUSH" if flag and configuration.engine == BASIC else "MANUAL")
