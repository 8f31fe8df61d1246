"""Which classes does a test meet through a mock? Their public names in one place; docs/versions.md lists them.

What they are made of stays inside: the world, the gateway and the domain may change between two versions.
"""

from ecrmock.domain.lifecycle.evaluate import Evaluation as LifecycleEvaluation
from ecrmock.domain.lifecycle.evaluate import Traced as LifecycleTrace
from ecrmock.engine.schedule import Job
from ecrmock.engine.world import World
from ecrmock.errors.base import ServiceError
from ecrmock.gateway.record import ActionCalled, Omitted
from ecrmock.testing.clock import MockClock
from ecrmock.testing.intercept import UnmockedServiceError
from ecrmock.testing.mock import EcrMock, mock_ecr
from ecrmock.testing.options import SettingsDict
from ecrmock.testing.plugin import marker

__all__ = [
    "ActionCalled",
    "EcrMock",
    "Job",
    "LifecycleEvaluation",
    "LifecycleTrace",
    "MockClock",
    "Omitted",
    "ServiceError",
    "SettingsDict",
    "UnmockedServiceError",
    "World",
    "marker",
    "mock_ecr",
]
