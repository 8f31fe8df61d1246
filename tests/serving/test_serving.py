"""ecrmock.serving: every trap of decisions 4, against the real process."""

import contextlib
import hashlib
import json
import os
import select
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from constants import CONFIG, LAYER, signed
from images import descriptor, digest_of, image_of

pytestmark = pytest.mark.xdist_group("serving")


def gone(pid):
    """Whether a process ends within ten seconds."""
    for _ in range(200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def begun(server, location, login, length):
    """A PATCH of which the server has read the first four bytes: it said 100 Continue."""
    connection = server.patching(location, login, f"Content-Length: {length}\r\nExpect: 100-continue")
    assert connection.recv(100).startswith(b"HTTP/1.1 100")
    connection.sendall(b"some")
    return connection


def hung_upload(server):
    """A connection whose PATCH has begun and never ends."""
    return begun(server, *server.upload(), 1000)


# -- addresses


def test_two_lines_when_ready_and_a_url_file_that_goes_with_the_server(start):
    server = start("--host", "localhost")
    assert server.lines == [f"ecrmock listening on http://localhost:{server.port}", "Ready."]
    assert server.url_file.read_text() == f"http://localhost:{server.port}\n"
    assert server.request("GET", "/_ecrmock/health")[0] == 200
    server.process.terminate()
    assert server.process.wait(10) == 0
    assert not server.url_file.exists()


def test_a_second_server_on_the_same_port_is_told_so_in_one_line(start, server):
    second = start(port=server.port, wait=False)
    assert second.process.wait(20) == 3
    assert second.stderr().splitlines() == [
        f"ecrmock: port {server.port} on 127.0.0.1 is taken; choose another with --port, or --port 0"
    ]


@pytest.mark.parametrize("reuse", [False, True])
def test_a_port_held_by_another_program_is_told_so_in_one_line(start, reuse):
    with socket.socket() as other:
        if reuse:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        server = start(port=other.getsockname()[1], wait=False)
        assert server.process.wait(20) == 3
        assert len(server.stderr().splitlines()) == 1


def test_an_address_that_is_not_ours_is_told_so_in_one_line(start):
    server = start("--host", "192.0.2.1", wait=False)
    assert server.process.wait(20) == 1
    assert server.stderr().startswith("ecrmock: cannot listen on 192.0.2.1:0")
    assert len(server.stderr().splitlines()) == 1


def test_a_port_can_be_used_again_at_once(start):
    first = start()
    assert first.request("GET", "/v2/")[0] == 401
    first.process.terminate()
    first.process.wait(10)
    assert start(port=first.port).request("GET", "/_ecrmock/health")[0] == 200


# -- stopping


def test_sigterm_stops_in_spite_of_a_hung_upload(start):
    server = start()
    workers = server.workers()
    with hung_upload(server):
        server.process.terminate()
        server.process.wait(15)
    assert all(gone(pid) for pid in workers)


def test_sigterm_lets_running_calls_finish(start):
    server = start()
    location, login = server.upload()
    head = (
        f"PATCH {location} HTTP/1.1\r\nHost: x\r\nAuthorization: {login['Authorization']}\r\nContent-Length: 8\r\n\r\n"
    )
    with server.socket() as connection:
        connection.sendall(head.encode() + b"half")
        time.sleep(0.3)
        server.process.terminate()
        time.sleep(0.3)
        connection.sendall(b"half")
        assert connection.recv(100).startswith(b"HTTP/1.1 202")
    assert server.process.wait(15) == 0


def test_a_second_signal_stops_at_once(start):
    server = start()
    workers = server.workers()
    with hung_upload(server):
        server.process.terminate()
        time.sleep(0.2)
        server.process.terminate()
        server.process.wait(3)  # without the second signal it would wait for the upload longer than that
    assert all(gone(pid) for pid in workers)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_either_signal_ends_with_status_0(start, number):
    server = start()
    server.process.send_signal(number)
    assert server.process.wait(15) == 0
    assert server.stderr() == ""


def test_no_orphan_survives_a_kill_of_the_parent(start):
    server = start()
    workers = server.workers()
    assert len(workers) == 1
    server.process.kill()
    assert all(gone(pid) for pid in workers)
    assert start(port=server.port).request("GET", "/_ecrmock/health")[0] == 200


def test_a_dead_worker_ends_the_server(start):
    server = start()
    os.kill(server.workers()[0], signal.SIGKILL)
    assert server.process.wait(15) != 0


# -- bodies


def test_a_body_cut_off_before_its_length_keeps_nothing(server):
    location, login = server.upload()
    with server.patching(location, login, "Content-Length: 100", b"only this") as connection:
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1000)
    assert settled(server, location, login) == "0-0"


