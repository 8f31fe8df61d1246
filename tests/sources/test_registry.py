"""ecrmock.sources.registry: challenges, redirects, TLS, patience, and bytes that end too early."""

import base64
import contextlib
import datetime as dt
import ipaddress
import re
import socket
import ssl
import threading
from email.utils import format_datetime

import pytest
import trustme
from constants import DOCKER_LIST
from images import digest_of
from upstream import Upstream

from ecrmock.domain.neighbours.secrets import Login
from ecrmock.domain.pull_through.upstreams import MissingError, RefusedError, Target, UpstreamAccess, UpstreamError
from ecrmock.sources import registry, watch, wire
from ecrmock.sources.challenges import Challenges
from ecrmock.sources.registry import RegistrySource

ANN = "Basic " + base64.b64encode(b"ann:s").decode()


@pytest.fixture
def upstream():
    running = Upstream()
    yield running
    running.stop()


@pytest.fixture
def second():
    running = Upstream()
    yield running
    running.stop()


@pytest.fixture
def open_source():
    """Opens a source, closed at the end."""
    with contextlib.ExitStack() as stack:

        def opened(url, login=None, ca=None, largest=1000, *, realms=(), seconds=60, host="quay.io"):  # noqa: PLR0913
            place = UpstreamAccess("quay", host, "123456789012", "us-east-1", login, None, ("mark",))
            source = RegistrySource(Target(url, ca, realms), place, largest, seconds)
            return stack.enter_context(contextlib.closing(source))

        yield opened


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """Seconds that were waited for; nobody really waits."""
    found = []
    monkeypatch.setattr(wire.time, "sleep", found.append)
    return found


@pytest.fixture
def quick(monkeypatch):
    """Ticks of a hundredth of a second."""
    monkeypatch.setattr(watch, "_TICK", 0.01)


def blob(source, data=b"layer of one", name="team/app"):
    return b"".join(source.blob(name, digest_of(data)))


def test_manifests_and_layers_as_they_are(upstream, open_source):
    there = upstream.push("team/app", "v1")
    source = open_source(upstream.url)
    found = source.manifest("team/app", "v1")
    assert found == (*upstream.manifests["team/app", "v1"], there["digest"])
    assert blob(source) == b"layer of one"
    (_, headers), *_ = upstream.asked
    assert headers["x-ecrmock-pulling"] == "mark"
    assert DOCKER_LIST in headers["accept"]
    for ask in (lambda: source.manifest("team/app", "v2"), lambda: source.blob("team/app", digest_of(b"?"))):
        with pytest.raises(MissingError):
            ask()


def test_an_address_may_have_a_path(upstream, open_source):
    upstream.push("mirror/hub/team/app", "v1")
    assert open_source(f"{upstream.url}/mirror/hub").manifest("team/app", "v1").data


def test_a_manifest_that_is_too_large_is_not_read_to_its_end(upstream, open_source):
    upstream.manifests["team/app", "v1"] = b"x" * 1001, "text/plain"
    with pytest.raises(UpstreamError, match="larger than 1000"):
        open_source(upstream.url).manifest("team/app", "v1")


# -- challenges


def guarded(upstream, challenge, wanted):
    """Let in who says this, to `/v2/`; anybody may ask for tokens."""

    def before(path, headers):
        if path.startswith("/v2/") and headers.get("authorization") != wanted:
            return 401, {"WWW-Authenticate": challenge}, b"{}"
        return None

    upstream.before = before


def test_a_basic_challenge_is_met_with_the_secret(upstream, open_source):
    upstream.push("team/app", "v1")
    guarded(upstream, 'Basic realm="x"', ANN)
    source = open_source(upstream.url, Login("ann", "s"))
    assert source.manifest("team/app", "v1").data
    assert blob(source) == b"layer of one"
    assert "authorization" not in upstream.asked[0][1]
    with pytest.raises(RefusedError, match="answers 401"):
        open_source(upstream.url, Login("ann", "wrong")).check()
    with pytest.raises(RefusedError, match="no secret"):
        open_source(upstream.url).check()


