"""Which function does which operation?"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from ecrmock.errors.base import ServiceError
from ecrmock.errors.common import NotYetException, UnknownMemberException, UnknownOperationException
from ecrmock.gateway.call import Call

F = TypeVar("F", bound=Callable[[Call, Any], Mapping[str, Any]])


_WORDS = {"saml": "SAML"}
_NOT_KNOWN = (NotYetException, UnknownMemberException, UnknownOperationException)
_log = logging.getLogger("ecrmock")


class Operation(NamedTuple):
    """A function from a call and its checked request to the members of the answer."""

    run: Callable[[Call, Any], Mapping[str, Any]]
    streams: bool
    """Whether it opens its own transactions."""


class Service:
    """The operations of one AWS service, each under its name in the model."""

    def __init__(self, name: str) -> None:
        """Be empty; modules register what they do."""
        self.name = name
        self.operations: dict[str, Operation] = {}

    def operation(self, function: F) -> F:
        """Register a function under its own name: put_image does PutImage, in one transaction."""
        return self._add(function, streams=False)

    def streaming(self, function: F) -> F:
        """Register a function that opens its own short transactions."""
        return self._add(function, streams=True)

    def _add(self, function: F, *, streams: bool) -> F:
        name = "".join(_WORDS.get(part, part.capitalize()) for part in function.__name__.split("_"))
        self.operations[name] = Operation(function, streams)
        return function


def warn(service: str, operation: str, error: ServiceError) -> None:
    """Tell the log of what is not known here: an SDK may hide the sentence, and AWS has none for an operation."""
    if isinstance(error, _NOT_KNOWN):
        _log.warning("%s %r is refused: %s", service, operation, error.message or "no such operation is known here")
