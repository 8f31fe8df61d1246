"""The pytest fixtures and their marker, there on install; nothing else is imported until one is used."""

from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import Unpack

    from ecrmock.testing.mock import EcrMock
    from ecrmock.testing.options import SettingsDict


def marker(
    *,
    passthrough: "bool | Collection[str]" = False,
    isolated: bool = False,
    unmocked: "Literal['refuse', 'raise']" = "refuse",
    layer_urls: "Literal['local', 'aws']" = "local",
    **options: "Unpack[SettingsDict]",
) -> pytest.MarkDecorator:
    """`pytest.mark.ecrmock(...)` whose options a type checker knows, and which refuses a wrong one at once.

    Raises TypeError for a name that is no option, ValueError for a word that is none of an option's words.
    """
    from ecrmock.testing.mock import EcrMock  # noqa: PLC0415 (a plugin costs nothing where it is not used)

    own = {"passthrough": passthrough, "isolated": isolated, "unmocked": unmocked, "layer_urls": layer_urls}
    EcrMock(passthrough=passthrough, isolated=isolated, unmocked=unmocked, layer_urls=layer_urls, **options)
    return pytest.mark.ecrmock(**own, **options)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", 'ecrmock(**options): options of the ecrmock fixtures, e.g. region="eu-west-1"')


@pytest.fixture
def ecrmock(request: pytest.FixtureRequest) -> "Iterator[EcrMock]":
    """An empty world that answers ECR in process: `.world`, `.clock`, `.calls`, `.reset()`."""
    with _mock(request) as mock:
        yield mock


@pytest.fixture(scope="module")
def ecrmock_module(request: pytest.FixtureRequest) -> "Iterator[EcrMock]":
    """The same for all tests of a module; the fixtures of a test then join this world."""
    with _mock(request) as mock:
        yield mock


@pytest.fixture(scope="session")
def ecrmock_session(request: pytest.FixtureRequest) -> "Iterator[EcrMock]":
    """The same for all tests."""
    with _mock(request) as mock:
        yield mock


@pytest.fixture
def ecr(ecrmock: "EcrMock") -> Any:
    """An ECR client on that world, of the class that boto3 gives."""
    return _client("ecr", ecrmock)


@pytest.fixture
def ecr_public(ecrmock: "EcrMock") -> Any:
    """An ECR Public client: refused until ECR Public exists here."""
    _ = ecrmock
    pytest.fail("the fixture ecr_public: ecrmock does not answer ECR Public yet (README, chapter Coverage)")


@pytest.fixture
def ecrmock_server(request: pytest.FixtureRequest) -> "Iterator[EcrMock]":
    """The same with a loopback socket: `.url` for the API and other processes, `.registry_host` for docker."""
    with _mock(request, server=True) as mock:
        yield mock


def _mock(request: pytest.FixtureRequest, **more: Any) -> "EcrMock":
    from ecrmock.testing.mock import EcrMock  # noqa: PLC0415 (a plugin costs nothing where it is not used)

    mark = request.node.get_closest_marker("ecrmock")
    if mark is not None and mark.args:
        pytest.fail(f"the marker ecrmock takes its options by name, not {mark.args[0]!r}")
    return EcrMock(**{**(mark.kwargs if mark else {}), **more})


def _client(service: str, mock: "EcrMock") -> Any:
    import botocore.session  # noqa: PLC0415 (as above)

    from ecrmock.settings import Settings  # noqa: PLC0415 (as above)

    session, region = botocore.session.Session(), mock.world.settings.region
    if region == Settings().region:  # nobody chose one for this test
        region = session.get_config_variable("region") or region
    return session.create_client(service, region_name=region)
