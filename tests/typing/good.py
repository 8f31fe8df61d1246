# pyright: strict
"""What type checkers must accept, with the types they must see."""

import unittest
from collections.abc import AsyncIterator, Iterator
from typing import assert_type

from ecrmock import EcrMock, mock_ecr
from ecrmock.settings import Settings
from ecrmock.testing import (
    ActionCalled,
    Job,
    LifecycleEvaluation,
    LifecycleTrace,
    MockClock,
    ServiceError,
    SettingsDict,
    World,
    marker,
)


@mock_ecr
def bare(number: int) -> str:
    return str(number)


@mock_ecr()
def in_brackets(number: int) -> str:
    return str(number)


@mock_ecr(lenient=True, auth="sigv4", credentials={"key": "secret"}, delays={"restore-image": 60}, server=True)
def with_options(number: int) -> str:
    return str(number)


assert_type(bare(1), str)
assert_type(in_brackets(1), str)
assert_type(with_options(number=1), str)


@mock_ecr
async def coroutine(number: int) -> str:
    return str(number)


@mock_ecr(seed="x")
async def coroutine_in_brackets(number: int) -> str:
    return str(number)


async def awaited() -> None:
    assert_type(await coroutine(1), str)
    assert_type(await coroutine_in_brackets(1), str)
    assert_type(await AsyncCase().value(), int)


@mock_ecr
def generator() -> Iterator[int]:
    yield 1


@mock_ecr(passthrough=["sts"])
async def async_generator() -> AsyncIterator[int]:
    yield 1


assert_type(generator(), Iterator[int])
assert_type(async_generator(), AsyncIterator[int])


@mock_ecr
class Plain:
    def test_it(self) -> int:
        return 1


@mock_ecr(quota_images=3, quota_templates=None, upload_hours=0.5)
class PlainInBrackets:
    def test_it(self) -> int:
        return 1


@mock_ecr
class Case(unittest.TestCase):
    def value(self) -> int:
        return 1


@mock_ecr(advisories="sample")
class CaseInBrackets(unittest.TestCase):
    def value(self) -> int:
        return 1


@mock_ecr
class AsyncCase(unittest.IsolatedAsyncioTestCase):
    async def value(self) -> int:
        return 1


assert_type(Plain().test_it(), int)
assert_type(PlainInBrackets().test_it(), int)
assert_type(Case, type[Case])
assert_type(Case().value(), int)
assert_type(CaseInBrackets().value(), int)


def a_context_manager() -> None:
    with mock_ecr(region="eu-west-1") as mock:
        assert_type(mock, EcrMock)
        assert_type(mock.calls, list[ActionCalled])
        assert_type(mock.calls[-1].action, str)
        assert_type(mock.calls[-1].error, ServiceError | None)
        assert_type(mock.release("restore-image"), list[Job])
        assert_type(mock.run_lifecycle(), dict[str, LifecycleEvaluation])
        assert_type(mock.run_lifecycle("team/app")["arn"].trace(), list[LifecycleTrace])
        assert_type(mock.clock, MockClock)
        assert_type(mock.clock.advance(days=1), list[Job])
        assert_type(mock.world, World)
        assert_type(mock.world.settings, Settings)
        assert_type(mock.url, str)
        assert_type(mock.again(), EcrMock)


async def an_async_context_manager() -> None:
    async with EcrMock(upstreams=(("quay", "internet"),)) as mock:
        assert_type(mock, EcrMock)


def options_kept_aside() -> EcrMock:
    options: SettingsDict = {"account": "111122223333", "iam": "off"}
    return mock_ecr(passthrough=True, **options)


@marker(account="111122223333", passthrough=["sts"])
def test_marked(ecrmock: EcrMock) -> None:
    assert_type(ecrmock.calls, list[ActionCalled])