def tokens(upstream, second, realm="{url}/token", body=b'{"token": "T1"}', status=200):
    """`upstream` sends who has no token to `second`."""
    challenge = f'Bearer realm="{realm.format(url=second.url)}",service="reg, one",scope="repository:team/app:pull,x"'
    guarded(upstream, challenge, "Bearer T1")
    second.before = lambda _path, _headers: (status, {}, body)


@pytest.mark.parametrize("login", [None, Login("ann", "s")])
@pytest.mark.parametrize("word", ["token", "access_token"])
def test_a_bearer_challenge_is_met_with_a_token_of_its_realm(upstream, second, open_source, login, word):
    upstream.push("team/app", "v1")
    tokens(upstream, second, body=b'{"%s": "T1"}' % word.encode())
    source = open_source(upstream.url, login)
    assert source.manifest("team/app", "v1").data
    assert blob(source) == b"layer of one"
    ((path, headers),) = second.asked  # one token for one scope
    assert path == "/token?service=reg%2C+one&scope=repository%3Ateam%2Fapp%3Apull%2Cx"
    assert headers.get("authorization") == (ANN if login else None)
    assert [headers.get("authorization") for _, headers in upstream.asked] == [None, "Bearer T1", "Bearer T1"]


def test_several_challenges_in_one_answer_and_a_realm_with_a_query(upstream, second, open_source):
    challenge = f'Basic realm="x", Bearer realm="{second.url}/token?a=b",service=plain'
    guarded(upstream, challenge, "Bearer T1")
    second.before = lambda _path, _headers: (200, {}, b'{"token": "T1"}')
    open_source(upstream.url).check()
    assert second.paths() == ["/token?a=b&service=plain"]


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"status": 401}, RefusedError),
        ({"status": 403}, RefusedError),
        ({"status": 500}, UpstreamError),
        ({"body": b"nonsense"}, UpstreamError),
        ({"body": b"[]"}, UpstreamError),
        ({"body": b'{"token": 5}'}, UpstreamError),
        ({"body": b'{"token": "a\\nX: y"}'}, UpstreamError),
        ({"realm": "file:///etc/passwd"}, UpstreamError),
        ({"realm": ""}, UpstreamError),
        ({"realm": "http://[no"}, UpstreamError),
    ],
)
def test_a_token_that_does_not_come(upstream, second, open_source, how, error):
    tokens(upstream, second, **how)
    with pytest.raises(error):
        open_source(upstream.url, Login("ann", "s")).check()


@pytest.mark.parametrize("challenge", ["Negotiate", "", "Bearer", "Basic"])
def test_a_challenge_that_cannot_be_met(upstream, open_source, challenge):
    guarded(upstream, challenge, "never")
    with pytest.raises(UpstreamError):
        open_source(upstream.url).check()


# -- redirects


def test_a_redirect_to_another_host_carries_no_credentials(upstream, second, open_source):
    guarded(upstream, 'Basic realm="x"', ANN)
    inner = upstream.before
    moved = 307, {"Location": f"{second.url}/v2/team/app/blobs/{digest_of(b'data')}"}, b""
    upstream.before = lambda path, headers: inner(path, headers) or moved
    second.blob(b"data", "team/app")
    assert blob(open_source(upstream.url, Login("ann", "s")), b"data") == b"data"
    assert [headers.get("authorization") for _, headers in upstream.asked] == [None, ANN]
    assert ["authorization" in headers for _, headers in second.asked] == [False]


def test_a_stranger_that_asks_for_a_login_does_not_get_ours(upstream, second, open_source):
    upstream.before = lambda _path, _headers: (302, {"Location": f"{second.url}/v2/"}, b"")
    second.before = lambda _path, _headers: (401, {"WWW-Authenticate": f'Bearer realm="{second.url}/token"'}, b"")
    with pytest.raises(RefusedError, match="to which the upstream leads"):
        open_source(upstream.url, Login("ann", "s")).check()
    assert ["authorization" in headers for _, headers in second.asked] == [False]


