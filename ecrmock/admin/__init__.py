"""/_ecrmock: what is not AWS, for tests and tools that hold the world itself."""

from ecrmock.admin.routes import PREFIX, Host, answer, owns

__all__ = ["PREFIX", "Host", "answer", "owns"]
