"""How does one hear of a module that is imported later? By a finder before all others, for as long as one watches."""

import contextlib
import sys
from collections.abc import Callable, Collection
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class ImportWatch:
    """A finder of sys.meta_path that finds nothing itself, and tells when one of these modules has been executed."""

    def __init__(self, names: Collection[str], told: Callable[[], object]) -> None:
        """Be idle."""
        self._names, self._told = frozenset(names), told

    def begin(self) -> None:
        """Stand before all other finders; doing so already is no fault."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def end(self) -> None:
        """Go; not being there is no fault."""
        with contextlib.suppress(ValueError):
            sys.meta_path.remove(self)

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """What those behind us find, with a loader that tells; None for all modules but ours."""
        if name not in self._names:
            return None
        spec = self._found(name, path, target)
        if spec is None or not hasattr(spec.loader, "exec_module"):
            return None
        spec.loader = _Telling(spec.loader, self._told)  # type: ignore[assignment]
        return spec

    def _found(self, name: str, path: Any, target: ModuleType | None) -> ModuleSpec | None:
        finders = list(sys.meta_path)  # another thread may leave meanwhile
        behind = finders[finders.index(self) + 1 :] if self in finders else finders
        found = (finder.find_spec(name, path, target) for finder in behind)
        return next((spec for spec in found if spec is not None), None)


class _Telling:
    """A loader that tells when it has executed its module, which keeps no trace of it."""

    def __init__(self, loader: Any, told: Callable[[], object]) -> None:
        self._loader, self._told = loader, told

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """What the loader makes."""
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        """Execute it under its own loader, and tell."""
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._told()
