"""ecrmock.services.secretsmanager through boto3: what pull through cache rules need (facts/neighbours A2.4)."""

import json
import re

import pytest
from answers import members, refused
from constants import ACCOUNT

NAME = "ecr-pullthroughcache/hub"
LOGIN = json.dumps({"username": "ann", "accessToken": "secret"})
DAY = 86_400
MISSING = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
MARKED = "You can't perform this operation on the secret because it was marked for deletion."


def advance(mock, seconds):
    mock.world.travel(mock.world.clock.now() + seconds)


def test_a_new_secret_and_its_value_by_each_of_its_names(secrets):
    made = members(secrets.create_secret(Name=NAME, SecretString=LOGIN))
    assert re.fullmatch(rf"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{NAME}-[A-Za-z0-9]{{6}}", made["ARN"])
    assert re.fullmatch(r"[0-9a-f-]{36}", made["VersionId"])
    assert set(made) == {"ARN", "Name", "VersionId"}
    for name in (NAME, made["ARN"], made["ARN"][:-7]):
        answer = members(secrets.get_secret_value(SecretId=name))
        assert answer.pop("CreatedDate")
        assert answer == {**made, "SecretString": LOGIN, "VersionStages": ["AWSCURRENT"]}


def test_what_is_not_here_cannot_be_found(secrets, client_of):
    arn = secrets.create_secret(Name=NAME, SecretString="x")["ARN"]
    for name in ("other", arn[:-1] + "-", arn.replace("us-east-1", "eu-west-1")):
        for operation in ("get_secret_value", "describe_secret", "delete_secret"):
            assert refused(secrets, operation, SecretId=name) == MISSING
    assert refused(secrets, "put_secret_value", SecretId="other", SecretString="x") == MISSING
    there = client_of("secretsmanager", "111122223333", "us-east-1")
    assert refused(there, "get_secret_value", SecretId=NAME) == MISSING


def test_a_name_is_taken_once_and_well_formed(secrets):
    secrets.create_secret(Name=NAME, SecretString="x")
    sentence = f"The operation failed because the secret {NAME} already exists."
    assert refused(secrets, "create_secret", Name=NAME) == ("ResourceExistsException", sentence)
    code, sentence = refused(secrets, "create_secret", Name="a b")
    assert code == "ValidationException"
    assert sentence.startswith("Invalid name. Must be a valid name")
    assert refused(secrets, "create_secret", Name="")[0] == "ValidationException"


def test_a_secret_is_described_without_its_value(secrets, mock):
    more = {"Description": "for the hub", "KmsKeyId": "alias/mine", "Tags": [{"Key": "a", "Value": "b"}]}
    made = secrets.create_secret(Name=NAME, SecretString=LOGIN, **more)
    answer = members(secrets.describe_secret(SecretId=NAME))
    now = pytest.approx(mock.world.clock.now(), abs=0.001)
    assert (answer.pop("CreatedDate").timestamp(), answer.pop("LastChangedDate").timestamp()) == (now, now)
    stages = {made["VersionId"]: ["AWSCURRENT"]}
    assert answer == {"ARN": made["ARN"], "Name": NAME, "VersionIdsToStages": stages, **more}
    assert "secret" not in json.dumps([call.parameters for call in mock.calls])


def test_a_new_value_is_current_and_the_old_one_previous(secrets):
    secrets.create_secret(Name=NAME, SecretString="one")
    second = secrets.put_secret_value(SecretId=NAME, SecretString="two")
    assert second["VersionStages"] == ["AWSCURRENT"]
    secrets.put_secret_value(SecretId=NAME, SecretString="three")
    assert secrets.get_secret_value(SecretId=NAME)["SecretString"] == "three"
    previous = secrets.get_secret_value(SecretId=NAME, VersionStage="AWSPREVIOUS")
    assert (previous["SecretString"], previous["VersionId"]) == ("two", second["VersionId"])
    assert len(secrets.describe_secret(SecretId=NAME)["VersionIdsToStages"]) == 2  # the first has no stage left
    code, sentence = refused(secrets, "get_secret_value", SecretId=NAME, VersionStage="MINE")
    assert code == "ResourceNotFoundException"
    assert sentence == "Secrets Manager can't find the specified secret value for staging label: MINE"
    asked = {"SecretId": NAME, "VersionId": second["VersionId"], "VersionStage": "AWSCURRENT"}
    assert refused(secrets, "get_secret_value", **asked)[0] == "InvalidRequestException"
    assert refused(secrets, "get_secret_value", SecretId=NAME, VersionId="x" * 36)[0] == "ResourceNotFoundException"


