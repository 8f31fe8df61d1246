"""In which order is a call admitted, run and recorded? The same for every door."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ecrmock.base.web import CutOffError
from ecrmock.domain.templates import CREATE_ON_PUSH, Templates
from ecrmock.engine.world import World
from ecrmock.errors.base import ServiceError
from ecrmock.errors.common import MalformedHttpRequestException
from ecrmock.errors.ecr import RepositoryNotFoundException, ServerException
from ecrmock.gateway.authorize import authorize, denies
from ecrmock.gateway.call import Call
from ecrmock.gateway.record import Calls

T = TypeVar("T")
_log = logging.getLogger("ecrmock")


class Gate:
    """Admits calls to one world: check, authorize, run in a transaction, record (decisions 1).

    The door has identified the caller before it made the Call; faults will stand after authorization.
    """

    def __init__(self, world: World) -> None:
        """Guard a world."""
        self.world = world
        self.calls = Calls(world.settings.calls_kept, world.settings.calls_bytes)

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
        call.started, call.number = self.world.clock.now(), self.calls.number

        def numbered() -> T:
            done = work(call)
            call.sequence = self.calls.number()
            return done

        try:
            if check is not None:
                check(call)
            if call.begins_push:
                self._create_on_push(call)
            authorize(call)
            answer = work(call) if streams else self.world.transact(numbered)
        except ServiceError as error:
            self.calls.note(call, None, error)
            if error.hint:
                _log.warning("%s is refused: %s Hint: %s", call.action, error.message, error.hint)
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

    def _create_on_push(self, push: Call) -> None:
        """Before the first upload to a name that does not exist: a CreateRepository of its own, if a template says so.

        It is done and stays even where the push is refused then (observed: aws/containers-roadmap#853); only a Deny
        keeps it from being done. If it fails, the push fails as to any unknown repository (facts/automation 5.3).
        """
        (name,) = push.repositories
        templates = self.world.of(Templates, push.account, push.region)
        with self.world.lock:  # it goes over all templates, which others may change meanwhile
            if push.registry.find(name) is not None or templates.chosen(name, CREATE_ON_PUSH) is None:
                return
        call = replace(
            push,
            action="CreateRepository",
            request_id=self.world.ids.uuid(),
            parameters={"repositoryName": name},
            begins_push=False,
        )
        try:
            if denies(call, name):
                raise RepositoryNotFoundException(name, push.account)
            made = call.transact(lambda: templates.create(name, CREATE_ON_PUSH))
        except ServiceError as error:
            self.calls.note(call, None, error)
        else:
            self.calls.note(call, {"repository": {"repositoryName": name, "repositoryArn": made.arn}}, None)
