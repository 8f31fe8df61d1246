"""/_ecrmock: what is not AWS, for tests and tools that hold the world itself."""

from ecrmock.admin.host import Host
from ecrmock.admin.routes import PREFIX, answer, owns, refuse

__all__ = ["PREFIX", "Host", "answer", "owns", "refuse"]
