"""How is a world told what scans find? Findings set, reports imported, answers queued as for moto.

See facts/automation 2.5.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ecrmock.admin.bodies import BadRequestError, document
from ecrmock.admin.host import Host
from ecrmock.base.web import Response
from ecrmock.domain import names
from ecrmock.domain.scanning import moto_queue
from ecrmock.errors.base import ServiceError
from ecrmock.errors.common import UnknownMemberException

if TYPE_CHECKING:
    from ecrmock.base.web import Request
    from ecrmock.domain.scanning.overrides import Selector
    from ecrmock.domain.scanning.sources import Imported, Sources
    from ecrmock.engine.world import World

T = TypeVar("T")
MOTO = "/moto-api/static/ecr/scan-finding-results"
_LARGEST = 64 * 1024 * 1024
_MOST_VALUES = 10_000_000


# -- what is done, for the paths below and in process; each raises ValueError for what makes no sense


def sources(world: "World") -> "Sources":
    """What this world was told."""
    from ecrmock.domain.scanning.sources import Sources  # noqa: PLC0415 (keeps the start light, as below)

    return Sources(world)


def selector(given: "dict[str, Any]") -> "Selector":
    """Which images are meant."""
    from ecrmock.domain.scanning import overrides as scan_entries  # noqa: PLC0415

    return scan_entries.selector(given)


def set_findings(world: "World", said: Any) -> int:
    """Set findings for images, from one entry or a list of them; how many entries."""
    from ecrmock.domain.scanning import overrides as scan_entries  # noqa: PLC0415

    read = scan_entries.entries(said, world.clock.now(), _check)

    def keep() -> None:
        for entry in read:
            sources(world).put(entry)

    world.transact(keep)
    return len(read)


def import_report(world: "World", said: Any, wanted: "Selector") -> "list[Imported]":
    """Keep what another scanner found; for the images that the selector takes, else for those the report names."""
    from ecrmock.domain.scanning import reports as scan_reports  # noqa: PLC0415
    from ecrmock.domain.scanning.overrides import OverrideError, Selector, plain  # noqa: PLC0415
    from ecrmock.domain.scanning.sources import Imported  # noqa: PLC0415

    now, made = world.clock.now(), []
    for report in scan_reports.read(plain(said, _MOST_VALUES)):
        for shape, given in (("ImageScanFinding", report.basic), ("EnhancedImageScanFinding", report.enhanced)):
            for each in given:
                _check(shape, each.body)
        if wanted == Selector() and not report.images and not report.layers:
            raise OverrideError("the report does not say of which image it is: give repository, tag or digest")
        basic, enhanced = report.basic or report.operating_system, report.enhanced or report.findings
        made.append(Imported(wanted, report.images, report.layers, basic, enhanced, now))

    def keep() -> None:
        for report in made:
            sources(world).add(report)

    world.transact(keep)
    return made


def queue(world: "World", said: Any) -> None:
    """Queue answers of DescribeImageScanFindings as moto does."""
    if not isinstance(said, dict):
        raise moto_queue.QueueError("give an object with results")
    account, region = said.get("account_id", world.settings.account), said.get("region", world.settings.region)
    if not isinstance(account, str) or not names.is_account(account) or not isinstance(region, str):
        raise moto_queue.QueueError("account_id is twelve digits and region a text")
    bodies = moto_queue.read(said.get("results"))
    world.transact(lambda: moto_queue.add(world, account, region, bodies))


def _check(shape: str, body: dict[str, Any]) -> None:
    """Refuse a finding that ECR's model does not know: clients would stumble over it."""
    from ecrmock.domain.scanning.overrides import OverrideError  # noqa: PLC0415
    from ecrmock.protocols.model import model  # noqa: PLC0415

    try:
        known = model("ecr").value(shape, body, "finding")
    except UnknownMemberException as error:
        member = error.path.removeprefix("finding.")
        raise OverrideError(f"ECR's model knows no {member} in a finding ({shape})") from None
    except ServiceError as error:
        raise OverrideError(f"a finding is not as in ECR's model: {error.message}") from None
    if strange := sorted(body.keys() - known.keys()):
        raise OverrideError(f"ECR's model knows no {', '.join(strange)} in a finding ({shape})")


# -- the paths


def post_findings(host: Host, request: "Request") -> dict[str, Any]:
    """Set findings."""
    return {"set": _understood(lambda: set_findings(host.world, document(request, _LARGEST)))}


def get_findings(host: Host, _request: "Request") -> dict[str, Any]:
    """What is set, in the order in which it was."""
    entries = host.world.transact(lambda: sources(host.world).entries())
    return {"entries": [entry.shown() for entry in entries]}


def delete_findings(host: Host, request: "Request") -> dict[str, Any]:
    """Clear what is set, all or with this selector."""
    wanted = _selector(request)
    return {"cleared": host.world.transact(lambda: sources(host.world).clear(wanted))}


def post_report(host: Host, request: "Request") -> dict[str, Any]:
    """Import a report."""
    wanted = _selector(request)
    made = _understood(lambda: import_report(host.world, document(request, _LARGEST), wanted))
    return {"imported": [_imported(each) for each in made]}


def get_reports(host: Host, _request: "Request") -> dict[str, Any]:
    """What was imported, in the order in which it was."""
    reports = host.world.transact(lambda: sources(host.world).reports())
    return {"reports": [_imported(each) for each in reports]}


def delete_reports(host: Host, request: "Request") -> dict[str, Any]:
    """Forget reports, all or those that were imported with this selector."""
    wanted = _selector(request)
    return {"cleared": host.world.transact(lambda: sources(host.world).clear_reports(wanted))}


def moto(host: Host, request: "Request") -> Response:
    """Moto's own path, answered as moto does: 201 without a body."""
    _understood(lambda: queue(host.world, document(request, _LARGEST)))
    return Response(201)


def _imported(report: "Imported") -> dict[str, Any]:
    return {**report.selector.shown(), "images": list(report.images), "findings": len(report.enhanced)}


def _selector(request: "Request") -> "Selector":
    from ecrmock.domain.scanning import overrides as scan_entries  # noqa: PLC0415

    given = {name: values[-1] for name, values in request.query.items()}
    if strange := sorted(given.keys() - set(scan_entries.SELECTS)):
        raise BadRequestError(f"there is no {', '.join(strange)}; there are {', '.join(scan_entries.SELECTS)}")
    return _understood(lambda: scan_entries.selector(given))


def _understood(work: Callable[[], T]) -> T:
    """What cannot be done is told in one sentence: a body without sense, an extra that is not installed."""
    try:
        return work()
    except (ValueError, ImportError) as error:
        raise BadRequestError(str(error)) from None
    except RecursionError:
        raise BadRequestError("the body is nested too deep") from None
