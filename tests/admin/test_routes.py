"""ecrmock.admin.routes: /_ecrmock of a running ecrmock."""

import io
import json
import sys
from typing import NamedTuple

import pytest

from ecrmock import admin
from ecrmock._version import __version__
from ecrmock.app import App
from ecrmock.base.web import Body, Request
from ecrmock.domain.images import manifests
from ecrmock.domain.images.images import Images
from ecrmock.domain.images.pushes import Push
from ecrmock.domain.lifecycle.policies import LifecyclePolicy
from ecrmock.domain.names import RepositoryKey
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.registry.repositories import RepositoryRow
from ecrmock.domain.signing.rules import SigningRule, SigningRules
from ecrmock.reactions.activate import Restoring
from ecrmock.reactions.collect import ExpiringUpload
from ecrmock.settings import Settings

KEY = RepositoryKey("123456789012", "us-east-1", "app")


class Tick(NamedTuple):
    name: str

    def lane(self):
        return ()


START = 1_700_000_000.0
"""2023-11-14T22:13:20Z."""


@pytest.fixture
def application():
    application = App(Settings())
    application.world.clock.freeze(START)
    return application


@pytest.fixture
def send(application):
    """A function that sends a request; answers (status, members, response)."""

    def answer(method, path, body=b"", length=-1):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        size = len(data) if length == -1 else length
        path, _, query = path.partition("?")
        body = Body(io.BytesIO(data), size)
        request = Request(method, path, header=lambda _name: None, query_string=query, body=body)
        response = admin.answer(application, request)
        assert response.header("Content-Type") == "application/json"
        return response.status, json.loads(response.body), response

    return answer


@pytest.fixture
def clock(send):
    """A function that posts a body to the clock."""
    return lambda body: send("POST", "/_ecrmock/clock", body)[:2]


def at(now, *, frozen=True, done=()):
    return 200, {"now": now, "frozen": frozen, "done": list(done)}


@pytest.fixture
def ticks(application):
    """Three jobs, due in 10, 20 and 30 seconds; the list of those done, each with now."""
    seen, world = [], application.world
    world.schedule.handle("tick", Tick, lambda job: seen.append((job.name, world.clock.now() - START)), lane=Tick.lane)

    def book():
        for number in (3, 1, 2):
            world.schedule.add("tick", Tick(f"t{number}"), after=number * 10)

    world.transact(book)
    return seen


def tick(number):
    return {"when": f"2023-11-14T22:13:{20 + number * 10}.000Z", "kind": "tick", "subject": [f"t{number}"]}


# -- the other paths


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_health_tells_the_version(send, method):
    assert send(method, "/_ecrmock/health")[:2] == (200, {"status": "ok", "version": __version__})


def test_a_slash_at_the_end_does_no_harm(send):
    assert send("GET", "/_ecrmock/health/")[0] == 200


@pytest.mark.parametrize(
    "path", ["/_ecrmock/", "/_ecrmock/nothing", "/_ecrmock/clock/more", "/_ecrmock/../v2/", "/_ecrmock/é"]
)
def test_unknown_paths_are_404_and_name_the_known(send, path):
    status, body, _ = send("GET", path)
    assert status == 404
    assert {"clock", "health", "reset"} <= set(body["error"].replace(",", "").split())


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "health", "GET, HEAD"),
        ("GET", "reset", "POST"),
        ("DELETE", "clock", "GET, POST"),
        ("PUT", "clock", "GET, POST"),
        ("get", "clock", "GET, POST"),
    ],
)
def test_other_methods_are_405_and_name_the_allowed(send, method, path, allowed):
    status, body, response = send(method, f"/_ecrmock/{path}")
    assert (status, response.header("Allow")) == (405, allowed)
    assert method in body["error"]


def test_reset_empties_the_world_and_its_clock(application, send, clock, ticks):
    old, gate = application.world, application.gate
    clock({"freeze": "2030-01-01T00:00:00Z"})
    old.transact(lambda: old.schedule.add("tick", Tick("later"), after=99))
    assert send("POST", "/_ecrmock/reset")[0] == 200
    assert application.world is not old
    assert (application.gate is not gate, application.gate.world) == (True, application.world)
    assert application.world.store.dump() == {}
    assert send("GET", "/_ecrmock/clock")[1]["frozen"] is False
    assert application.world.clock.now() < old.clock.now()
    assert len(ticks) == 3


