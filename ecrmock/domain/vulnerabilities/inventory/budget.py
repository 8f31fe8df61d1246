"""How much is read of one image, whatever its layers are and however often they are listed?"""

from typing import NamedTuple

from ecrmock.base.patience import OutOfTimeError, Patience
from ecrmock.domain.vulnerabilities.inventory.refusals import OverBudgetError


class Limits(NamedTuple):
    """How much is read before an image is refused; sizes in bytes."""

    image: int = 32 << 30
    """Of all layers, decompressed."""
    members: int = 2_000_000
    """Files, folders, links of all layers."""
    seconds: float = 60
    """Of reading, by the machine's time."""
    file: int = 64 << 20
    """Of one file of interest."""
    kept: int = 128 << 20
    """Of all of them."""


class Budget:
    """What is left of the limits of one image."""

    __slots__ = ("_bytes", "_kept", "_members", "_patience", "limits")

    def __init__(self, limits: Limits, patience: Patience | None = None) -> None:
        """Everything is left; the time starts now."""
        self.limits = limits
        self._bytes, self._members, self._kept = limits.image, limits.members, limits.kept
        self._patience = patience or Patience(limits.seconds)

    def wait(self) -> None:
        """A small step was done. Raises OverBudgetError."""
        try:
            self._patience.check()
        except OutOfTimeError:
            raise OverBudgetError(f"reading the layers takes longer than {self.limits.seconds:g} seconds") from None

    def spend(self, size: int) -> None:
        """So many bytes came out of a layer. Raises OverBudgetError."""
        self._bytes -= size
        if self._bytes < 0:
            raise OverBudgetError(f"the layers hold more than {self.limits.image} bytes")
        self.wait()

    def member(self) -> None:
        """One more file, folder or link. Raises OverBudgetError."""
        self._members -= 1
        if self._members < 0:
            raise OverBudgetError(f"the layers hold more than {self.limits.members} files")

    def keep(self, size: int) -> None:
        """So many bytes are kept to be understood. Raises OverBudgetError."""
        self._kept -= size
        if self._kept < 0:
            raise OverBudgetError(f"the package databases hold more than {self.limits.kept} bytes")
