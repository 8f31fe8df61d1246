"""ecrmock.testing.intercept: hooks are in place only while a mock is entered, in whatever threads and order."""

import boto3
import botocore.handlers
import botocore.session
import pytest
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from ecrmock import mock_ecr
from ecrmock.testing.intercept import Active, Interceptor


def test_nothing_of_a_mock_remains_in_botocore(traces):
    before = traces()
    with mock_ecr(), mock_ecr():
        assert traces() != before
        inside = boto3.client("ecr", region_name="us-east-1")
        assert inside.describe_repositories()["repositories"] == []
    assert traces() == before
    assert [event for event, *_ in botocore.handlers.BUILTIN_HANDLERS if event == "before-send.ecr"] == []


def test_hooks_are_put_in_once_however_many_mocks_there_are():
    with mock_ecr():
        hook, handlers = URLLib3Session.send, list(botocore.handlers.BUILTIN_HANDLERS)
        with mock_ecr():
            assert URLLib3Session.send is hook
            assert handlers == botocore.handlers.BUILTIN_HANDLERS
        assert URLLib3Session.send is hook


def test_a_session_that_another_thread_makes_meanwhile_misses_no_handler(monkeypatch):
    """What comes and goes stands at the end of the list that a new session walks over."""
    registered, before = [], list(botocore.handlers.BUILTIN_HANDLERS)
    mocks = [mock_ecr(), mock_ecr()]
    register = botocore.session.Session.register

    def at_work(session, event, handler, *more):
        registered.append((event, handler))
        if len(registered) == len(before) // 3:
            mocks[0].start()
        if len(registered) == len(before) // 2:
            mocks[0].stop()
        return register(session, event, handler, *more)

    monkeypatch.setattr(botocore.session.Session, "register", at_work)
    botocore.session.Session()
    assert registered == [each for each in before if len(each) == 2]


def test_what_others_put_over_a_hook_is_left_to_them(monkeypatch, traces):
    before, original, seen = traces(), URLLib3Session.send, []

    def theirs(session, request):
        seen.append(request.url)
        return hook(session, request)

    with monkeypatch.context() as patch:
        with mock_ecr():
            hook = URLLib3Session.send
            patch.setattr(URLLib3Session, "send", theirs)
        assert URLLib3Session.send is theirs
    assert URLLib3Session.send is hook  # as they found it; the next mock sees that this is ours
    with mock_ecr() as mock:
        boto3.client("ecr", region_name="us-east-1").describe_repositories()
        assert len(mock.calls) == 1
    assert URLLib3Session.send is original
    assert traces() == before


def test_many_threads_come_and_go_and_each_call_is_answered(traces, at_once):
    before = traces()
    clients = [boto3.client("ecr", region_name=f"r-{number}") for number in range(6)]

    def work(number):
        for turn in range(10):
            with mock_ecr():
                name = f"a{number}-{turn}"
                arn = clients[number].create_repository(repositoryName=name)["repository"]["repositoryArn"]
                assert arn.endswith(name)

    at_once(6, work)
    assert traces() == before


class App:
    """Answers with what it is called."""


@pytest.mark.parametrize("work", ["enter", "leave", "_install"])
def test_two_threads_that_come_and_go_do_not_meet(interleaved, traces, work):
    before, made = traces(), []

    def leave():
        for interceptor, actives in made:
            for active in actives:
                interceptor.leave(active)
        assert traces() == before

    def make():
        leave()
        interceptor, actives = Interceptor(), [Active(App(), bool) for _ in range(2)]
        made.append((interceptor, actives))
        entering, leaving = (lambda: interceptor.enter(actives[1])), (lambda: interceptor.leave(actives[0]))
        interceptor.enter(actives[0])
        return interceptor, *((entering, leaving) if work in {"enter", "_install"} else (leaving, entering))

    for interceptor, *answers in interleaved(getattr(Interceptor, work), make):
        assert answers == [None, None]
        assert interceptor._active == [made[-1][1][1]]
        assert URLLib3Session.send is not before["hooks"][1]
    leave()


def test_an_answer_while_another_thread_leaves_goes_to_the_network(interleaved):
    request = AWSRequest("POST", "https://api.ecr.us-east-1.amazonaws.com/").prepare()

    class Refusing:
        def respond(self, _request):
            return None

    interceptor, active = Interceptor(), Active(Refusing(), lambda _host: False)

    def make():
        interceptor.leave(active)
        interceptor.enter(active)
        return interceptor, lambda: interceptor.answer(request), lambda: interceptor.leave(active)

    answers = {getattr(answer, "status_code", answer) for _, answer, _ in interleaved(Interceptor.answer, make)}
    interceptor.leave(active)
    assert answers == {None, 404}