# -- the clock


def test_the_clock_is_read(send, application):
    assert send("GET", "/_ecrmock/clock")[:2] == at("2023-11-14T22:13:20.000Z")
    application.world.clock.resume()
    status, body, _ = send("GET", "/_ecrmock/clock")
    assert (status, body["frozen"], body["done"]) == (200, False, [])


def test_reading_the_clock_moves_nothing(send, ticks):
    send("GET", "/_ecrmock/clock", {"advance": 100})
    assert ticks == []


def test_freeze_stops_it_now(application, clock):
    application.world.clock.resume()
    status, body = clock({"freeze": True})
    assert (status, body["frozen"]) == (200, True)
    assert clock({"freeze": True})[1]["now"] == body["now"]


@pytest.mark.parametrize(
    "time",
    [
        "2030-01-01T00:00:00Z",
        "2030-01-01",
        "2030-01-01T02:00:00+02:00",
        "20300101T000000Z",
        1_893_456_000,
        1_893_456_000.0,
    ],
)
@pytest.mark.parametrize("word", ["freeze", "travel"])
def test_freeze_and_travel_take_a_time(clock, word, time):
    assert clock({word: time}) == at("2030-01-01T00:00:00.000Z")


def test_freeze_may_go_back(clock):
    assert clock({"freeze": "2001-01-01"}) == at("2001-01-01T00:00:00.000Z")
    assert clock({"freeze": 0}) == at("1970-01-01T00:00:00.000Z")


def test_resume_lets_it_run_on_from_there(clock):
    clock({"freeze": "2030-01-01"})
    status, body = clock({"resume": True})
    assert (status, body["frozen"]) == (200, False)
    assert body["now"].startswith("2030-01-01T00:0")
    assert clock({"resume": True})[0] == 200


@pytest.mark.parametrize(
    ("amount", "now"),
    [
        (90, "2023-11-14T22:14:50.000Z"),
        (0.25, "2023-11-14T22:13:20.250Z"),
        (0, "2023-11-14T22:13:20.000Z"),
        ("PT90S", "2023-11-14T22:14:50.000Z"),
        ("P1D", "2023-11-15T22:13:20.000Z"),
        ("P1W", "2023-11-21T22:13:20.000Z"),
        ("P1DT1H", "2023-11-15T23:13:20.000Z"),
        ("P0D", "2023-11-14T22:13:20.000Z"),
    ],
)
def test_advance_takes_seconds_or_a_duration(clock, amount, now):
    assert clock({"advance": amount}) == at(now)


@pytest.mark.parametrize("word", ["travel", "advance"])
def test_a_running_clock_runs_on_after_moving(application, clock, word):
    application.world.clock.resume()
    status, body = clock({word: "2999-01-01" if word == "travel" else "P365D"})
    assert (status, body["frozen"]) == (200, False)


def test_travelling_to_the_present_is_allowed(clock):
    assert clock({"travel": START})[0] == 200


@pytest.mark.parametrize(
    ("body", "done", "frozen_at"),
    [
        ({"advance": 20}, [1, 2], "2023-11-14T22:13:40.000Z"),
        ({"advance": 19.999}, [1], "2023-11-14T22:13:39.999Z"),
        ({"advance": "PT1M"}, [1, 2, 3], "2023-11-14T22:14:20.000Z"),
        ({"travel": "2023-11-14T22:13:41Z"}, [1, 2], "2023-11-14T22:13:41.000Z"),
        ({"freeze": "2023-11-14T22:14:00Z"}, [1, 2, 3], "2023-11-14T22:14:00.000Z"),
        ({"freeze": "2023-11-14T22:13:00Z"}, [], "2023-11-14T22:13:00.000Z"),
        ({"freeze": True}, [], "2023-11-14T22:13:20.000Z"),
    ],
)
def test_what_falls_due_is_done_in_order_and_told(clock, ticks, body, done, frozen_at):
    assert clock(body) == at(frozen_at, done=[tick(number) for number in done])
    assert ticks == [(f"t{number}", number * 10) for number in done]


