"""How does every list operation of ECR page? Tokens bound to operation and repository (facts/api 1.9)."""

from collections.abc import Callable
from typing import Any, TypeVar

from ecrmock.errors.ecr import InvalidParameterException
from ecrmock.gateway.call import Call

T = TypeVar("T")
_DEFAULT = 100


def page(  # noqa: PLR0913, PLR0917 (what pages, where it starts, what binds it)
    call: Call,
    request: Any,
    fetch: Callable[[Any, int], list[T]],
    place: Callable[[T], Any],
    default: int = _DEFAULT,
    bound: tuple[str, ...] = (),
) -> tuple[list[T], dict[str, str]]:
    """One page, and the nextToken member unless it is the last.

    `fetch` takes the place after which to start (None at the beginning) and a limit; `place` names an item's
    place as a JSON value; `bound` what else a token belongs to. Raises InvalidParameterException for a token of
    another list.
    """
    limit = request.get("maxResults", default)
    scope = (call.action, call.account, call.region, *call.repositories, *bound)
    found = fetch(_start(call, scope, request.get("nextToken")), limit + 1)
    if len(found) <= limit:
        return found, {}
    found = found[:limit]
    return found, {"nextToken": call.world.cursors.encode(scope, place(found[-1]))}


def _start(call: Call, scope: tuple[str, ...], token: str | None) -> Any:
    if token is None:
        return None
    try:
        return call.world.cursors.decode(scope, token)
    except ValueError:
        raise InvalidParameterException.bad_token() from None


def forbid(request: Any, named: str) -> None:
    """Paging members do not go with a list of names (facts/api U5; the constraint's text is ours)."""
    if request.get(named):
        for member in ("maxResults", "nextToken"):
            if request.get(member) is not None:
                raise InvalidParameterException(member, f"{member} cannot be used with {named}")
