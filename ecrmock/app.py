"""What puts a world, its reactions and the doors together? One WSGI front, and Flask behind it when asked for."""

import logging
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ecrmock import admin, sources
from ecrmock.base.web import Request, Response
from ecrmock.base.wsgi import StartResponse, Wsgi, request_of
from ecrmock.distribution import refusals, routes
from ecrmock.domain.images import images, uploads
from ecrmock.domain.lifecycle import policies
from ecrmock.domain.pull_through import checks
from ecrmock.domain.scanning import jobs as scan_jobs
from ecrmock.engine.world import World
from ecrmock.gateway import origins, urls
from ecrmock.gateway.gate import Gate
from ecrmock.protocols import json11, query, unsupported
from ecrmock.reactions import activate, backfill, collect, expire, follow, replicate, scan_on_push, sign
from ecrmock.services.ecr import ecr
from ecrmock.services.kms import kms
from ecrmock.services.secretsmanager import secretsmanager
from ecrmock.services.sts import sts
from ecrmock.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

ROOMS = (images, uploads, policies, checks)
"""What each room of the domain does when another tells of something; always attached."""
REACTIONS = (activate, backfill, collect, expire, follow, scan_on_push, sign, replicate)
"""What a world does by itself; leave one out and it no longer happens.

After a push it is scanned, then signed, then replicated (facts/automation 8).
"""

_log = logging.getLogger("ecrmock")
_STATUS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_NO_LENGTH = frozenset({204, 304})
_REFUSED = 400
_ELSEWHERE = "cross-site"
_READS = frozenset({"GET", "HEAD"})
_DRAINED = 2 * 1024**3
"""How much of a refused body is read away, so that a client that is still sending sees the refusal.

See facts/registry 3.2.
"""


def new_world(settings: Settings) -> World:
    """An empty world with its reactions and upstreams. Raises ValueError for an upstream that cannot be one."""
    world = World(settings)
    for each in (*ROOMS, *REACTIONS):
        each.attach(world)
    sources.attach(world)
    return world


def check(settings: Settings) -> None:
    """Raise ValueError for settings that cannot be: delays of no work, advisories that are none."""
    new_world(settings).schedule.check_delays()
    scan_jobs.advisories(settings)


class App:
    """The WSGI front (decisions 7): both doors and /_ecrmock without a framework, everything else to Flask."""

    def __init__(self, settings: Settings | None = None) -> None:
        """Make a world; the Flask application for other paths is built when one is first asked for."""
        self.settings = settings or Settings()
        if self.settings.delays or self.settings.advisories:
            check(self.settings)
        self.origins = origins.Origins(self.settings)
        self._fallback: Wsgi | None = None
        self._doors = {
            "AmazonEC2ContainerRegistry_V20150921": json11.JsonDoor(ecr),
            "TrentService": json11.JsonDoor(kms, neighbour=True),
            "secretsmanager": json11.JsonDoor(secretsmanager, neighbour=True),
        }
        self._forms = {"2011-06-15": query.QueryDoor(sts)}
        self.on_new_world: Callable[[World], object] = lambda _world: None
        """Told of each new world: `ecrmock serve` gives it a worker."""
        self._swap = threading.Lock()
        self.gate = Gate(new_world(self.settings))

    def reset(self) -> None:
        """Put an empty world in the place of the old one, clock included; calls under way finish in the old."""
        fresh = Gate(new_world(self.settings))
        with self._swap:  # of two resets at once each closes a world of its own
            old, self.gate = self.world, fresh
        self.on_new_world(fresh.world)
        old.close()

    @property
    def world(self) -> World:
        """The world of today."""
        return self.gate.world

    def fall_back_to(self, wsgi: Wsgi) -> None:
        """Let this application answer what no door owns."""
        self._fallback = wsgi

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one WSGI request."""
        request = request_of(environ)
        response = self.respond(request)
        if response is None:
            if self._fallback is None:
                self._fallback = flask_app(self)[1]
            return self._fallback(environ, start_response)
        headers = response.headers
        if response.status not in _NO_LENGTH and response.length is not None:
            headers.append(("Content-Length", str(response.length)))
        if response.status >= _REFUSED and not request.header("expect"):
            request.body.drain(_DRAINED)
        start_response(_STATUS[response.status], headers)
        if request.method == "HEAD":
            return iter(())  # granian counts the bytes of a list, but keeps our Content-Length beside an iterator
        return [response.body] if isinstance(response.body, bytes) else response.body

    def respond(self, request: Request) -> Response | None:
        """The answer of a door or an admin path; None for what is Flask's. Never raises."""
        origin = request.header("origin")
        if origin is not None or request.header("sec-fetch-site") == _ELSEWHERE:
            return self._browsed(request, origin)
        return self._entered(request)

    def _browsed(self, request: Request, origin: str | None) -> Response | None:
        """The answer to a browser that asks for a page, or for another site."""
        fault = self.origins.fault(origin, request.host)
        if fault is not None:
            return self._refused(request, fault)
        if origin is not None and origins.is_preflight(request):
            return origins.preflight(request, origin)
        response = self._entered(request)
        if response is not None and origin is not None:
            response.headers.extend(origins.permission(origin))
        return response

    def _refused(self, request: Request, fault: str) -> Response | None:
        """A refusal by the door that owns a request; a page may read, since no browser shows it what it read."""
        if request.method in _READS and request.path.startswith(("/v2", urls.PREFIX)):
            return self._entered(request)
        for door in DOORS:
            if door.owns(request):
                return door.refuse(self, fault)
        return _aws_refuse(self, fault) if origins.is_preflight(request) else None

    def _entered(self, request: Request) -> Response | None:
        for door in DOORS:
            if door.owns(request):
                try:
                    return door.answer(self, request)
                except Exception:  # noqa: BLE001 (no request may end in a trace)
                    _log.exception("%s %s failed", request.method, request.path)
                    return door.crash(self)
        return None

    def aws(self, request: Request) -> Response:
        """A request to an AWS API: by target (facts/api 1.2), or for a service that is not here."""
        gate = self.gate
        prefix, mark, operation = (request.header("x-amz-target") or "").rpartition(".")
        door = self._doors.get(prefix) if mark else None
        if door is not None:
            # JSON goes by POST, and a browser names its page with that; without it only the Host tells
            fault = None if request.method == "POST" else self.origins.host_fault(request.host)
            return _aws_refuse(self, fault) if fault else door.answer(gate, request, operation)
        form = query.form(request)
        service = self._forms.get(form.get("Version", ""))
        if service is not None:
            return service.answer(gate, request, form)
        return unsupported.answer(gate.world, request, form)