def test_what_was_done_is_told_once(clock, ticks):
    assert len(clock({"advance": 30})[1]["done"]) == 3
    assert clock({"advance": 30})[1]["done"] == []
    assert len(ticks) == 3


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"freeze": True, "advance": 5},
        {"nonsense": 1},
        {"Freeze": True},
        {"freeze": False},
        {"freeze": None},
        {"freeze": []},
        {"freeze": {}},
        {"freeze": ""},
        {"freeze": "yesterday"},
        {"freeze": "2030-13-01"},
        {"freeze": 1e18},
        {"freeze": 10**400},
        {"freeze": "P1D"},
        {"resume": False},
        {"resume": None},
        {"resume": 1},
        {"resume": "true"},
        {"travel": True},
        {"travel": None},
        {"travel": []},
        {"travel": "soon"},
        {"travel": "2001-01-01"},
        {"travel": START - 0.001},
        {"travel": 1e18},
        {"travel": "10000-01-01"},
        {"advance": True},
        {"advance": None},
        {"advance": []},
        {"advance": -1},
        {"advance": -0.001},
        {"advance": "1D"},
        {"advance": "-P1D"},
        {"advance": "P1Y"},
        {"advance": ""},
        {"advance": "90"},
        {"advance": 1e18},
        {"advance": 10**400},
        {"advance": "P" + "9" * 400 + "D"},
        [],
        [{"advance": 5}],
        None,
        5,
        "advance",
        b"",
        b"{",
        b"advance=5",
        b"\xff",
        b'{"advance": NaN}',
        b'{"advance": Infinity}',
        b'{"travel": NaN}',
        b'{"freeze": NaN}',
        b'{"freeze": -Infinity}',
        b'{"advance": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"advance": "' + b"x" * 1_100_000 + b'"}',
        b'{"freeze": "\\ud800"}',
    ],
    ids=lambda body: repr(body)[:40],
)
def test_bodies_that_make_no_sense_are_refused_and_change_nothing(application, clock, ticks, body):
    status, answer = clock(body)
    assert status == 400
    assert set(answer) == {"error"}
    assert answer["error"]
    assert (application.world.clock.now(), application.world.clock.frozen, ticks) == (START, True, [])


def test_a_body_that_is_cut_off_is_refused(send):
    status, body, _ = send("POST", "/_ecrmock/clock", {"advance": 5}, 1000)
    assert status == 400
    assert "Content-Length" in body["error"]


# -- lifecycle


@pytest.fixture
def with_policy(application):
    """Two repositories of two accounts with a policy that keeps one image, over two images each."""
    body = {"schemaVersion": 1, "fsLayers": [], "history": []}
    chosen = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1}
    policy = {
        "rules": [{"rulePriority": 1, "description": "d" * 90, "selection": chosen, "action": {"type": "expire"}}]
    }

    def fill(account):
        registry = application.world.of(Registry, account, "us-east-1")
        repository = registry.create(RepositoryRow("team/app", START))
        for tag in ("old", "young"):
            data = json.dumps({**body, "tag": tag}).encode()
            Push(repository).put(manifests.parse(data, None, closed=False), tag)
        repository.of(LifecyclePolicy).put(json.dumps(policy))
        registry.create(RepositoryRow("without", START))

    for account in ("123456789012", "111122223333"):
        application.world.transact(lambda account=account: fill(account))
    return application


def test_lifecycle_is_traced_without_doing_anything_and_run(with_policy, send):
    for _ in range(2):
        status, body, _ = send("GET", "/_ecrmock/lifecycle?repository=team/app&account=123456789012")
        assert status == 200
        (found,) = body["repositories"]
        assert (found["registryId"], found["region"], found["repositoryName"]) == (
            "123456789012",
            "us-east-1",
            "team/app",
        )
        assert [(row["imageTags"], row["outcome"]) for row in found["images"]] == [
            (["old"], "expire"),
            (["young"], "keep"),
        ]
        assert found["images"][0]["reason"] == "rule 1 took it"
    status, body, _ = send("POST", "/_ecrmock/lifecycle", {"account": "123456789012"})
    assert (status, len(body["repositories"])) == (200, 1)
    left = [
        len(with_policy.world.of(Registry, account, "us-east-1").repository("team/app").of(Images))
        for account in ("123456789012", "111122223333")
    ]
    assert left == [1, 2]
    assert len(send("POST", "/_ecrmock/lifecycle")[1]["repositories"]) == 2


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"x": "y"}, "give repository, account, region, or none of them, as text"),
        ({"repository": 1}, "give repository, account, region, or none of them, as text"),
        (
            {"repository": "none"},
            "The repository with name 'none' does not exist in the registry with id '123456789012'",
        ),
    ],
)
def test_lifecycle_says_what_it_does_not_understand(send, chosen, sentence):
    assert send("POST", "/_ecrmock/lifecycle", chosen)[:2] == (400, {"error": sentence})


