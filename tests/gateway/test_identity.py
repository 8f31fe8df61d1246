"""ecrmock.gateway.identity: who is calling, and in which region?"""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrmock.domain.access.tokens import Claims
from ecrmock.engine.world import World
from ecrmock.errors.common import IncompleteSignatureException, MissingAuthenticationTokenException
from ecrmock.gateway.identity import Caller, account_of_key, basic, caller, scope
from ecrmock.settings import Settings

DATE = "20261125"


def header(key="AKIAIOSFODNN7EXAMPLE", region="eu-west-1", service="ecr", end="aws4_request"):
    credential = f"{key}/{DATE}/{region}/{service}/{end}"
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature=ab12"


# -- scope


def test_the_scope_in_the_header(asked):
    found = scope(asked(authorization=header()))
    assert found == ("AKIAIOSFODNN7EXAMPLE", DATE, "eu-west-1", "ecr")


def test_the_scope_in_the_header_without_blanks(asked):
    assert scope(asked(authorization=header().replace(", ", ","))).region == "eu-west-1"


def test_the_scope_in_the_query(asked):
    query = f"Action=x&X-Amz-Credential=KEY%2F{DATE}%2Fus-west-2%2Fsts%2Faws4_request&X-Amz-Signature=ab"
    assert scope(asked(query)) == ("KEY", DATE, "us-west-2", "sts")


def test_the_header_counts_before_the_query(asked):
    request = asked(f"X-Amz-Credential=K/{DATE}/us-west-2/sts/aws4_request", authorization=header())
    assert scope(request).service == "ecr"


def test_a_key_with_slashes_is_split_from_the_right(asked):
    assert scope(asked(authorization=header(key="a/b/c"))) == ("a/b/c", DATE, "eu-west-1", "ecr")


@pytest.mark.parametrize("authorization", [None, "Basic QVdTOng=", "Bearer x", "basic x", "BEARER x"])
def test_no_credentials_for_an_api_are_none(asked, authorization):
    assert scope(asked(authorization=authorization)) is None


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=ab",
        "AWS4-HMAC-SHA256 Credential=, SignedHeaders=host, Signature=ab",
        header().replace("Signature=", "x="),
        header().replace("SignedHeaders=", "x="),
        header(end="aws3_request"),
        header(key=""),
        header(region=""),
        header(region="EU"),
        header(region="a" * 65),
        header(region="eu west").replace("eu west", "eu_west"),
        header().replace(f"/{DATE}", ""),
        "AWS AKIA:xyz",
        "nonsense",
    ],
)
def test_headers_that_cannot_be_read_are_incomplete(asked, authorization):
    with pytest.raises(IncompleteSignatureException):
        scope(asked(authorization=authorization))


@pytest.mark.parametrize("credential", ["", "KEY", f"KEY/{DATE}/r/s", f"KEY/{DATE}/R/s/aws4_request"])
def test_queries_that_cannot_be_read_are_incomplete(asked, credential):
    with pytest.raises(IncompleteSignatureException):
        scope(asked(f"X-Amz-Credential={credential}"))


# -- caller


@pytest.mark.parametrize(
    ("key", "account"),
    [
        ("AKIAIOSFODNN7EXAMPLE", "123456789012"),
        ("testing", "123456789012"),
        ("111122223333", "111122223333"),
        ("AKIA6RVFFB77QAAAAAAA", "999999999999"),
        ("ASIAY34FZKBOKMUTVV7A", "609629065308"),
        ("1111222233334", "123456789012"),
    ],
)
def test_the_key_tells_the_account_or_the_default_does(asked, key, account):
    found = caller(World(), asked(authorization=header(key=key)))
    assert found == Caller(account, "eu-west-1", f"arn:aws:iam::{account}:root", account)


def test_the_principal_is_of_its_partition(asked):
    found = caller(World(), asked(authorization=header(region="cn-north-1")))
    assert found.principal == "arn:aws-cn:iam::123456789012:root"


def test_the_default_account_is_a_setting(asked):
    assert caller(World(Settings(account="999988887777")), asked(authorization=header())).account == "999988887777"