class Door(NamedTuple):
    """One way in: which requests are its own, who answers them, what is said where that breaks or may not be."""

    owns: Callable[[Request], bool]
    answer: Callable[[App, Request], Response]
    crash: Callable[[App], Response]
    refuse: Callable[[App, str], Response]


def _registry_crash(_front: App) -> Response:
    return refusals.refuse(500, "UNKNOWN", "unknown error")


def _registry_refuse(_front: App, fault: str) -> Response:
    return refusals.refuse(403, "DENIED", fault)


def _admin_refuse(_front: App, fault: str) -> Response:
    return admin.refuse(403, fault)


def _admin(application: App, request: Request) -> Response:
    fault = application.origins.host_fault(request.host)
    if fault is not None:
        return admin.refuse(403, fault)
    fault = origins.type_fault(request)
    return admin.refuse(415, fault) if fault else admin.answer(application, request)


def _aws_crash(application: App) -> Response:
    return json11.crash(application.world.ids.uuid())


def _aws_refuse(application: App, fault: str) -> Response:
    return json11.deny(fault, application.world.ids.uuid())


def _is_registry(request: Request) -> bool:
    return request.path.startswith("/v2/") or request.path == "/v2"


def _is_aws(request: Request) -> bool:
    """Whether a request speaks an AWS protocol: it has a target, is signed, or is a query form."""
    if request.header("x-amz-target") or (request.header("authorization") or "").startswith("AWS4-"):
        return True
    if "X-Amz-Credential=" in request.query_string or "Action=" in request.query_string:
        return True
    form = (request.header("content-type") or "").startswith("application/x-www-form-urlencoded")
    return form and request.method == "POST" and request.path == "/"


DOORS = (
    Door(_is_registry, lambda f, request: routes.answer(f.gate, request), _registry_crash, _registry_refuse),
    Door(
        lambda request: request.path.startswith(urls.PREFIX),
        lambda f, request: urls.download(f.world, request),
        _registry_crash,
        _registry_refuse,
    ),
    Door(lambda request: admin.owns(request.path), _admin, _registry_crash, _admin_refuse),
    Door(_is_aws, App.aws, _aws_crash, _aws_refuse),
)
"""Asked in this order; what none of them owns is Flask's."""


def flask_app(application: App) -> "tuple[Flask, Wsgi]":
    """The Flask application for everything that is no door, and its own WSGI callable."""
    import flask  # noqa: PLC0415 (0.2 s; built when a Flask route is asked for)
    from werkzeug.exceptions import HTTPException  # noqa: PLC0415 (as above)

    app = flask.Flask("ecrmock", static_folder=None)
    app.extensions["ecrmock"] = application

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> "flask.Response":
        # what SQS's framework, which ECR shares, answers without a target (facts/api 1.5); never HTML
        return flask.Response("<UnknownOperationException/>\n", error.code, content_type="application/xml")

    return app, cast("Wsgi", app.wsgi_app)


def create_app(settings: Settings | None = None) -> "Flask":
    """A real Flask application with ours before it: its test client reaches both doors and the admin paths.

    `app.extensions["ecrmock"]` is the App, whose `world` and `gate` tests may look at.
    """
    application = App(settings)
    app, inner = flask_app(application)
    application.fall_back_to(inner)
    app.wsgi_app = application  # type: ignore[method-assign]  # Flask's documented way to put middleware before it
    return app


__all__ = ["App", "check", "create_app", "new_world", "request_of"]
