"""ecrmock.base.web: one request and one answer."""

import io

import pytest

from ecrmock.base.blobs import BLOCK, Content
from ecrmock.base.web import Body, CutOffError, Request, Response, TooLargeError, byte_range, content_response

DATA = bytes(range(250)) * 10
"""2,500 bytes: between 2,001 and 5,000, as the vectors of facts/registry 1.5 want it."""
CONTENT = Content(len(DATA), DATA, None)


class Torn:
    """A connection that goes away after some bytes, as Werkzeug tells it."""

    def __init__(self, data):
        self.data = data

    def read(self, size):
        if not self.data:
            raise ConnectionResetError("client went away")
        block, self.data = self.data[:size], self.data[size:]
        return block


class Trickle(io.BytesIO):
    """A stream that gives one byte at a time, however many are wanted."""

    def read(self, _size=-1):
        return super().read(1)


def asked(method="GET", **headers):
    return Request(method, "/", header=headers.get)


def sent(response):
    return response.body if isinstance(response.body, bytes) else b"".join(response.body)


# -- bodies


@pytest.mark.parametrize("stream", [io.BytesIO, Trickle])
@pytest.mark.parametrize("length", [5, None])
def test_a_body_is_read_whole(stream, length):
    assert Body(stream(b"hello"), length).read(100) == b"hello"


def test_a_body_ends_at_its_length_though_the_stream_goes_on():
    stream = io.BytesIO(b"hello and the next request")
    assert Body(stream, 5).read(100) == b"hello"
    assert stream.read() == b" and the next request"


def test_a_body_of_no_length_and_no_stream_is_empty():
    assert Body(io.BytesIO(b"ignored"), 0).read(100) == b""
    body = Body(None, None)
    assert (body.length, body.read(100)) == (0, b"")


def test_a_body_shorter_than_its_length_is_cut_off():
    with pytest.raises(CutOffError):
        Body(io.BytesIO(b"hel"), 5).read(100)


@pytest.mark.parametrize("length", [5, None])
def test_a_torn_connection_is_cut_off(length):
    with pytest.raises(CutOffError):
        Body(Torn(b"hel"), length).read(100)


def test_what_came_before_the_cut_is_handed_on():
    body, seen = Body(Torn(b"hel"), 5), []
    with pytest.raises(CutOffError):
        seen.extend(body.blocks())
    assert seen == [b"hel"]


def test_an_announced_body_over_the_limit_is_refused_unread():
    stream = io.BytesIO(b"hello")
    with pytest.raises(TooLargeError):
        Body(stream, 5).read(4)
    assert stream.tell() == 0


def test_a_body_of_unknown_length_is_refused_when_it_passes_the_limit():
    with pytest.raises(TooLargeError):
        Body(io.BytesIO(b"hello"), None).read(4)


@pytest.mark.parametrize("length", [5, None])
def test_a_body_of_exactly_the_limit_is_read(length):
    assert Body(io.BytesIO(b"hello"), length).read(5) == b"hello"


def test_a_large_body_comes_in_blocks():
    body = Body(io.BytesIO(bytes(BLOCK * 2 + 10)), BLOCK * 2 + 10)
    assert [len(block) for block in body.blocks()] == [BLOCK, BLOCK, 10]


# -- requests and responses


def test_query_values_are_form_decoded_in_order():
    request = Request("GET", "/", header=lambda _name: None, query_string="a=1&b=x%2Fy+z&a=2&empty=")
    assert request.query == {"a": ["1", "2"], "b": ["x/y z"], "empty": [""]}
    assert (request.value("a"), request.value("empty"), request.value("c")) == ("1", "", None)


def test_a_response_knows_the_length_of_bytes_and_is_told_that_of_blocks():
    assert Response(200, b"abc").length == 3
    assert Response(200, iter([b"a", b"bc"]), length=3).length == 3
    assert Response(200, iter([b"a"])).length is None


def test_headers_of_a_response_are_found_without_regard_to_case():
    response = Response(200, headers=[("Content-Type", "text/plain")])
    assert response.header("content-TYPE") == "text/plain"
    assert response.header("etag") is None


# -- ranges: facts/registry 1.5, table "Range GET"


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=500-1499", 500, 1500),
        ("bytes=500-", 500, 2500),
        ("bytes=-500", 2000, 2500),
        ("bytes=2000-5000", 2000, 2500),
        ("bytes=0-0", 0, 1),
        ("bytes=2499-2499", 2499, 2500),
        ("bytes=-5000", 0, 2500),
        ("Bytes=0-9", 0, 10),
    ],
)
def test_ranges_that_are_served(wanted, start, stop):
    response = content_response(asked(range=wanted), CONTENT, [("ETag", "x")])
    assert response.status == 206
    assert sent(response) == DATA[start:stop]
    assert response.length == stop - start
    assert response.header("content-range") == f"bytes {start}-{stop - 1}/2500"
    assert response.header("accept-ranges") == "bytes"
    assert response.header("etag") == "x"


@pytest.mark.parametrize("wanted", ["bytes=500-0", "bytes=5000-10000", "bytes=2500-", "bytes=-0", "bytes=9-8"])
def test_ranges_that_cannot_be_satisfied(wanted):
    response = content_response(asked(range=wanted), CONTENT, [])
    assert response.status == 416
    assert response.header("content-range") == "bytes */2500"
    assert sent(response) == b""


@pytest.mark.parametrize(
    "wanted",
    [
        "bytes=0-1,5-6",
        "bytes=0-1, -5",
        "items=0-1",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=0x1-5",
        "bytes=+1-5",
        "bytes=--5",
        "bytes=1-2-3",
        "bytes=²-5",
        "bytes=٣-5",
        "0-5",
    ],
)
def test_several_ranges_other_units_and_nonsense_bring_the_whole(wanted):
    response = content_response(asked(range=wanted), CONTENT, [])
    assert (response.status, sent(response), response.length) == (200, DATA, 2500)
    assert response.header("content-range") is None
    assert response.header("accept-ranges") == "bytes"


def test_without_a_range_the_whole_comes():
    response = content_response(asked(), CONTENT, [])
    assert (response.status, sent(response), response.length) == (200, DATA, 2500)


def test_head_tells_the_whole_length_and_ignores_ranges():
    response = content_response(asked("HEAD", range="bytes=0-9"), CONTENT, [])
    assert (response.status, response.length) == (200, 2500)
    assert response.header("accept-ranges") == "bytes"


def test_no_range_of_an_empty_content_can_be_satisfied():
    empty = Content(0, b"", None)
    assert content_response(asked(range="bytes=0-"), empty, []).status == 416
    whole = content_response(asked(), empty, [])
    assert (whole.status, sent(whole), whole.length) == (200, b"", 0)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (f"bytes={'9' * 5000}-", ()),
        (f"bytes=0-{'9' * 5000}", (0, 10)),
        (f"bytes=-{'9' * 5000}", (0, 10)),
        (f"bytes={'0' * 5000}-", ()),  # too long to look at, and so beyond everything
    ],
)
def test_numbers_of_any_length_are_read(wanted, found):
    assert byte_range(wanted, 10) == found