@pytest.mark.parametrize("name", ["x_ecrmock_account_id", "x_moto_account_id"])
@pytest.mark.parametrize(("value", "account"), [("444455556666", "444455556666"), ("no", "111122223333")])
def test_a_header_may_name_the_account(asked, name, value, account):
    request = asked(authorization=header(key="111122223333"), **{name: value})
    assert caller(World(), request).account == account


def test_nobody_is_refused(asked):
    with pytest.raises(MissingAuthenticationTokenException):
        caller(World(), asked())
    with pytest.raises(MissingAuthenticationTokenException):
        caller(World(), asked(authorization="Basic QVdTOng="))
    with pytest.raises(IncompleteSignatureException):
        caller(World(), asked(authorization="nonsense"))


@pytest.mark.parametrize("authorization", [None, "nonsense", "Basic QVdTOng=", "AWS4-HMAC-SHA256 x"])
def test_with_auth_off_nobody_is_the_default_account(asked, authorization):
    settings = Settings(auth="off", account="999988887777", region="ap-east-1")
    assert caller(World(settings), asked(authorization=authorization)) == Caller.root("999988887777", "ap-east-1")


def test_with_auth_off_a_scope_still_counts(asked):
    settings = Settings(auth="off")
    assert caller(World(settings), asked(authorization=header(key="111122223333"))) == Caller.root(
        "111122223333", "eu-west-1"
    )


def test_a_login_speaks_for_whom_it_was_issued_to():
    claims = Claims("123456789012", "eu-west-1", "arn:aws:iam::123456789012:user/a", "AIDA1", "ecr", 0.0)
    assert Caller.of(claims) == Caller("123456789012", "eu-west-1", "arn:aws:iam::123456789012:user/a", "AIDA1")


# -- keys: facts/access 9.3


@pytest.mark.parametrize(
    ("key", "account"),
    [
        ("AKIARZPUZDIKAAAAAAAA", "123456789012"),
        ("AKIARZPUZDIKGB2VALC4", "123456789012"),
        ("AKIAQAAAAAAAAAAAAAAA", "000000000000"),
        ("AKIA6RVFFB77QAAAAAAA", "999999999999"),
        ("ASIAY34FZKBOKMUTVV7A", "609629065308"),
        ("AKIAIOSFODNN7EXAMPLE", None),
        ("AKIAJAAAAAAAAAAAAAAA", None),
        ("123456789012", "123456789012"),
        ("12345678901", None),
        ("AROARZPUZDIKAAAAAAAA", None),
        ("AKIARZPUZDIKAAAAAAA", None),
        ("akiarzpuzdikaaaaaaaa", None),
        ("AKIARZPUZDIKAAAAAAA1", None),
        ("", None),
    ],
)
def test_the_account_in_a_key(key, account):
    assert account_of_key(key) == account


def test_a_key_that_encodes_more_than_twelve_digits_has_no_account():
    assert account_of_key("AKIA7777777777777777") is None


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="ABQRZ2347", min_size=16, max_size=16))
def test_whatever_a_key_says_is_an_account_or_nothing(text):
    account = account_of_key(f"AKIA{text}")
    assert account is None or (len(account) == 12 and account.isdigit())


# -- basic


def encoded(text):
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("word", ["Basic", "basic", "BASIC"])
def test_user_and_password_are_split_at_the_first_colon(asked, word):
    assert basic(asked(authorization=f"{word} {encoded('AWS:a:b')}")) == ("AWS", "a:b")


def test_an_empty_password_is_one(asked):
    assert basic(asked(authorization=f"Basic {encoded('AWS:')}")) == ("AWS", "")


def test_a_login_with_bits_that_say_nothing_is_none(asked):
    assert basic(asked(authorization="Basic QVdTOng=")) == ("AWS", "x")
    assert basic(asked(authorization="Basic QVdTOnh=")) is None  # what most decoders take for the same


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Basic é",
        f"Bearer {encoded('a:b')}",
        f"Basic {encoded('no colon')}",
        "Basic /w==",
    ],
)
def test_headers_that_are_no_login(asked, authorization):
    assert basic(asked(authorization=authorization)) is None
