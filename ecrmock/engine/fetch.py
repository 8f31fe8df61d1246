"""How does an operation ask for what no transaction may wait for?"""

from collections.abc import Callable


class Fetch(Exception):  # noqa: N818 (not an error: a request for something)
    """An operation needs something from outside first: roll back, run the job without the lock, run it again.

    `key` names what is fetched, so that it is fetched once however many ask.
    """

    def __init__(
        self, key: tuple[str, ...], job: Callable[[], None], on_end: Callable[[Exception | None], None] | None = None
    ) -> None:
        """Ask for a job; it stores its result in a transaction of its own.

        `on_end` of each who asked is called with how the one job ended, before the operation runs again; it may raise
        what it is given. Without it an error ends the call whose job it was, and the others try for themselves.
        """
        super().__init__(key)
        self.key = key
        self.job = job
        self.on_end = on_end
