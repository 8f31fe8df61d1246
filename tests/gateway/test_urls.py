"""ecrmock.gateway.urls: layer download URLs, and what a plain GET of one brings."""

from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET

import pytest
from images import digest_of

from ecrmock.base.blobs import Content
from ecrmock.domain.images.layers import Layers
from ecrmock.gateway import urls

DATA = b"0123456789"
DIGEST = digest_of(DATA)


@pytest.fixture
def layer(gate, make_call):
    content, call = Content(len(DATA), DATA, None), make_call(gate)
    return gate.world.transact(lambda: call.repository("team/app").of(Layers).store(content, DIGEST[7:], None)[0])


@pytest.fixture
def url(gate, make_call, layer):
    """A function that makes the URL as a client under this host sees it."""

    def make(host="localhost:8327", scheme="http"):
        call = make_call(gate, host=host, scheme=scheme)
        return urls.layer_url(call, call.repository("team/app"), layer)

    return make


@pytest.fixture
def get(gate, asked):
    """A function that gets a URL as the application does."""

    def fetch(url, method="GET", query=None, **headers):
        parts = urlsplit(url)
        request = asked(parts.query if query is None else query, method, unquote(parts.path), **headers)
        return urls.download(gate.world, request)

    return fetch


def sent(response):
    return response.body if isinstance(response.body, bytes) else b"".join(response.body)


def code(response):
    assert response.header("content-type") == "application/xml"
    return response.status, ET.fromstring(response.body).findtext("Code")


def test_a_url_names_the_server_as_the_client_reached_it(url):
    assert urlsplit(url("localhost:8327")).netloc == "localhost:8327"
    assert url("example:1", "https").startswith("https://example:1/_ecrmock/layers/")


@pytest.mark.parametrize("host", ["", "api.ecr.us-east-1.amazonaws.com"])
def test_in_process_it_has_the_form_of_the_real_bucket(url, host):
    parts = urlsplit(url(host))
    assert (parts.scheme, parts.netloc) == ("https", "prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com")


def test_a_url_looks_presigned(url):
    query = parse_qs(urlsplit(url()).query)
    assert query["X-Amz-Expires"] == ["3600"]
    assert query["X-Amz-Date"] == ["20231114T221320Z"]
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert len(query["X-Amz-Signature"][0]) == 64


def test_anyone_may_get_it(url, get):
    response = get(url())
    assert (response.status, sent(response), response.length) == (200, DATA, 10)
    assert response.header("content-type") == "application/octet-stream"


def test_a_further_credential_is_ignored(url, get):
    assert get(url(), authorization="Basic nonsense").status == 200


def test_head_and_ranges(url, get):
    assert (get(url(), "HEAD").status, get(url(), "HEAD").length) == (200, 10)
    part = get(url(), range="bytes=2-4")
    assert (part.status, sent(part), part.header("content-range")) == (206, b"234", "bytes 2-4/10")
    assert get(url(), range="bytes=10-").status == 416


def test_it_expires(gate, url, get):
    made = url()
    gate.world.clock.advance(3600)
    assert get(made).status == 200
    gate.world.clock.advance(1)
    assert code(get(made)) == (403, "AccessDenied")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("X-Amz-Expires=3600", "X-Amz-Expires=999999"),
        ("X-Amz-Date=2023", "X-Amz-Date=2033"),
        ("/team/app/", "/team/other/"),
        ("123456789012", "111122223333"),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
        ("X-Amz-Signature", "X-Amz-Nothing"),
        ("X-Amz-Date", "X-Amz-Nothing"),
        ("X-Amz-Expires", "X-Amz-Nothing"),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA257"),
        ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=hose"),
    ],
)
def test_nothing_of_it_may_be_changed(url, get, old, new):
    made = url()
    assert old in made
    assert code(get(made.replace(old, new))) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("query", ["", "X-Amz-Signature=%C3%A9", "X-Amz-Signature=%00&X-Amz-Date=x&X-Amz-Expires=-"])
def test_any_query_is_refused_in_xml(url, get, query):
    assert code(get(url(), query=query)) == (403, "SignatureDoesNotMatch")


def test_a_url_of_another_world_is_refused(make_gate, url, asked):
    parts = urlsplit(url())
    response = urls.download(make_gate().world, asked(parts.query, path=unquote(parts.path)))
    assert code(response) == (403, "SignatureDoesNotMatch")


def test_other_methods_are_refused(url, get):
    for method in ("PUT", "POST", "DELETE", "OPTIONS"):
        assert code(get(url(), method)) == (405, "MethodNotAllowed")


def test_a_layer_that_went_is_no_key(gate, make_call, url, get, layer):
    made = url()
    gate.world.transact(lambda: make_call(gate).repository("team/app").of(Layers).drop(layer))
    assert code(get(made)) == (404, "NoSuchKey")


def test_a_repository_that_went_is_no_key(gate, make_call, url, get):
    made = url()
    gate.world.transact(lambda: make_call(gate).registry.delete("team/app", force=True))
    assert code(get(made)) == (404, "NoSuchKey")
