"""Which scanning configuration does a registry have?"""

from typing import TYPE_CHECKING

from ecrmock.base.store import Kind
from ecrmock.domain import names
from ecrmock.domain.scanning.events import ScanningConfigured
from ecrmock.domain.scanning.rules import DEFAULT, ScanConfiguration

if TYPE_CHECKING:
    from ecrmock.engine.world import World

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
