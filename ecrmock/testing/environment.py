"""Which credentials does a client find while a mock is entered? Fake ones, and nothing that leads it elsewhere."""

import os
import threading

_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_SESSION_TOKEN": "testing"}
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
# what would lead a client elsewhere although it is created inside the mock
_ASIDE = ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECR")

Saved = dict[str, str | None]
"""Variables as they were before a mock changed them; None for those that were not set."""


class Environment:
    """The variables of this process, faked in layers: mocks may be left in another order than they were entered."""

    def __init__(self) -> None:
        """Have no layers."""
        self._lock = threading.RLock()  # a mock in a generator may be left by the garbage collector at any point
        self._layers: list[Saved] = []

    def fake(self, region: str) -> Saved:
        """Lay fake values over the variables, a region only where there is none; `restore` takes what this returns.

        Raises ValueError, and has changed nothing, for a region that no variable can hold.
        """
        with self._lock:
            fake = dict(_CREDENTIALS)
            if not any(name in os.environ for name in _REGIONS):
                fake["AWS_DEFAULT_REGION"] = region
            saved = {name: os.environ.get(name) for name in (*fake, *_ASIDE) if name in fake or name in os.environ}
            self._layers.append(saved)
            try:
                _put(dict.fromkeys(saved) | fake)
            except BaseException:
                self.restore(saved)
                raise
            return saved

    def restore(self, saved: Saved) -> None:
        """Take a layer away: the variables are as before it, or will be when the layer above it goes."""
        with self._lock:
            at = next(number for number, layer in enumerate(self._layers) if layer is saved)
            del self._layers[at]
            if at == len(self._layers):
                _put(saved)
            else:
                self._layers[at].update(saved)


def _put(values: Saved) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


environment = Environment()
"""The one of this process; EcrMock fakes it."""
