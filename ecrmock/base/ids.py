"""Where do random names and secrets come from? Seedable, so that a test can have the same ones twice."""

import itertools
import os
import random


class Ids:
    """Request ids, uuids, secrets and a rising number."""

    __slots__ = ("_bytes", "_sequence")

    def __init__(self, seed: str | None = None) -> None:
        """Take bytes from the operating system, or repeatable ones from a seed."""
        self._bytes = os.urandom if seed is None else random.Random(seed).randbytes  # noqa: S311 (seeded on request)
        self._sequence = itertools.count(1)

    def uuid(self) -> str:
        """A version 4 UUID in lower case."""
        text = self._bytes(16).hex()
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[int(text[16], 16) & 3]}{text[17:20]}-{text[20:]}"

    def secret(self, size: int = 32) -> bytes:
        """Random bytes for keys."""
        return self._bytes(size)

    def sequence(self) -> int:
        """A number larger than all before; orders pushes and jobs made in the same millisecond."""
        return next(self._sequence)
