"""ecrmock.services.kms through boto3: what people call around ECR (facts/neighbours A2.3)."""

import pytest
from answers import members, refused
from botocore.exceptions import ClientError
from constants import ACCOUNT

HERE = f"arn:aws:kms:us-east-1:{ACCOUNT}"
UUID = "12345678-1234-4234-8234-123456789012"
DAY = 86_400
NO_KEY = ("NotFoundException", f"Key '{HERE}:key/{UUID}' does not exist")


def state(kms, key):
    return kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["KeyId"]


def test_a_new_key_with_every_member(kms, mock):
    metadata = kms.create_key(Description="for images")["KeyMetadata"]
    key = metadata["KeyId"]
    assert metadata.pop("CreationDate").timestamp() == pytest.approx(mock.world.clock.now(), abs=0.0005)
    assert metadata == {
        "AWSAccountId": ACCOUNT,
        "KeyId": key,
        "Arn": f"{HERE}:key/{key}",
        "Enabled": True,
        "Description": "for images",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
    }
    assert kms.create_key()["KeyMetadata"]["Description"] == ""


def test_a_key_is_described_by_each_of_its_names(kms):
    made = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=made["Arn"])
    for name in (made["KeyId"], made["Arn"], "alias/mine", f"{HERE}:alias/mine"):
        assert kms.describe_key(KeyId=name)["KeyMetadata"] == made


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (UUID, f"Key '{HERE}:key/{UUID}' does not exist"),
        (f"{HERE}:key/{UUID}", f"Key '{HERE}:key/{UUID}' does not exist"),
        ("alias/mine", f"Alias {HERE}:alias/mine is not found."),
        ("alias/aws/ecr", f"Alias {HERE}:alias/aws/ecr is not found."),
    ],
)
def test_what_is_not_there_is_not_found(kms, name, sentence):
    assert refused(kms, "describe_key", KeyId=name) == ("NotFoundException", sentence)


def test_keys_are_those_of_one_account_in_one_region(kms, client_of, key):
    for stranger in (client_of("kms", "111122223333"), client_of("kms", ACCOUNT, "eu-west-1")):
        assert refused(stranger, "describe_key", KeyId=key)[0] == "NotFoundException"
        assert stranger.list_aliases()["Aliases"] == []
    assert kms.describe_key(KeyId=key)


# -- aliases


def test_aliases_are_listed_in_order_with_every_member(kms, mock, key):
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/b", TargetKeyId=other)
    assert members(kms.create_alias(AliasName="alias/a/x", TargetKeyId=key)) == {}
    answer = members(kms.list_aliases())
    rows = answer.pop("Aliases")
    assert answer == {"Truncated": False}
    for row in rows:
        for member in ("CreationDate", "LastUpdatedDate"):
            assert row.pop(member).timestamp() == pytest.approx(mock.world.clock.now(), abs=0.0005)
    assert rows == [
        {"AliasName": name, "AliasArn": f"{HERE}:{name}", "TargetKeyId": target}
        for name, target in (("alias/a/x", key), ("alias/b", other))
    ]
    (row,) = kms.list_aliases(KeyId=other)["Aliases"]
    assert row["AliasName"] == "alias/b"
    assert refused(kms, "list_aliases", KeyId=UUID) == NO_KEY


def test_aliases_come_in_pages(kms, key):
    names = [f"alias/{letter}" for letter in "abcdefg"]
    for name in names:
        kms.create_alias(AliasName=name, TargetKeyId=key)
    for size in (1, 3, 7, 100):
        paginator = kms.get_paginator("list_aliases")
        pages = list(paginator.paginate(PaginationConfig={"PageSize": size}))
        assert [row["AliasName"] for page in pages for row in page["Aliases"]] == names
        assert [page["Truncated"] for page in pages] == [True] * (len(pages) - 1) + [False]


def test_an_alias_is_given_once(kms, key):
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    sentence = f"An alias with the name {HERE}:alias/mine already exists"
    assert refused(kms, "create_alias", AliasName="alias/mine", TargetKeyId=key) == ("AlreadyExistsException", sentence)
    assert refused(kms, "create_alias", AliasName="alias/other", TargetKeyId=UUID) == NO_KEY
    assert [row["AliasName"] for row in kms.list_aliases()["Aliases"]] == ["alias/mine"]


