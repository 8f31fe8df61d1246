"""Is it up, empty it, move its clock, see and release what is due: the admin paths of a running ecrmock."""

import json
from collections.abc import Callable
from typing import Any

from ecrmock._version import __version__
from ecrmock.admin import scanning
from ecrmock.admin.bodies import BadRequestError, received
from ecrmock.admin.host import Host
from ecrmock.base.clock import duration, instant, iso
from ecrmock.base.extras import MissingExtraError
from ecrmock.base.web import Request, Response
from ecrmock.domain.lifecycle import runs
from ecrmock.domain.lifecycle.evaluate import Evaluation
from ecrmock.domain.registry.repositories import Repository
from ecrmock.domain.signing import signatures
from ecrmock.engine.schedule import Job
from ecrmock.engine.world import World
from ecrmock.errors.ecr import RepositoryNotFoundException

PREFIX = "/_ecrmock/"
MOTO_RESET = "/moto-api/reset"
_LARGEST = 1024 * 1024
_NEVER = "9999-12-31T23:59:59.999Z"


def owns(path: str) -> bool:
    """Whether this path is answered here: below /_ecrmock/, or one of moto's."""
    return path.startswith(PREFIX) or path in {scanning.MOTO, MOTO_RESET}


def answer(host: Host, request: Request) -> Response:
    """Answer one admin request in JSON."""
    methods = _ROUTES.get(request.path.removeprefix(PREFIX).rstrip("/"))
    if methods is None:
        return _json(404, {"error": f"no such admin path; there are {', '.join(sorted(_ROUTES))}"})
    work = methods.get(request.method)
    if work is None:
        refused = _json(405, {"error": f"{request.method} is not one of {', '.join(sorted(methods))}"})
        refused.headers.append(("Allow", ", ".join(sorted(methods))))
        return refused
    try:
        done = work(host, request)
        return done if isinstance(done, Response) else _json(200, done)
    except BadRequestError as error:
        return _json(400, {"error": str(error)})


def refuse(status: int, sentence: str) -> Response:
    """An error as admin paths tell it."""
    return _json(status, {"error": sentence})


def _health(_host: Host, _request: Request) -> dict[str, Any]:
    return {"status": "ok", "version": __version__}


def _reset(host: Host, _request: Request) -> dict[str, Any]:
    host.reset()
    return {"status": "ok"}


def _clock(host: Host, _request: Request) -> dict[str, Any]:
    return _time(host.world, [])


def _set_clock(host: Host, request: Request) -> dict[str, Any]:
    """One of freeze, resume, travel, advance; answers when all that fell due is done."""
    body = _body(request)
    if len(body) != 1 or (word := next(iter(body))) not in _WORDS:
        raise BadRequestError("give one of freeze, resume, travel, advance")
    try:
        done = _WORDS[word](host.world, body[word])
    except (ValueError, OverflowError, OSError) as error:
        raise BadRequestError(str(error)) from error
    return _time(host.world, done)


def _freeze(world: World, value: Any) -> list[Job]:
    return world.freeze(None if value is True else _moment(value))


def _resume(world: World, value: Any) -> list[Job]:
    if value is not True:
        raise BadRequestError("resume takes true")
    return world.resume()


def _travel(world: World, value: Any) -> list[Job]:
    return world.travel(_moment(value))


def _advance(world: World, value: Any) -> list[Job]:
    if isinstance(value, str):
        seconds = duration(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value)
    else:
        raise BadRequestError("advance takes seconds or an ISO 8601 duration")
    iso(world.clock.now() + seconds)
    return world.advance(seconds)


_WORDS: dict[str, Callable[[World, Any], list[Job]]] = {
    "freeze": _freeze,
    "resume": _resume,
    "travel": _travel,
    "advance": _advance,
}


