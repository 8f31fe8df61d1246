"""What is an error of AWS: a code, a sentence with holes, a status?"""

import inspect
from typing import Any, ClassVar, Self, dataclass_transform

_LONGEST_HINT = 400


@dataclass_transform(eq_default=False)
class ServiceError(Exception):
    """An answer that refuses: code, sentence, HTTP status, further members.

    Annotated members are the constructor's arguments, in order, as in a dataclass; sixty real dataclasses would
    cost 15 ms at each start (measured).
    """

    text: ClassVar[str] = ""
    status: ClassVar[int] = 400
    fields: ClassVar[tuple[str, ...]] = ()
    hint: str = ""
    """Which part of the request is meant, where AWS's sentence does not say; it never goes over the wire."""

    def __init_subclass__(cls) -> None:
        """Take the class's own annotations as its arguments, those of its parent where it has none."""
        cls.fields = tuple(inspect.get_annotations(cls)) or cls.fields

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Keep the arguments under their names. Raises TypeError when they do not fit."""
        super().__init__(*arguments)
        positional = dict(zip(self.fields, arguments, strict=False))
        given = positional | named
        missing = [name for name in self.fields if name not in given and not hasattr(type(self), name)]
        unknown = not set(self.fields).issuperset(named) or not positional.keys().isdisjoint(named)
        if missing or unknown or len(arguments) > len(self.fields):
            raise TypeError(f"{type(self).__name__} takes {', '.join(self.fields) or 'nothing'}")
        for name in self.fields:
            setattr(self, name, given[name] if name in given else getattr(type(self), name))
        self.__post_init__()

    def __post_init__(self) -> None:
        """What a class works out from its arguments."""

    def because(self, hint: str) -> Self:
        """The same with a hint for the log and the record."""
        self.hint = hint if len(hint) <= _LONGEST_HINT else f"{hint[:_LONGEST_HINT]}..."
        return self

    @property
    def code(self) -> str:
        """The name on the wire."""
        return type(self).__name__

    @property
    def message(self) -> str:
        """The sentence, filled with the arguments."""
        return self.text.format_map(vars(self))

    def members(self) -> dict[str, Any]:
        """Further members of the error structure."""
        return {}

    def __str__(self) -> str:
        """Code and sentence."""
        return f"{self.code}: {self.message}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by arguments."""
        return type(self), tuple(getattr(self, name) for name in self.fields)


class WordedError(ServiceError):
    """One whose whole sentence is made where it is raised."""

    reason: str
    text = "{reason}"
