"""ecrmock.services.ecr.registry: the registry described, account settings, pull-time exclusions kept."""

import pytest
from answers import members
from constants import ACCOUNT

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
SCANNER = f"arn:aws:iam::{ACCOUNT}:role/tools/scanner"
DEFAULTS = {"BASIC_SCAN_TYPE_VERSION": "AWS_NATIVE", "REGISTRY_POLICY_SCOPE": "V2", "BLOB_MOUNTING": "DISABLED"}


def invalid(path, constraint):
    return "InvalidParameterException", f"Invalid parameter at '{path}' failed to satisfy constraint: '{constraint}'"


# -- DescribeRegistry


def test_a_registry_without_a_configuration_has_no_rules_but_the_member(kit, other):
    assert members(kit.client.describe_registry()) == {
        "registryId": ACCOUNT,
        "replicationConfiguration": {"rules": []},
    }
    assert other().client.describe_registry()["registryId"] == "111122223333"


# -- account settings


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_setting_never_set_has_its_default(kit, name):
    assert members(kit.client.get_account_setting(name=name)) == {"name": name, "value": DEFAULTS[name]}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASIC_SCAN_TYPE_VERSION", "AWS_NATIVE"),
        ("REGISTRY_POLICY_SCOPE", "V1"),
        ("REGISTRY_POLICY_SCOPE", "V2"),
        ("BLOB_MOUNTING", "ENABLED"),
        ("BLOB_MOUNTING", "DISABLED"),
    ],
)
def test_a_setting_is_kept_and_setting_it_twice_is_the_same(kit, name, value):
    for _ in range(2):
        assert members(kit.client.put_account_setting(name=name, value=value)) == {"name": name, "value": value}
        assert kit.client.get_account_setting(name=name)["value"] == value
    others = {name_: kit.client.get_account_setting(name=name_)["value"] for name_ in DEFAULTS if name_ != name}
    assert others == {name_: default for name_, default in DEFAULTS.items() if name_ != name}


def test_a_setting_is_that_of_one_account_in_one_region(kit, other):
    kit.client.put_account_setting(name="BLOB_MOUNTING", value="ENABLED")
    for stranger in (other("111122223333"), other(ACCOUNT, "eu-west-1")):
        assert stranger.client.get_account_setting(name="BLOB_MOUNTING")["value"] == "DISABLED"


@pytest.mark.parametrize("name", ["NOTHING", "blob_mounting", "x" * 64])
def test_an_unknown_name_is_an_invalid_parameter(kit, name):
    code, message = kit.refused("get_account_setting", name=name)
    assert code == "InvalidParameterException"
    assert message.startswith("Invalid parameter at 'name' failed to satisfy constraint: '")
    assert kit.refused("put_account_setting", name=name, value="ENABLED") == (code, message)


@pytest.mark.parametrize(("name", "value"), [("BLOB_MOUNTING", "enabled"), ("REGISTRY_POLICY_SCOPE", "V3")])
def test_an_unknown_value_is_an_invalid_parameter_and_changes_nothing(kit, name, value):
    code, message = kit.refused("put_account_setting", name=name, value=value)
    assert code == "InvalidParameterException"
    assert message.startswith("Invalid parameter at 'value' failed to satisfy constraint: '")
    assert kit.client.get_account_setting(name=name)["value"] == DEFAULTS[name]


def test_the_length_of_a_settings_name_is_judged_by_the_model(kit):
    most = "Member must have length less than or equal to 64"
    assert kit.refused("get_account_setting", name="x" * 65) == invalid("name", most)
    least = "Member must have length greater than or equal to 1"
    assert kit.refused("put_account_setting", name="", value="V2") == invalid("name", least)
    assert kit.refused("put_account_setting", name="BLOB_MOUNTING") == invalid("value", "Member must not be null")


# -- pull-time exclusions: the list; what they do is in test_pull_times.py


def excluded(kit, **more):
    return kit.client.list_pull_time_update_exclusions(**more)["pullTimeUpdateExclusions"]


def test_an_exclusion_is_registered_listed_and_taken_back(kit):
    made = members(kit.client.register_pull_time_update_exclusion(principalArn=ALICE))
    assert made.pop("createdAt").timestamp() == pytest.approx(kit.now(), abs=0.0005)
    assert made == {"principalArn": ALICE}
    assert members(kit.client.list_pull_time_update_exclusions()) == {"pullTimeUpdateExclusions": [ALICE]}
    gone = kit.client.deregister_pull_time_update_exclusion(principalArn=ALICE)
    assert members(gone) == {"principalArn": ALICE}
    assert members(kit.client.list_pull_time_update_exclusions()) == {"pullTimeUpdateExclusions": []}


