"""What a browser sends for pages of others is refused at every door, and what it sends for ours works."""

import json

import pytest
from constants import signed

EVIL = "https://evil.example"
TARGET = "AmazonEC2ContainerRegistry_V20150921."


@pytest.fixture
def ask(server):
    """A function that sends a request with these headers; (status, headers, body)."""

    def send(method, path, body=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return server.request(method, path, body, named)

    return send


@pytest.fixture
def call(ask):
    """An API call with further headers; (status, body)."""

    def send(operation, method="POST", body=b"{}", **headers):
        told = {
            "X_Amz_Target": TARGET + operation,
            "Authorization": signed("test"),
            "Content_Type": "application/x-amz-json-1.1",
            **headers,
        }
        status, _, answer = ask(method, "/", body, **told)
        return status, json.loads(answer)

    return send


@pytest.mark.parametrize("headers", [{"Origin": EVIL}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}])
def test_another_page_does_nothing_at_any_door(server, ask, call, headers):
    server.api("CreateRepository", repositoryName="team/app")
    status, answer = call("DeleteRepository", body=b'{"repositoryName": "team/app"}', **headers)
    assert (status, answer["__type"]) == (403, "AccessDeniedException")
    assert "--allow-origin" in answer["Message"]
    status, _, body = ask("POST", "/v2/team/app/blobs/uploads/", **headers, **server.login())
    assert (status, json.loads(body)["errors"][0]["code"]) == (403, "DENIED")
    for method, path in (("POST", "reset"), ("POST", "clock"), ("GET", "clock"), ("DELETE", "scan-findings")):
        status, told, body = ask(method, f"/_ecrmock/{path}", b"", **headers)
        assert (status, list(json.loads(body))) == (403, ["error"])
        assert told["Access-Control-Allow-Origin"] is None
    assert ask("POST", "/moto-api/static/ecr/scan-results", b"{}", **headers)[0] in {403, 404}
    assert [row["repositoryName"] for row in server.api("DescribeRepositories")[1]["repositories"]] == ["team/app"]


def test_another_page_may_read_images_but_is_not_shown_them(server, ask):
    status, headers, _ = ask("GET", "/v2/", Origin=EVIL, **server.login())
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, None)


def test_a_name_made_to_lead_here_opens_nothing(ask, call):
    """DNS rebinding: the page's own name is our Host, so that the browser thinks it is at home."""
    here = {"Host": "evil.example:8327", "Origin": "http://evil.example:8327", "Sec_Fetch_Site": "same-origin"}
    assert call("DescribeRepositories", **here)[0] == 403
    silent = {"Host": "evil.example:8327"}
    assert call("DescribeRepositories", "GET", None, **silent)[0] == 403
    status, _, body = ask("GET", "/_ecrmock/clock", **silent)
    assert (status, "--allow-host evil.example" in json.loads(body)["error"]) == (403, True)


@pytest.mark.parametrize("host", ["localhost", "ecrmock:8327", "172.17.0.2:8327", "x.localhost", "sts.amazonaws.com"])
def test_names_that_are_ours_work_as_they_are(ask, call, host):
    assert ask("POST", "/_ecrmock/clock", b'{"freeze": true}', Host=host)[0] == 200
    own = {"Host": host, "Origin": f"http://{host}"}
    assert call("DescribeRepositories", **own)[0] == 200
    assert ask("POST", "/_ecrmock/clock", b'{"resume": true}', Content_Type="application/json", **own)[0] == 200


def test_an_api_of_ones_own_domain_needs_no_option(call):
    assert call("DescribeRepositories", Host="ecrmock.ci.svc.cluster.local:8327")[0] == 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "text/plain;x=yaml", "application/x-www-form-urlencoded; charset=utf-8"]
)
def test_a_body_that_any_page_may_send_is_not_read(ask, kind):
    status, _, body = ask("POST", "/_ecrmock/clock", b'{"advance": 60}', Content_Type=kind)
    assert (status, "Content-Type: application/json" in json.loads(body)["error"]) == (415, True)
    assert ask("POST", "/_ecrmock/reset", b"", Content_Type=kind)[0] == 200


def test_a_body_without_a_type_is_read_from_tools_only(ask):
    assert ask("POST", "/_ecrmock/clock", b'{"advance": 60}')[0] == 200
    assert ask("POST", "/_ecrmock/clock", b'{"advance": 60}', Origin="http://localhost:1")[0] == 415
    assert ask("POST", "/_ecrmock/clock", b'{"advance": 60}', Sec_Fetch_Site="same-origin")[0] == 415


def test_a_preflight_is_answered_for_pages_that_are_let_in(ask):
    wanted = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "authorization,x-amz-target"}
    for path in ("/", "/v2/a/blobs/uploads/", "/_ecrmock/clock"):
        status, headers, body = ask("OPTIONS", path, Origin="http://localhost:3000", **wanted)
        assert (status, body, headers["Access-Control-Allow-Origin"]) == (204, b"", "http://localhost:3000")
        assert headers["Access-Control-Allow-Headers"] == "authorization,x-amz-target"
        status, headers, _ = ask("OPTIONS", path, Origin=EVIL, **wanted)
        assert (status, headers["Access-Control-Allow-Origin"]) == (403, None)


def test_options_open_what_one_needs(start):
    server = start("--allow-origin", EVIL, "--allow-host", "mock.example")
    status, headers, _ = server.request("POST", "/_ecrmock/reset", None, {"Origin": EVIL, "Host": "mock.example"})
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, EVIL)
    assert server.request("GET", "/_ecrmock/clock", None, {"Host": "mock.example:8327"})[0] == 200
    assert server.request("POST", "/_ecrmock/reset", None, {"Origin": "https://other.example"})[0] == 403


def test_an_origin_that_is_none_is_told_at_the_start(start):
    server = start("--allow-origin", "evil.example", wait=False)
    assert server.process.wait(20) == 2
    assert "scheme://host[:port]" in server.stderr()