def test_a_redirect_within_the_host_keeps_them_and_rounds_end(upstream, open_source):
    upstream.push("new/app", "v1")

    def before(path, headers):
        if headers.get("authorization") != ANN:
            return 401, {"WWW-Authenticate": 'Basic realm="x"'}, b""
        return (301, {"Location": path.replace("team", "new")}, b"") if "team" in path else None

    upstream.before = before
    source = open_source(upstream.url, Login("ann", "s"))
    assert source.manifest("team/app", "v1").data
    upstream.before = lambda path, _headers: (301, {"Location": path}, b"")
    with pytest.raises(UpstreamError, match="round and round"):
        source.manifest("team/app", "v1")


def test_a_redirect_to_what_is_no_address_leads_nowhere(upstream, open_source):
    upstream.before = lambda _path, _headers: (302, {"Location": "http://[no"}, b"")
    with pytest.raises(UpstreamError, match="no address"):
        open_source(upstream.url).manifest("team/app", "v1")


# -- TLS


@pytest.fixture
def secured(tmp_path):
    """An upstream with a certificate of an authority of its own, and that authority's file."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    running = Upstream(context)
    yield running, tmp_path / "ca.pem"
    running.stop()


def test_https_with_a_given_authority_and_never_without(secured, open_source):
    upstream, ca = secured
    upstream.push("team/app", "v1")
    assert open_source(upstream.url, ca=ca).manifest("team/app", "v1").data
    with pytest.raises(UpstreamError, match="unreachable"):
        open_source(upstream.url).check()


def test_https_never_leads_to_http(secured, second, open_source):
    upstream, ca = secured
    upstream.before = lambda _path, _headers: (302, {"Location": f"{second.url}/v2/"}, b"")
    with pytest.raises(UpstreamError, match="from https to http"):
        open_source(upstream.url, ca=ca).check()
    tokens(upstream, second)
    with pytest.raises(UpstreamError, match="in the clear"):
        open_source(upstream.url, Login("ann", "s"), ca).check()
    assert second.asked == []


# -- patience


@pytest.mark.parametrize(
    ("status", "more", "seconds"),
    [
        (429, {"Retry-After": "2"}, 2.0),
        (503, {"Retry-After": "1"}, 1.0),
        (429, {}, 0.5),
        (503, {"Retry-After": "soon"}, 0.5),
    ],
)
def test_a_busy_upstream_is_asked_again_when_it_says(upstream, open_source, waits, status, more, seconds):  # noqa: PLR0913, PLR0917
    upstream.push("team/app", "v1")
    upstream.before = lambda _path, _headers: (status, more, b"") if len(upstream.asked) < 3 else None
    assert open_source(upstream.url).manifest("team/app", "v1").data
    assert waits == [seconds, seconds]


def test_it_may_say_it_by_a_date(upstream, open_source, waits):
    def before(_path, _headers):
        later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=5)
        return (429, {"Retry-After": format_datetime(later, usegmt=True)}, b"") if len(upstream.asked) < 2 else None

    upstream.before = before
    open_source(upstream.url).check()
    assert waits in ([4.0], [5.0], [6.0])  # whole seconds, of two headers that are written one after the other


def test_patience_ends(upstream, open_source, waits):
    upstream.before = lambda _path, _headers: (429, {"Retry-After": "3600"}, b"")
    with pytest.raises(UpstreamError, match="429"):
        open_source(upstream.url).check()
    assert (waits, len(upstream.asked)) == ([], 1)
    upstream.before = lambda _path, _headers: (429, {"Retry-After": "1"}, b"")
    with pytest.raises(UpstreamError, match="429"):
        open_source(upstream.url).check()
    assert (waits, len(upstream.asked)) == ([1.0, 1.0], 4)


@pytest.mark.parametrize("status", [500, 502, 400])
def test_other_troubles_are_not_asked_about_again(upstream, open_source, status):
    upstream.before = lambda _path, _headers: (status, {"Retry-After": "0"}, b"")
    with pytest.raises(UpstreamError, match=str(status)):
        open_source(upstream.url).check()
    assert len(upstream.asked) == 1


# -- connections that end


def test_nobody_there(open_source):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(UpstreamError, match="unreachable"):
            open_source(f"http://127.0.0.1:{taken.getsockname()[1]}").check()


@pytest.mark.parametrize("said", [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", b"nonsense\r\n\r\n", b""])
def test_an_answer_that_breaks_off(open_source, said):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(said)

        thread = threading.Thread(target=serve)
        thread.start()
        source = open_source(f"http://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(UpstreamError):
            source.manifest("team/app", "v1")
        thread.join(5)


# -- upstreams that hold us


@pytest.fixture
def told():
    """A function that starts a server of one socket, which says this a piece at a time, then waits; its port."""
    with contextlib.ExitStack() as stack:
        gone = threading.Event()

        def start(head, drip=b""):
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def serve():
                with contextlib.suppress(OSError):
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(10_000)
                        connection.sendall(head)
                        while drip and not gone.wait(0.002):
                            connection.sendall(drip)
                        gone.wait(30)

            thread = threading.Thread(target=serve)
            thread.start()
            stack.callback(thread.join, 10)
            stack.callback(gone.set)
            return f"http://127.0.0.1:{server.getsockname()[1]}"

        yield start


DRIPS = {
    "no answer": (b"", b""),
    "a status line a byte at a time": (b"HTTP/1.1 200 ", b"O"),
    "headers a byte at a time": (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "endless headers": (b"HTTP/1.1 200 OK\r\n", b"a: b\r\n"),
    "a body a byte at a time": (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b"x"),
    "chunks of a byte": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "a body until the end": (b"HTTP/1.0 200 OK\r\n\r\n", b"x"),
    "a body of which nothing comes": (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b""),
}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("said", DRIPS.values(), ids=DRIPS)
def test_an_upstream_that_drips_is_given_up(open_source, told, said):
    """Each byte began the socket's time limit anew, so that it held a thread for as long as it liked."""
    with pytest.raises(UpstreamError, match=r"too slow|100 headers"):
        open_source(told(*said)).manifest("team/app", "v1")