def test_what_is_due_is_shown_and_what_is_held_is_released():
    application = App(Settings(delays=(("restore-image", "manual"),)))
    application.world.clock.freeze(START)

    def book():
        application.world.schedule.add("restore-image", Restoring(KEY, "sha256:0"))
        application.world.schedule.add("expire-upload", ExpiringUpload(KEY, "u"), after=60)

    application.world.transact(book)

    def ask(method, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        request = Request(method, "/_ecrmock/due", header=lambda _name: None, body=Body(io.BytesIO(data), len(data)))
        response = admin.answer(application, request)
        return response.status, json.loads(response.body)

    held = {"when": "2023-11-14T22:13:20.000Z", "kind": "restore-image"}
    status, told = ask("GET")
    assert (status, told["failed"]) == (200, [])
    assert [(row["kind"], row["held"]) for row in told["waiting"]] == [
        ("expire-upload", False),
        ("restore-image", True),
    ]
    status, answer = ask("POST", {"release": "restore-imag"})
    assert status == 400
    assert answer["error"].startswith("there is no work 'restore-imag'; there is collect-layer, ")
    assert ask("POST", {"release": "sign-image"})[1]["done"] == []
    (done,) = ask("POST", {"release": "restore-image"})[1]["done"]
    assert done == {**held, "subject": ["123456789012", "us-east-1", "app", "sha256:0"]}
    assert [row["kind"] for row in ask("GET")[1]["waiting"]] == ["expire-upload"]
    for wrong in ({}, {"release": False}, {"release": 5}, {"release": True, "more": 1}):
        assert ask("POST", wrong)[0] == 400


# -- signing certificates

PROFILE = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/"


def test_certificates_of_the_profiles_that_are_known_and_of_any_that_is_asked_for(application, send):
    assert send("GET", "/_ecrmock/signing-certificates")[:2] == (200, {"profiles": []})
    for region, names in (("us-east-1", ("two", "one")), ("eu-west-1", ("three", "one"))):
        kept = application.world.of(SigningRules, "123456789012", region)
        rules = tuple(SigningRule(PROFILE + name) for name in names)
        application.world.transact(lambda kept=kept, rules=rules: kept.put(rules))
    status, body, _ = send("GET", "/_ecrmock/signing-certificates")
    assert status == 200
    assert [row["signingProfileArn"] for row in body["profiles"]] == [PROFILE + n for n in ("one", "three", "two")]
    for row in body["profiles"]:
        assert row["root"].startswith("-----BEGIN CERTIFICATE-----\n")
        assert row["chain"].endswith("-----END CERTIFICATE-----\n" + row["root"])
    one = send("GET", f"/_ecrmock/signing-certificates?profile={PROFILE}one")[1]["profiles"]
    assert one == body["profiles"][:1]
    (other,) = send("GET", f"/_ecrmock/signing-certificates?profile={PROFILE}other")[1]["profiles"]
    assert other["root"] not in [row["root"] for row in body["profiles"]]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [("profile=x", "'x' is no ARN of a signing profile"), ("arn=x", "give profile, or nothing")],
)
def test_certificates_say_what_they_do_not_understand(send, query, sentence):
    assert send("GET", f"/_ecrmock/signing-certificates?{query}")[:2] == (400, {"error": sentence})


def test_no_certificates_without_the_extra(monkeypatch, send):
    monkeypatch.setitem(sys.modules, "cryptography", None)
    status, body, _ = send("GET", f"/_ecrmock/signing-certificates?profile={PROFILE}one")
    assert status == 400
    assert "pip install 'ecrmock[sign]'" in body["error"]


def test_what_is_due_later_than_any_year_that_can_be_printed_is_shown(application, send):
    application.world.transact(
        lambda: application.world.schedule.add("expire-upload", ExpiringUpload(KEY, "u"), after=1e12)
    )
    status, told, _ = send("GET", "/_ecrmock/due")
    assert (status, told["waiting"][0]["when"]) == (200, "9999-12-31T23:59:59.999Z")
