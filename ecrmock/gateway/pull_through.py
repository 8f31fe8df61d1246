"""What does a pull ask of the cache rules? The same for both doors."""

from typing import TYPE_CHECKING

from ecrmock.domain.pull_through.decide import Asking, PullThrough
from ecrmock.gateway.authorize import permits

if TYPE_CHECKING:
    from ecrmock.domain.images.image import Failure, ImageId
    from ecrmock.gateway.call import Call


def prepare(call: "Call", name: str, wanted: "ImageId") -> "Failure | None":
    """Have the upstream's image here before it is pulled. See `PullThrough.prepare`."""
    asking = Asking(lambda action: permits(call, action, name), call.outcomes, call.chain)
    return call.world.of(PullThrough, call.account, call.region).prepare(name, wanted, asking)