def test_exclusions_come_in_the_order_of_registration(kit):
    for principal in (SCANNER, ALICE, f"{ALICE}2"):
        kit.client.register_pull_time_update_exclusion(principalArn=principal)
    assert excluded(kit) == [SCANNER, ALICE, f"{ALICE}2"]
    kit.client.deregister_pull_time_update_exclusion(principalArn=SCANNER)
    kit.client.register_pull_time_update_exclusion(principalArn=SCANNER)
    assert excluded(kit) == [ALICE, f"{ALICE}2", SCANNER]


def test_exclusions_are_those_of_one_account_in_one_region(kit, other):
    kit.client.register_pull_time_update_exclusion(principalArn=ALICE)
    assert excluded(other()) == []
    assert excluded(other(ACCOUNT, "eu-west-1")) == []


def test_registering_twice_and_taking_back_what_is_not_there(kit):
    absent = "The specified pull time update exclusion was not found."
    refused = kit.refused("deregister_pull_time_update_exclusion", principalArn=ALICE)
    assert refused == ("ExclusionNotFoundException", absent)
    kit.client.register_pull_time_update_exclusion(principalArn=ALICE)
    twice = "The specified pull time update exclusion already exists for the registry."
    refused = kit.refused("register_pull_time_update_exclusion", principalArn=ALICE)
    assert refused == ("ExclusionAlreadyExistsException", twice)
    assert excluded(kit) == [ALICE]


def test_a_hundred_exclusions_are_the_most(kit):
    for number in range(100):
        kit.client.register_pull_time_update_exclusion(principalArn=f"{ALICE}{number}")
    assert kit.refused("register_pull_time_update_exclusion", principalArn=ALICE)[0] == "LimitExceededException"
    assert len(excluded(kit)) == 100
    kit.client.deregister_pull_time_update_exclusion(principalArn=f"{ALICE}7")
    kit.client.register_pull_time_update_exclusion(principalArn=ALICE)


def test_exclusions_come_in_pages_that_stand_changes(kit):
    names = [f"{ALICE}{number}" for number in range(7)]
    for name in names:
        kit.client.register_pull_time_update_exclusion(principalArn=name)
    first = kit.client.list_pull_time_update_exclusions(maxResults=3)
    assert first["pullTimeUpdateExclusions"] == names[:3]
    kit.client.deregister_pull_time_update_exclusion(principalArn=names[2])
    rest = members(kit.client.list_pull_time_update_exclusions(maxResults=1000, nextToken=first["nextToken"]))
    assert rest == {"pullTimeUpdateExclusions": names[3:]}
    again = {"repositoryName": "team/app", "nextToken": first["nextToken"]}
    kit.repository()
    assert kit.refused("list_images", **again) == invalid("NextToken", "Invalid next token provided")
    assert kit.refused("list_pull_time_update_exclusions", nextToken="nonsense")[0] == "InvalidParameterException"


PATTERN = r"^arn:aws(-[a-z]+)*:iam::[0-9]{12}:(role|user)/[\w+=,.@-]+(/[\w+=,.@-]+)*$"


@pytest.mark.parametrize(
    "principal",
    [
        f"arn:aws:iam::{ACCOUNT}:root",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/scanner/session",
        f"arn:aws:iam::{ACCOUNT}:group/all",
        f"arn:aws:iam::{ACCOUNT}:user/",
        "arn:aws:iam::1234:user/alice",
        f"arn:aws:iam::{ACCOUNT}:user/*",
        "alice",
        f"{ALICE}\n",
    ],
)
@pytest.mark.parametrize("operation", ["register_pull_time_update_exclusion", "deregister_pull_time_update_exclusion"])
def test_only_users_and_roles_can_be_excluded(kit, operation, principal):
    code, message = kit.refused(operation, principalArn=principal)
    assert code == "InvalidParameterException"
    start = "Invalid parameter at 'principalArn' failed to satisfy constraint: 'Member must satisfy regular expression"
    assert message.startswith(start)


@pytest.mark.parametrize(
    "principal", [SCANNER, f"arn:aws-us-gov:iam::{ACCOUNT}:user/a+b=c,d.e@f-g_h", f"arn:aws:iam::{ACCOUNT}:role/a/b/c"]
)
def test_principals_that_are_accepted(kit, principal):
    assert kit.client.register_pull_time_update_exclusion(principalArn=principal)["principalArn"] == principal


def test_a_principal_that_is_too_long_is_told_so(kit):
    refused = kit.refused("register_pull_time_update_exclusion", principalArn=ALICE + "x" * 200)
    assert refused == invalid("principalArn", "Member must have length less than or equal to 200")
