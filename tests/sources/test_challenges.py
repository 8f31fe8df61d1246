"""ecrmock.sources.challenges: what stands in a challenge, and that no header takes long to read."""

import random
import time

import pytest

from ecrmock.sources.challenges import _offered

WORDS = (
    "Bearer ",
    "Basic ",
    "realm",
    "=",
    '"',
    "\\",
    ",",
    " ",
    "\t",
    "a",
    "_",
    "https://h/t",
    'service="x"',
    "\x00",
    "é",
    "BEARER\t",
)


@pytest.mark.parametrize(
    ("header", "offered"),
    [
        (
            'Bearer realm="https://h/t",service="a, b", scope = x',
            {"bearer": {"realm": "https://h/t", "service": "a, b", "scope": "x"}},
        ),
        ('Basic realm="x", Bearer realm="y"', {"basic": {"realm": "x"}, "bearer": {"realm": "y"}}),
        (r'bearer realm="a\"b\\c"', {"bearer": {"realm": r"a\"b\\c".replace(r"\"", '"').replace("\\\\", "\\")}}),
        ("Negotiate", {}),
        ("Bearer realm", {"bearer": {}}),
        ('Bearer realm="never closed', {"bearer": {}}),
        ("Bearer 1realm=x", {"bearer": {"realm": "x"}}),
        ("", {}),
    ],
)
def test_what_a_challenge_offers(header, offered):
    assert _offered(header) == offered


def test_any_noise_is_read_without_a_fault():
    noise = random.Random(8327)
    for _ in range(3000):
        header = "".join(noise.choices(WORDS, k=noise.randrange(60)))
        found = _offered(header)
        assert set(found) <= {"basic", "bearer"}
        assert all(isinstance(value, str) for rows in found.values() for value in rows.values())


def shapes():
    """Headers of 8192 characters: a prefix, and one or two words for as long as there is room."""
    noise = random.Random(8327)
    for _ in range(150):
        unit = "".join(noise.choices(WORDS, k=noise.randrange(1, 5)))
        yield (noise.choice(("Bearer ", "", "Basic a=")) + unit * 8192)[:8192]


def test_the_longest_header_is_read_at_once():
    """60 kB of letters took 45 seconds, and nothing else was done meanwhile."""
    slowest = max(_seconds(header) for header in [*shapes(), "Bearer " + "a" * 8000, 'Bearer a="' + r"\"" * 4000])
    assert slowest < 0.25


def _seconds(header):
    begin = time.process_time()
    _offered(header)
    return time.process_time() - begin


def test_time_grows_with_the_length_and_not_with_its_square():
    header = "Bearer " + "a" * 1_000_000
    assert _seconds(header) < 2  # 3,000 seconds when it did