def test_stages_of_the_users_own_leave_the_current_value(secrets):
    secrets.create_secret(Name=NAME, SecretString="one")
    secrets.put_secret_value(SecretId=NAME, SecretString="two", VersionStages=["MINE"])
    assert secrets.get_secret_value(SecretId=NAME)["SecretString"] == "one"
    assert secrets.get_secret_value(SecretId=NAME, VersionStage="MINE")["SecretString"] == "two"


def test_a_token_makes_a_value_once(secrets):
    secrets.create_secret(Name=NAME)
    token = "t" * 32
    for _ in range(2):
        answer = secrets.put_secret_value(SecretId=NAME, SecretString="one", ClientRequestToken=token)
        assert answer["VersionId"] == token
    code, _ = refused(secrets, "put_secret_value", SecretId=NAME, SecretString="two", ClientRequestToken=token)
    assert code == "ResourceExistsException"


def test_values_are_text_or_bytes(secrets):
    secrets.create_secret(Name=NAME, SecretBinary=b"\x00\xff")
    assert secrets.get_secret_value(SecretId=NAME)["SecretBinary"] == b"\x00\xff"
    both = {"SecretString": "x", "SecretBinary": b"x"}
    assert refused(secrets, "create_secret", Name="both", **both)[0] == "InvalidParameterException"
    sentence = "You must provide either SecretString or SecretBinary."
    assert refused(secrets, "put_secret_value", SecretId=NAME) == ("InvalidRequestException", sentence)
    secrets.create_secret(Name="empty")
    assert refused(secrets, "get_secret_value", SecretId="empty")[0] == "ResourceNotFoundException"


def test_a_secret_waits_for_its_deletion(secrets, mock):
    secrets.create_secret(Name=NAME, SecretString="x")
    gone = secrets.delete_secret(SecretId=NAME, RecoveryWindowInDays=7)["DeletionDate"].timestamp()
    assert gone == pytest.approx(mock.world.clock.now() + 7 * DAY, abs=0.001)
    assert secrets.describe_secret(SecretId=NAME)["DeletedDate"].timestamp() == gone
    for operation in ("get_secret_value", "put_secret_value", "delete_secret"):
        assert refused(secrets, operation, SecretId=NAME) == ("InvalidRequestException", MARKED)
    assert "already scheduled for deletion" in refused(secrets, "create_secret", Name=NAME)[1]
    advance(mock, 7 * DAY)
    assert refused(secrets, "describe_secret", SecretId=NAME) == MISSING
    secrets.create_secret(Name=NAME)


def test_a_secret_goes_at_once_by_force(secrets):
    secrets.create_secret(Name=NAME, SecretString="x")
    secrets.delete_secret(SecretId=NAME)  # thirty days
    secrets.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)
    assert refused(secrets, "describe_secret", SecretId=NAME) == MISSING
    assert secrets.delete_secret(SecretId="never", ForceDeleteWithoutRecovery=True)["Name"] == "never"


@pytest.mark.parametrize(
    "window", [{"RecoveryWindowInDays": 6}, {"RecoveryWindowInDays": 31}, {"RecoveryWindowInDays": 7, "Force": True}]
)
def test_a_window_is_seven_to_thirty_days_and_not_by_force(secrets, window):
    secrets.create_secret(Name=NAME, SecretString="x")
    asked = {"ForceDeleteWithoutRecovery" if name == "Force" else name: value for name, value in window.items()}
    assert refused(secrets, "delete_secret", SecretId=NAME, **asked)[0] == "InvalidParameterException"
