"""ecrmock.gateway.origins: which page a browser may send requests for, and under which name of ours."""

import pytest

from ecrmock.gateway import origins
from ecrmock.gateway.origins import Origins
from ecrmock.settings import Settings

OPEN = Origins(
    Settings(allow_origins=("https://app.example:443/", "null"), allow_hosts=("mock.ci.example", "*.lab.example"))
)
CLOSED = Origins(Settings())


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:3000", "localhost:8327"),
        ("https://LOCALHOST", "127.0.0.1:8327"),
        ("http://app.localhost:3000", "localhost:8327"),
        ("http://127.0.0.1:3000", "localhost:8327"),
        ("http://127.1.2.3", "localhost:8327"),
        ("http://[::1]:3000", "[::1]:8327"),
        ("http://ecrmock:8327", "ecrmock:8327"),
        ("http://192.168.1.5:8327", "192.168.1.5:8327"),
        ("http://[fd00::5]:8327", "[fd00::5]:8327"),
        ("http://ecrmock", "ecrmock:80"),
        ("https://ecrmock:443", "ecrmock"),
        ("http://host.docker.internal:8327", "host.docker.internal:8327"),
        ("https://123456789012.dkr.ecr.us-east-1.amazonaws.com", "123456789012.dkr.ecr.us-east-1.amazonaws.com"),
    ],
)
def test_pages_of_this_machine_and_our_own(origin, host):
    assert CLOSED.fault(origin, host) is None


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("null", "localhost:8327"),
        ("https://evil.example", "localhost:8327"),
        ("http://evil.example:8327", "evil.example:8327"),
        ("http://evil.example.:8327", "evil.example.:8327"),
        ("http://127.0.0.1.evil.example", "localhost:8327"),
        ("http://127.evil.example", "localhost:8327"),
        ("http://localhost.evil.example", "localhost:8327"),
        ("http://evillocalhost", "localhost:8327"),
        ("http://localhost@evil.example", "localhost:8327"),
        ("http://amazonaws.com.evil.example", "amazonaws.com.evil.example"),
        ("https://bucket.s3.amazonaws.com", "localhost:8327"),
        ("http://ecrmock:8000", "ecrmock:8327"),
        ("http://ecrmock", "ecrmock:8327"),
        ("https://ecrmock:8327", "other:8327"),
        ("chrome-extension://localhost", "localhost:8327"),
        ("file://", "localhost:8327"),
        ("", "localhost:8327"),
        ("nonsense", "nonsense"),
    ],
)
def test_other_pages_are_refused(origin, host):
    assert f"another origin, {origin};" in CLOSED.fault(origin, host)
    assert "--allow-origin" in CLOSED.fault(origin, host)


def test_another_site_without_an_origin_is_refused():
    assert "another site" in CLOSED.fault(None, "localhost:8327")


@pytest.mark.parametrize(
    ("origin", "host", "let_in"),
    [
        ("https://app.example", "localhost:8327", True),
        ("https://App.example:443", "localhost:8327", True),
        ("null", "localhost:8327", True),
        ("https://app.example:8443", "localhost:8327", False),
        ("http://app.example", "localhost:8327", False),
        ("http://mock.ci.example:8327", "mock.ci.example:8327", True),
        ("http://a.b.lab.example:8327", "a.b.lab.example:8327", True),
        ("http://lab.example:8327", "lab.example:8327", False),
        ("http://evillab.example:8327", "evillab.example:8327", False),
    ],
)
def test_what_is_allowed(origin, host, let_in):
    assert (OPEN.fault(origin, host) is None) is let_in
    assert Origins(Settings(allow_origins=("*",))).fault(origin, host) is None


@pytest.mark.parametrize(
    ("host", "fine"),
    [
        ("", True),
        ("localhost", True),
        ("localhost.:8327", True),
        ("ecrmock:8327", True),
        ("x.localhost:8327", True),
        ("10.0.0.1", True),
        ("[fe80::1]:8327", True),
        ("api.ecr.us-east-1.amazonaws.com", True),
        ("123456789012.dkr-ecr.eu-west-1.on.aws:443", True),
        ("evil.example:8327", False),
        ("EVIL.example.", False),
        ("10.0.0.1.evil.example", False),
        ("on.aws.evil.example", False),
        ("mock.ci.example:1", False),
    ],
)
def test_hosts_that_somebody_may_own(host, fine):
    assert (CLOSED.host_fault(host) is None) is fine
    assert OPEN.host_fault("mock.ci.example:1") is None


@pytest.mark.parametrize(
    "options",
    [
        {"allow_origins": ("app.example",)},
        {"allow_origins": ("https://app.example/path",)},
        {"allow_origins": "https://app.example"},
        {"allow_hosts": ("http://mock.example",)},
        {"allow_hosts": ("mock.example:8327",)},
        {"allow_hosts": ("",)},
    ],
)
def test_nonsense_is_refused_at_the_start(options):
    with pytest.raises(ValueError, match=r"^allow_(origins|hosts) takes "):
        Settings(**options)


def test_a_preflight_echoes_header_names_and_nothing_else(asked):
    request = asked(method="OPTIONS", access_control_request_method="POST", access_control_request_headers="x-a, x-b")
    assert origins.is_preflight(request)
    assert not origins.is_preflight(asked(method="OPTIONS"))
    answer = origins.preflight(request, "http://localhost:1")
    assert answer.status == 204
    assert answer.header("Access-Control-Allow-Origin") == "http://localhost:1"
    assert answer.header("Access-Control-Allow-Headers") == "x-a, x-b"
    assert answer.header("Access-Control-Allow-Private-Network") is None
    strange = asked(
        method="OPTIONS", access_control_request_headers='a"b', access_control_request_private_network="true"
    )
    assert origins.preflight(strange, "null").header("Access-Control-Allow-Headers") == ""
    assert origins.preflight(strange, "null").header("Access-Control-Allow-Private-Network") == "true"