def settled(server, location, login):
    """The Range of an upload once nobody writes to it."""
    for _ in range(200):
        status, headers, _ = server.request("GET", location, None, login)
        assert status == 204
        if server.request("PATCH", location, b"", login)[0] == 202:
            return headers["Range"]
        time.sleep(0.01)
    raise AssertionError("the lease was never given back")


def test_a_chunked_body_cut_off_is_provisional_until_a_digest_proves_it(server):
    location, login = server.upload()
    with server.patching(location, login, "Transfer-Encoding: chunked", b"5\r\nhello\r\n5\r\nwo") as connection:
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1000)
    settled(server, location, login)
    wrong = digest_of(b"helloworld")
    assert server.request("PUT", f"{location}?digest={wrong}", None, login)[0] == 400
    assert server.request("HEAD", f"/v2/team/app/blobs/{wrong}", None, login)[0] == 404


@pytest.mark.parametrize(
    "body", [b"zz\r\nhello\r\n0\r\n\r\n", b"ffffffffffffffffff\r\nx\r\n", b"5\r\nhelloXX0\r\n\r\n"]
)
def test_a_malformed_chunked_body_is_no_crash(server, body):
    location, login = server.upload()
    with server.patching(location, login, "Transfer-Encoding: chunked\r\nConnection: close", body) as connection:
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(4000)
    assert b"<html" not in answer.lower()
    assert b"Traceback" not in answer
    assert server.request("GET", "/_ecrmock/health")[0] == 200


def test_an_api_body_cut_off_is_400(server):
    head = (
        "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AmazonEC2ContainerRegistry_V20150921.CreateRepository\r\n"
        f"Content-Type: application/x-amz-json-1.1\r\nAuthorization: {signed('test')}\r\nContent-Length: 100\r\n\r\n"
    )
    with server.socket() as connection:
        connection.sendall(head.encode() + b'{"repositoryName": "cut/off"}')
        connection.shutdown(socket.SHUT_WR)
        connection.recv(4000)
    assert server.api("DescribeRepositories")[1]["repositories"] == []


def test_an_early_refusal_reaches_a_client_that_waits_for_100_continue(server):
    with server.socket() as connection:
        head = b"PUT /v2/a/b/manifests/t HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head)
        assert connection.recv(100).startswith(b"HTTP/1.1 401")


def test_an_early_refusal_reaches_a_client_that_sends_anyway(server):
    status, _, body = server.request("PUT", "/v2/a/b/manifests/t", b"x" * 5_000_000, {})
    assert (status, body) == (401, b"Not Authorized\n")


def test_a_connection_stays_in_step_after_an_unread_body(server):
    with server.socket() as connection:
        put = b"PUT /v2/a/b/manifests/t HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
        connection.sendall(put)
        first = connection.recv(4000)
        assert first.startswith(b"HTTP/1.1 401")
        try:
            connection.sendall(b"GET /_ecrmock/health HTTP/1.1\r\nHost: x\r\n\r\n")
            second = connection.recv(4000)
        except ConnectionError:
            second = b""
    assert second == b"" or second.startswith(b"HTTP/1.1 200")


# -- what else a server may get wrong