@pytest.mark.usefixtures("quick")
def test_an_upstream_that_goes_on_for_ever_is_given_up(open_source, told):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"
    source = open_source(told(head, b"x" * watch.PORTION), seconds=0.3)
    with pytest.raises(UpstreamError, match=r"longer than the 0\.3 seconds of upstream_seconds"):
        for _ in source.blob("team/app", digest_of(b"")):
            pass


def test_time_that_we_take_ourselves_is_not_counted(upstream, open_source):
    upstream.push("team/app", "v1")
    source = open_source(upstream.url, seconds=3600)
    blocks = source.blob("team/app", digest_of(b"layer of one"))
    assert next(blocks) == b"layer of one"
    for _ in range(100):
        source._wire._watch.tick()
    assert list(blocks) == []
    assert source.manifest("team/app", "v1").data


def test_a_given_up_upstream_is_not_asked_again(upstream, open_source):
    source = open_source(upstream.url, seconds=1)
    source.check()
    source._wire._watch.tick()
    with pytest.raises(UpstreamError, match="upstream_seconds"):
        source.check()


# -- upstreams that lead us


LINK_LOCAL = ["169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "[::ffff:169.254.1.1]", "2852039166", "0xa9fea9fe"]


@pytest.mark.parametrize("host", LINK_LOCAL)
def test_nothing_leads_to_a_link_local_address(upstream, open_source, host):
    """There a cloud tells a machine its credentials."""
    told = f"leads to {host.strip('[]')}, a link-local address"
    with pytest.raises(UpstreamError, match=re.escape(told)):
        open_source(f"http://{host}").check()
    upstream.before = lambda _path, _headers: (302, {"Location": f"http://{host}/latest/meta-data/iam"}, b"")
    with pytest.raises(UpstreamError, match=re.escape(told)):
        open_source(upstream.url).check()
    guarded(upstream, f'Bearer realm="http://{host}/token"', "never")
    with pytest.raises(UpstreamError, match=re.escape(told)):
        open_source(upstream.url).check()


def test_a_name_that_leads_to_a_link_local_address_gets_no_request(upstream, open_source, monkeypatch):
    monkeypatch.setattr(watch, "_FORBIDDEN", (ipaddress.ip_network("127.0.0.0/8"),))
    with pytest.raises(UpstreamError, match="leads to localhost, a link-local address"):
        open_source(f"http://localhost:{upstream.port}").check()
    assert upstream.asked == []


@pytest.mark.parametrize(
    ("registry", "realm", "shown"),
    [
        ("quay.io", "quay.io", True),
        ("registry-1.docker.io", "auth.docker.io", True),
        ("registry.gitlab.com", "gitlab.com", True),
        ("mine.azurecr.io", "mine.azurecr.io", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("mine.azurecr.io", "yours.azurecr.io", False),
        ("registry-1.docker.io", "auth.docker.io.evil.example", False),
        ("quay.io", "io", False),
        ("1.0.0.1", "0.0.1", False),
        ("quay.io", "evil-quay.io", False),
        ("gitlab.com", "registry.gitlab.com", False),
        ("quay.io", "auth.docker.io", False),
        ("quay.io", "told.example", True),
    ],
)
def test_whose_realm_sees_the_login(registry, realm, shown):
    met = Challenges(None, Login("ann", "s"), ("told.example",))
    if shown:
        assert met._shown_to(f"https://{realm}:444/token", f"https://{registry}/v2/") == {"Authorization": ANN}
    else:
        with pytest.raises(RefusedError, match=f"wants its login sent to {realm}, another host.*,realm={realm} behind"):
            met._shown_to(f"https://{realm}/token", f"https://{registry}/v2/")


def test_a_login_goes_to_the_registrys_own_realm_unless_told(upstream, second, open_source):
    tokens(upstream, second, realm=f"http://localhost:{second.port}/token")
    with pytest.raises(RefusedError, match="another host"):
        open_source(upstream.url, Login("ann", "s")).check()
    assert second.asked == []
    open_source(upstream.url).check()
    assert "authorization" not in second.asked[0][1]
    open_source(upstream.url, Login("ann", "s"), realms=("localhost",)).check()
    assert second.asked[1][1]["authorization"] == ANN


@pytest.fixture
def away(monkeypatch):
    """Nobody is this machine."""
    monkeypatch.setattr(registry, "is_loopback", lambda _host: False)


@pytest.mark.usefixtures("away")
def test_a_stranger_is_not_told_what_is_being_fetched(upstream, open_source):
    upstream.push("team/app", "v1")
    assert open_source(upstream.url).manifest("team/app", "v1").data
    assert all("x-ecrmock-pulling" not in headers for _, headers in upstream.asked)
    assert upstream.paths() == ["/v2/", "/v2/team/app/manifests/v1"]


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize("status", [200, 401])
def test_another_ecrmock_is_told(upstream, open_source, status):
    upstream.push("team/app", "v1")
    upstream.before = lambda path, _headers: (status, {"X-Ecrmock": "1"}, b"") if path == "/v2/" else None
    source = open_source(upstream.url)
    assert source.manifest("team/app", "v1").data
    assert blob(source)
    assert [headers.get("x-ecrmock-pulling") for _, headers in upstream.asked] == [None, "mark", "mark"]


@pytest.mark.usefixtures("away")
def test_a_real_registry_is_not_even_asked_whether_it_is_one(upstream, open_source):
    upstream.before = lambda _path, _headers: (200, {"X-Ecrmock": "1"}, b"{}")
    open_source(upstream.url, host="127.0.0.1").check()
    assert ["x-ecrmock-pulling" in headers for _, headers in upstream.asked] == [False]


def test_where_we_are_led_is_not_told_either(upstream, second, open_source):
    second.push("team/app", "v1")
    upstream.before = lambda path, _headers: (307, {"Location": f"{second.url}{path}"}, b"")
    assert open_source(upstream.url).manifest("team/app", "v1").data
    assert ["x-ecrmock-pulling" in headers for _, headers in upstream.asked + second.asked] == [True, False]


@pytest.mark.parametrize("name", ["WWW-Authenticate", "Location", "Retry-After", "Docker-Content-Digest"])
def test_a_header_of_absurd_length_is_refused(upstream, open_source, name):
    status = {"Location": 302, "Retry-After": 429, "WWW-Authenticate": 401}.get(name, 200)
    upstream.before = lambda _path, _headers: (status, {name: "a" * 9000}, b"{}")
    with pytest.raises(UpstreamError, match=f"header {name} is longer than 8192 bytes"):
        open_source(upstream.url).manifest("team/app", "v1")