def _moment(value: Any) -> float:
    """A time as ISO 8601 or seconds since 1970, one that can be printed."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadRequestError("a time is ISO 8601 text or seconds since 1970")
    moment = instant(value) if isinstance(value, str) else float(value)
    iso(moment)
    return moment


def _time(world: World, done: list[Job]) -> dict[str, Any]:
    rows = [_row(row) for row in done]
    return {"now": iso(world.clock.now()), "frozen": world.clock.frozen, "done": rows}


def _row(row: Job) -> dict[str, Any]:
    shown = {"when": _printed(row.when), "kind": row.kind, "subject": list(row.subject)}
    return shown if row.error is None else {**shown, "error": row.error}


def _printed(when: float) -> str:
    """A time; what a delay puts off beyond the last year that can be printed is due at its end."""
    try:
        return iso(when)
    except (ValueError, OverflowError, OSError):
        return _NEVER


def _due(host: Host, _request: Request) -> dict[str, Any]:
    """What is still to be done, what waits for its release, and what failed."""
    schedule = host.world.schedule
    with host.world.lock:
        waiting = [{**_row(job), "held": schedule.is_paused(job)} for job in schedule.pending()]
        return {"waiting": waiting, "failed": [_row(job) for job in schedule.failed()]}


def _release(host: Host, request: Request) -> dict[str, Any]:
    """Let held work be done, all of it or of one kind."""
    body = _body(request)
    kind = body.get("release")
    if set(body) != {"release"} or (kind is not True and not isinstance(kind, str)):
        raise BadRequestError('give {"release": true}, or {"release": KIND}')
    try:
        done = host.world.release(None if kind is True else kind)
    except ValueError as error:
        raise BadRequestError(str(error)) from error
    return _time(host.world, done)


def _run_lifecycle(host: Host, request: Request) -> dict[str, Any]:
    """Let lifecycle policies act at once; answers with what each did and why."""
    return _lifecycle(runs.run_now, host.world, _body(request))


def _trace_lifecycle(host: Host, request: Request) -> dict[str, Any]:
    """What lifecycle policies would do now, and why."""
    return _lifecycle(runs.trace, host.world, {name: values[-1] for name, values in request.query.items()})


def _lifecycle(work: Callable[..., Any], world: World, chosen: dict[str, Any]) -> dict[str, Any]:
    strange = chosen.keys() - {"repository", "account", "region"}
    if strange or not all(isinstance(value, str) for value in chosen.values()):
        raise BadRequestError("give repository, account, region, or none of them, as text")
    try:
        found = work(world, **chosen)
    except RepositoryNotFoundException as error:
        raise BadRequestError(error.message) from None
    return {"repositories": [_evaluated(repository, evaluation) for repository, evaluation in found]}


def _evaluated(repository: Repository, evaluation: Evaluation) -> dict[str, Any]:
    rows = [
        {
            "imageDigest": row.image.digest,
            "imageTags": list(row.image.tags),
            "imagePushedAt": iso(row.image.pushed_at),
            "seenBy": row.seen,
            "metBy": row.met,
            "takenBy": row.took,
            "heldBy": row.held,
            "outcome": row.outcome,
            "reason": row.reason,
        }
        for row in evaluation.trace()
    ]
    return {
        "registryId": repository.registry_id,
        "region": repository.region,
        "repositoryName": repository.name,
        "images": rows,
        "referrers": [act.image.digest for act in evaluation.followers],
    }


def _signing_certificates(host: Host, request: Request) -> dict[str, Any]:
    """The certificates with which signatures verify: of one signing profile, or of all that are known."""
    world, asked = host.world, request.query
    if asked.keys() - {"profile"}:
        raise BadRequestError("give profile, or nothing")
    profiles = asked.get("profile") or world.transact(lambda: signatures.known_profiles(world))
    try:
        signers = [(profile, signatures.signer(world, profile)) for profile in profiles]
    except (ValueError, MissingExtraError) as error:
        raise BadRequestError(str(error)) from error
    rows = [{"signingProfileArn": profile, "root": each.root, "chain": each.chain} for profile, each in signers]
    return {"profiles": rows}


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(received(request, _LARGEST) or b"{}")
    except (ValueError, RecursionError):
        raise BadRequestError("the body is not JSON") from None
    if not isinstance(body, dict):
        raise BadRequestError("the body is not a JSON object")
    return body


def _json(status: int, body: dict[str, Any]) -> Response:
    return Response(status, json.dumps(body).encode(), [("Content-Type", "application/json")])


_ROUTES: dict[str, dict[str, Callable[[Host, Request], dict[str, Any] | Response]]] = {
    "health": {"GET": _health, "HEAD": _health},
    "reset": {"POST": _reset},
    "lifecycle": {"GET": _trace_lifecycle, "POST": _run_lifecycle},
    "due": {"GET": _due, "POST": _release},
    "clock": {"GET": _clock, "POST": _set_clock},
    "signing-certificates": {"GET": _signing_certificates},
    "scan-findings": {
        "GET": scanning.get_findings,
        "POST": scanning.post_findings,
        "DELETE": scanning.delete_findings,
    },
    "scan-reports": {"GET": scanning.get_reports, "POST": scanning.post_report, "DELETE": scanning.delete_reports},
    scanning.MOTO: {"POST": scanning.moto},
    MOTO_RESET: {"POST": _reset},
}