@pytest.mark.parametrize("name", ["alias/aws/ecr", "alias/aws/mine"])
def test_names_of_aws_itself_are_not_given(kms, key, name):
    assert refused(kms, "create_alias", AliasName=name, TargetKeyId=key) == ("NotAuthorizedException", "")
    kms.create_alias(AliasName="alias/aws-mine", TargetKeyId=key)
    assert [row["AliasName"] for row in kms.list_aliases()["Aliases"]] == ["alias/aws-mine"]


# -- states


def test_a_key_is_disabled_and_enabled_however_often(kms, key):
    for _ in range(2):
        assert members(kms.disable_key(KeyId=key)) == {}
        metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
        assert (metadata["KeyState"], metadata["Enabled"]) == ("Disabled", False)
    for _ in range(2):
        assert members(kms.enable_key(KeyId=key)) == {}
        assert state(kms, key) == "Enabled"


@pytest.mark.parametrize(
    ("asked", "days"), [({}, 30), ({"PendingWindowInDays": 7}, 7), ({"PendingWindowInDays": 30}, 30)]
)
def test_a_key_goes_after_its_waiting_time(kms, mock, key, asked, days):
    now = mock.world.clock.now()
    answer = members(kms.schedule_key_deletion(KeyId=key, **asked))
    gone = answer.pop("DeletionDate")
    assert gone.timestamp() == pytest.approx(now + days * DAY, abs=0.0005)
    assert answer == {"KeyId": f"{HERE}:key/{key}", "KeyState": "PendingDeletion", "PendingWindowInDays": days}
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (metadata["KeyState"], metadata["Enabled"], metadata["DeletionDate"]) == ("PendingDeletion", False, gone)
    mock.world.travel(now + days * DAY - 1)
    assert state(kms, key) == "PendingDeletion"
    mock.world.travel(now + days * DAY)
    assert refused(kms, "describe_key", KeyId=key) == ("NotFoundException", f"Key '{HERE}:key/{key}' does not exist")


@pytest.mark.parametrize("days", [1, 6, 31, 365])
def test_kms_waits_seven_to_thirty_days(kms, key, days):
    code, _ = refused(kms, "schedule_key_deletion", KeyId=key, PendingWindowInDays=days)
    assert code == "ValidationException"
    assert state(kms, key) == "Enabled"


def test_a_deletion_is_taken_back_and_the_key_is_disabled_then(kms, mock, key):
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert members(kms.cancel_key_deletion(KeyId=key)) == {"KeyId": f"{HERE}:key/{key}"}
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert metadata["KeyState"] == "Disabled"
    assert "DeletionDate" not in metadata
    mock.world.travel(mock.world.clock.now() + 30 * DAY)
    kms.enable_key(KeyId=key)
    assert state(kms, key) == "Enabled"


def test_what_a_key_in_the_wrong_state_refuses(kms, key):
    sentence = f"{HERE}:key/{key} is not pending deletion."
    assert refused(kms, "cancel_key_deletion", KeyId=key) == ("KMSInvalidStateException", sentence)
    kms.schedule_key_deletion(KeyId=key)
    pending = ("KMSInvalidStateException", f"{HERE}:key/{key} is pending deletion.")
    for operation in ("enable_key", "disable_key", "schedule_key_deletion"):
        assert refused(kms, operation, KeyId=key) == pending
    assert refused(kms, "create_alias", AliasName="alias/mine", TargetKeyId=key) == pending


@pytest.mark.parametrize("operation", ["enable_key", "disable_key", "schedule_key_deletion", "cancel_key_deletion"])
def test_a_missing_key_has_no_state(kms, operation):
    assert refused(kms, operation, KeyId=UUID) == NO_KEY


# -- the words of another service


def test_a_violated_constraint_is_worded_as_kms_does(kms):
    code, message = refused(kms, "describe_key")
    assert code == "ValidationException"
    assert message.startswith("1 validation error detected: Value")
    assert message.endswith(" at 'keyId' failed to satisfy constraint: Member must not be null")
    code, message = refused(kms, "create_alias", AliasName="alias/a b", TargetKeyId=UUID)
    assert code == "ValidationException"
    assert " at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: " in message


def test_an_operation_that_is_missing_says_so(kms):
    with pytest.raises(ClientError) as caught:
        kms.generate_random(NumberOfBytes=1)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "GenerateRandom" in str(caught.value)


def test_calls_are_recorded_as_those_of_kms(kms, mock, key):
    kms.disable_key(KeyId=key)
    call = mock.calls[-1]
    assert (call.service, call.action, call.parameters) == ("kms", "DisableKey", {"KeyId": key})
