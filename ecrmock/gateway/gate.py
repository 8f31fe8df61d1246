"""In which order is a call admitted, run and recorded? The same for every door."""

from collections.abc import Callable
from typing import TypeVar

from ecrmock.base.web import CutOffError
from ecrmock.domain.world import World
from ecrmock.errors import MalformedHttpRequestException, ServerException, ServiceError
from ecrmock.gateway.authorize import authorize
from ecrmock.gateway.call import Call
from ecrmock.gateway.record import Calls

T = TypeVar("T")


class Gate:
    """Admits calls to one world: check, authorize, run in a transaction, record (design 1.4a).

    The door has identified the caller before it made the Call; faults will stand after authorization.
    """

    def __init__(self, world: World) -> None:
        """Guard a world."""
        self.world = world
        self.calls = Calls(world.settings.calls_kept)

    def perform(
        self,
        call: Call,
        work: Callable[[Call], T],
        *,
        check: Callable[[Call], None] | None = None,
        streams: bool = False,
    ) -> T:
        """Carry a call through; `work` that `streams` opens its own transactions.

        Whatever is raised is recorded and goes on to the door, which phrases it.
        """
        call.started = self.world.clock.now()
        try:
            if check is not None:
                check(call)
            authorize(call)
            answer = work(call) if streams else self.world.transact(lambda: work(call))
        except ServiceError as error:
            self.calls.note(call, None, error)
            raise
        except CutOffError:
            cut = MalformedHttpRequestException("The request body ended before its Content-Length")
            self.calls.note(call, None, cut)
            raise cut from None
        except Exception:
            self.calls.note(call, None, ServerException())
            raise
        self.calls.note(call, answer, None)
        return answer