def test_a_tls_client_on_the_plain_port_gets_a_readable_answer(server):
    inbound, outbound = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(inbound, outbound, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    with server.socket() as connection:
        connection.sendall(outbound.read())
        assert connection.recv(64).startswith(b"HTTP/1.")


def raw(server, text):
    with server.socket() as connection:
        connection.sendall(text.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        answer = b""
        while block := connection.recv(65536):
            answer += block
    return answer


@pytest.mark.parametrize(
    "text",
    [
        b"GET /v2/a%00b/tags/list HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v2/%ff%fe/tags/list HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v2/ HTTP/1.1\r\n\r\n",
        b"GET /v2/ HTTP/1.0\r\n\r\n",
        b"GET /v2/ HTTP/1.1\r\nHost: x\r\nAuthorization: Basic \xff\xfe\r\n\r\n",
        b"GET /v2/ HTTP/1.1\r\nHost: [::1\r\n\r\n",
        b"GET //v2/../..//etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
        b"FOO / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: \xff.\xfe\r\nContent-Length: 0\r\n\r\n",
        b"GET /_ecrmock/layers/x HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /_ecrmock/clock HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    ],
)
def test_hostile_requests_get_a_4xx_and_no_html(server, text):
    answer = raw(server, text)
    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), answer[:200]
    assert b"<html" not in answer.lower()
    assert b"Traceback" not in answer


def test_repeated_header_lines_are_joined(server):
    server.api("CreateRepository", repositoryName="a/b")
    answer = raw(
        server,
        b"GET /v2/ HTTP/1.1\r\nHost: x\r\nAccept: one\r\nAccept: two\r\n\r\n",
    )
    assert answer.count(b"date:") + answer.count(b"Date:") == 1


def test_head_has_the_length_and_no_body(server):
    digest = push_blob(server, b"twelve bytes")
    answer = raw(
        server,
        f"HEAD /v2/team/app/blobs/{digest} HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: {server.login()['Authorization']}\r\n\r\n".encode(),
    )
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-length: 12" in head.lower()
    assert body == b""


def push_blob(server, data, name="team/app"):
    location, login = server.upload(name)
    digest = digest_of(data)
    status, _, body = server.request("PUT", f"{location}?digest={digest}", data, login)
    assert status == 201, body
    return digest


def test_percent_escapes_in_a_path_are_decoded_once(server):
    digest = push_blob(server, b"x")
    path = f"/v2/team%2Fapp/blobs/{digest.replace(':', '%3A')}"
    assert server.request("GET", path, None, server.login())[2] == b"x"
    assert server.request("GET", path.replace("%3A", "%253A"), None, server.login())[0] in {400, 404}


def test_a_download_url_works_with_a_plain_get(server):
    digest = push_blob(server, b"layer bytes")
    manifest = image_of(descriptor(b"layer bytes", CONFIG), descriptor(b"layer bytes", LAYER))
    server.api("PutImage", repositoryName="team/app", imageManifest=json.dumps(manifest), imageTag="t")
    url = server.api("GetDownloadUrlForLayer", repositoryName="team/app", layerDigest=digest)[1]["downloadUrl"]
    host, _, path = url.removeprefix("http://").partition("/")
    assert host == f"127.0.0.1:{server.port}"
    assert server.request("GET", f"/{path}")[2] == b"layer bytes"
    assert server.request("GET", f"/{path}", None, {"Authorization": "Basic eDp5"})[2] == b"layer bytes"
    assert server.request("GET", f"/{path[:-1]}")[0] == 403
    server.request("POST", "/_ecrmock/clock", b'{"advance": "PT1H1S"}')
    assert b"Request has expired" in server.request("GET", f"/{path}")[2]


def test_api_calls_go_on_during_64_slow_uploads(server):
    uploads = []
    try:
        for number in range(64):
            location, login = server.upload(f"slow/a{number}")
            uploads.append(server.patching(location, login, "Content-Length: 1000", b"x"))
        assert server.api("DescribeRepositories", maxResults=1)[0] == 200
        assert server.request("GET", "/v2/", None, server.login())[0] == 200
        for connection in uploads:
            connection.sendall(b"x" * 999)
            assert connection.recv(100).startswith(b"HTTP/1.1 202")
    finally:
        for connection in uploads:
            connection.close()


def test_520_slow_clients_without_login_stop_nobody(server):
    """They had all threads, and no call was answered until they went."""
    head = b"PUT /v2/a/b/manifests/t HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.socket()) for _ in range(520)]
        for client in clients:
            client.sendall(head)
        assert server.api("DescribeRepositories", maxResults=1)[0] == 200
        assert server.request("GET", "/v2/", None, server.login())[0] == 200
        told = select.select(clients, [], [], 10)[0]
        assert told
        assert {client.recv(12) for client in told} == {b"HTTP/1.1 401"}


def test_sixteen_pushes_at_once_succeed(server):
    server.api("CreateRepository", repositoryName="team/many")
    login, failures = server.login(), []

    def push(number):
        data = bytes([number]) * 3_000_000
        digest = digest_of(data)
        _, headers, _ = server.request("POST", "/v2/team/many/blobs/uploads/", None, login)
        first = server.request("PATCH", headers["Location"], data, login)[0]
        last = server.request("PUT", f"{headers['Location']}?digest={digest}", None, login)[0]
        back = server.request("GET", f"/v2/team/many/blobs/{digest}", None, login)[2]
        if (first, last, back == data) != (202, 201, True):
            failures.append((first, last))

    threads = [threading.Thread(target=push, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_large_chunked_push_hardly_grows_the_server(start):
    server = start()
    location, login = server.upload()
    block, count = b"\x07" * 1_000_000, 200
    hasher = hashlib.sha256()
    server.request("PATCH", location, iter([block]), login)
    hasher.update(block)
    before = server.memory()
    server.request("PATCH", location, iter([block] * count), login)
    for _ in range(count):
        hasher.update(block)
    grown = server.memory() - before
    digest = f"sha256:{hasher.hexdigest()}"
    assert server.request("PUT", f"{location}?digest={digest}", None, login)[0] == 201
    assert grown <= 8 * 1024 * 1024


def test_reset_lets_an_upload_under_way_end_as_unknown(server):
    location, login = server.upload()
    head = (
        f"PATCH {location} HTTP/1.1\r\nHost: x\r\nAuthorization: {login['Authorization']}\r\nContent-Length: 8\r\n\r\n"
    )
    with server.socket() as connection:
        connection.sendall(head.encode() + b"half")
        time.sleep(0.1)
        server.request("POST", "/_ecrmock/reset")
        connection.sendall(b"half")
        connection.recv(100)
    assert server.request("GET", location, None, login)[0] == 401


def test_two_accounts_and_two_regions_never_see_each_other(server):
    for key in ("111122223333", "444455556666"):
        for region in ("us-east-1", "eu-west-1"):
            name = f"of/{key}-{region}"
            status, body = server.api("CreateRepository", key, region, repositoryName=name)
            assert status == 200
            assert body["repository"]["repositoryUri"].startswith(f"127.0.0.1:{server.port}/{key}.dkr.ecr.{region}/")
            seen = server.api("DescribeRepositories", key, region)[1]["repositories"]
            assert [row["repositoryName"] for row in seen] == [name]
    login = server.login("111122223333", "eu-west-1")
    assert server.request("GET", "/v2/of/111122223333-eu-west-1/tags/list", None, login)[0] == 200
    assert server.request("GET", "/v2/of/111122223333-us-east-1/tags/list", None, login)[0] == 404
    assert server.request("GET", "/v2/of/444455556666-eu-west-1/tags/list", None, login)[0] == 404
    foreign = "/v2/444455556666.dkr.ecr.eu-west-1/of/444455556666-eu-west-1/tags/list"
    assert server.request("GET", foreign, None, login)[0] == 403


# -- TLS


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_tls_with_the_local_authority_speaks_for_awss_names(start, tmp_path, monkeypatch, version):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    server = start("--tls", "auto", "--registry-host", "aws")
    assert server.lines[0] == f"ecrmock listening on https://localhost:{server.port}"
    context = ssl.create_default_context(cafile=tmp_path / "ecrmock" / "ca.pem")
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    for name in (
        "localhost",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com",
        "111122223333.dkr-ecr.eu-west-1.on.aws",
        "111122223333.dkr-ecr-fips.us-east-1.on.aws",
        "api.ecr.us-east-1.amazonaws.com",
        "ecr-fips.us-east-1.amazonaws.com",
    ):
        with server.socket() as plain, context.wrap_socket(plain, server_hostname=name) as connection:
            connection.sendall(f"GET /v2/ HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
            assert connection.recv(4000).startswith(b"HTTP/1.1 401")


# -- a light start


def test_nothing_heavy_is_loaded_for_the_first_answers(start):
    server = start(python=("-X", "importtime"))
    push_blob(server, b"x")
    assert server.api("DescribeRepositories")[0] == 200
    assert server.request("GET", "/_ecrmock/health")[0] == 200
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in server.stderr().splitlines()}
    assert "ecrmock" in loaded
    assert loaded.isdisjoint({"botocore", "flask", "werkzeug", "jsonschema", "xmltodict", "pytest", "yaml", "jinja2"})
    assert server.request("GET", "/no/such/page")[0] == 404
    assert "flask" in server.stderr()


def test_importing_the_package_loads_nothing():
    code = "import sys; import ecrmock; print(sorted(m for m in sys.modules if m.startswith(('ecrmock.', 'flask'))))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "['ecrmock._version']"


DEAF = """
from ecrmock import serving
from ecrmock.settings import Settings

serving._answers = lambda address: False
serving._PATIENCE = 0.2
serving.serve(Settings(), serving.Binding("127.0.0.1", 0), None, "error")
"""


def test_a_server_that_never_answers_is_given_up_and_says_so():
    """It stood there in silence, without a ready line and without a word."""
    ended = subprocess.run([sys.executable, "-c", DEAF], capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode != 0
    assert "does not answer on http://localhost:" in ended.stderr
    assert "Ready" not in ended.stdout
