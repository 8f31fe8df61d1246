"""ecrmock.testing.wrap: whatever a user's own code raises, and wherever, the mock around it is left."""

import asyncio
import contextlib
import unittest

import boto3
import pytest

from ecrmock import mock_ecr
from ecrmock.testing.intercept import interceptor

CLIENT = boto3.client("ecr", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
ERRORS = [
    ValueError,
    KeyboardInterrupt,
    SystemExit,
    asyncio.CancelledError,
    pytest.fail.Exception,
    pytest.skip.Exception,
]


def calls():
    """How many repositories the mock that is entered has; without one this would ask the network."""
    assert interceptor.active
    return len(CLIENT.describe_repositories()["repositories"])


def raised(error):
    assert calls() == 0
    raise error


# -- functions


def plain(error):
    @mock_ecr
    def inside():
        raised(error)

    inside()


def coroutine(error):
    @mock_ecr
    async def inside():
        await asyncio.sleep(0)
        raised(error)

    _run(inside())


def generator_first(error):
    @mock_ecr
    def inside():
        raised(error)
        yield

    next(inside())


def generator_later(error):
    @mock_ecr
    def inside():
        yield
        raised(error)

    list(inside())


def generator_thrown(error):
    @mock_ecr
    def inside():
        yield calls()

    running = inside()
    next(running)
    running.throw(error)


def async_generator(error):
    @mock_ecr
    async def inside():
        yield calls()
        raised(error)

    async def all_of_it():
        async for _ in inside():
            pass

    _run(all_of_it())


def async_generator_thrown(error):
    @mock_ecr
    async def inside():
        yield calls()

    async def threw():
        running = inside()
        await anext(running)
        await running.athrow(error)

    _run(threw())


def _run(coroutine):
    """Run without a loop, which has ideas of its own about Ctrl-C."""
    with contextlib.closing(coroutine):
        while True:
            coroutine.send(None)


FUNCTIONS = [
    plain,
    coroutine,
    generator_first,
    generator_later,
    generator_thrown,
    async_generator,
    async_generator_thrown,
]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("case", FUNCTIONS)
def test_a_function_that_raises_leaves_nothing(traces, case, error):
    before = traces()
    with pytest.raises(error):
        case(error)
    assert traces() == before


def test_a_generator_that_is_given_up_leaves_nothing_and_ends_inside(traces):
    ends = []

    @mock_ecr
    def inside():
        try:
            yield calls()
        finally:
            ends.append(calls())

    before, running = traces(), inside()
    assert next(running) == 0
    running.close()
    assert ends == [0]
    assert traces() == before


def test_an_async_generator_that_is_given_up_leaves_nothing_and_ends_inside(traces):
    ends = []

    @mock_ecr
    async def inside():
        try:
            yield calls()
        finally:
            ends.append(calls())

    async def given_up():
        running = inside()
        await anext(running)
        await running.aclose()

    before = traces()
    asyncio.run(given_up())
    assert ends == [0]
    assert traces() == before


def test_an_async_generator_is_sent_to_and_thrown_at_as_without_the_mock():
    async def plainly():
        got = []
        while len(got) < 3:
            try:
                got.append((yield len(got)))
            except KeyError as error:
                got.append(error.args[0])
        yield got

    async def asked(running):
        said = [await anext(running), await running.asend("one"), await running.athrow(KeyError("two"))]
        said.append(await running.asend("three"))
        with pytest.raises(StopAsyncIteration):
            await anext(running)
        return said

    expected = [0, 1, 2, ["one", "two", "three"]]
    assert asyncio.run(asked(plainly())) == expected
    assert asyncio.run(asked(mock_ecr(plainly)())) == expected


# -- classes of pytest

HEAD = """
import asyncio, os, pytest, unittest
from ecrmock import mock_ecr
from ecrmock.testing.intercept import interceptor

def raised(error):
    assert interceptor.active
    raise error
"""
AFTER = """
def test_after_{number}():
    assert not interceptor.active
"""
BODIES = {
    "setup_method": """
@mock_ecr
class TestCase{number}:
    def setup_method(self):
        raised({error})
    def test_one(self):
        pass
""",
    "setup_method with the method": """
@mock_ecr
class TestCase{number}:
    def setup_method(self, method):
        raised({error})
    def test_one(self):
        pass
""",
    "setup_method of a base": """
class Base{number}:
    def setup_method(self):
        raised({error})
@mock_ecr
class TestCase{number}(Base{number}):
    def test_one(self):
        pass
""",
    "teardown_method": """
@mock_ecr
class TestCase{number}:
    def teardown_method(self):
        raised({error})
    def test_one(self):
        assert interceptor.active
""",
    "the test": """
@mock_ecr
class TestCase{number}:
    def test_one(self):
        raised({error})
""",
    "a coroutine": """
@mock_ecr
class TestCase{number}:
    @pytest.mark.asyncio
    async def test_one(self):
        raised({error})
""",
    "a fixture": """
@mock_ecr
class TestCase{number}:
    @pytest.fixture(autouse=True)
    def fixture(self):
        raised({error})
    def test_one(self):
        pass
""",
    "a subclass with a set-up of its own": """
@mock_ecr
class Base{number}:
    def test_one(self):
        raised({error})
class TestCase{number}(Base{number}):
    def setup_method(self):
        pass
""",
    "setUpClass": """
@mock_ecr
class TestCase{number}(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raised({error})
    def test_one(self):
        pass
""",
    "setUp": """
@mock_ecr
class TestCase{number}(unittest.TestCase):
    def setUp(self):
        raised({error})
    def test_one(self):
        pass
""",
    "a test with the fixtures": """
@pytest.mark.ecrmock(region="eu-west-1")
def test_{number}(ecrmock_server, ecr):
    raised({error})
""",
    "a fixture that uses ours": """
@pytest.fixture
def later_{number}(ecrmock):
    raised({error})

def test_{number}(later_{number}):
    pass
""",
}
RAISED = [
    "ValueError",
    "SystemExit",
    "asyncio.CancelledError",
    "pytest.fail.Exception('f')",
    "pytest.skip.Exception('s')",
]
IN_TEAR_DOWN = ["ValueError", "pytest.fail.Exception('f')", "pytest.skip.Exception('s')"]
"""After others pytest does not go on."""


def test_whatever_is_raised_under_pytest_leaves_nothing(pytester, traces):
    before = traces()
    bodies = [
        body.format(number="{number}", error=error) + AFTER
        for name, body in BODIES.items()
        for error in (IN_TEAR_DOWN if name == "teardown_method" else RAISED)
    ]
    pytester.makepyfile(HEAD + "".join(body.format(number=number) for number, body in enumerate(bodies)))
    found = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-W", "ignore", "-q").parseoutcomes()
    assert found["passed"] == len(bodies) + len(IN_TEAR_DOWN)  # such a test has passed before
    assert found["failed"] + found["errors"] + found["skipped"] == len(bodies)
    assert traces() == before


def test_ctrl_c_in_a_set_up_under_pytest_leaves_nothing(pytester, traces):
    before = traces()
    pytester.makepyfile(HEAD + BODIES["setup_method"].format(number=1, error="KeyboardInterrupt"))
    pytester.inline_run("-p", "no:cacheprovider", "-W", "ignore", no_reraise_ctrlc=True)
    assert traces() == before


def test_a_set_up_without_its_tear_down_is_made_up_for_by_the_next(traces):
    @mock_ecr
    class Case:
        def test_one(self):
            return calls()

    before, case = traces(), Case()
    for _ in range(3):
        case.setup_method(case.test_one)
        assert case.test_one() == 0
    case.teardown_method(case.test_one)
    assert traces() == before


# -- classes of unittest


def set_up(error):
    class Case(unittest.TestCase):
        def setUp(self):
            raised(error)

        def test_one(self):
            """Never reached."""

    return Case


def tear_down(error):
    class Case(unittest.TestCase):
        def tearDown(self):
            raised(error)

        def test_one(self):
            calls()

    return Case


def async_set_up(error):
    class Case(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self):
            raised(error)

        async def test_one(self):
            """Never reached."""

    return Case


def set_up_class(error):
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            raised(error)

        def test_one(self):
            """Never reached."""

    return Case


def tear_down_class(error):
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            calls()

        @classmethod
        def tearDownClass(cls):
            raised(error)

        def test_one(self):
            calls()

    return Case


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("case", [set_up, tear_down, async_set_up, set_up_class])
def test_a_unittest_that_raises_leaves_nothing(traces, case, error):
    before = traces()
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(mock_ecr(case(error)))
    result = unittest.TestResult()
    with contextlib.suppress(error):
        suite.run(result)
        assert result.errors or result.failures or result.skipped
    assert traces() == before


def test_a_class_tear_down_that_raises_leaves_nothing(traces):
    before, result = traces(), unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(mock_ecr(tear_down_class(ValueError))).run(result)
    assert len(result.errors) == 1
    assert traces() == before


def test_a_unittest_that_is_debugged_runs_inside_too(traces):
    @mock_ecr
    class Case(unittest.TestCase):
        def test_one(self):
            self.number = calls()

    before, case = traces(), Case("test_one")
    case.debug()
    assert case.number == 0
    assert traces() == before
