"""How is a repository encrypted, and what does its key do to it? (facts/api 5.9)."""

import re
from typing import NamedTuple

import pytest
from botocore.exceptions import ClientError
from constants import ACCOUNT, OCI
from werkzeug.test import Client

HERE = f"arn:aws:kms:us-east-1:{ACCOUNT}"
UUID = "12345678-1234-4234-8234-123456789012"
KEY_ARN = re.compile(rf"{re.escape(HERE)}:key/[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}")


class Refusal(NamedTuple):
    code: str
    message: str
    kms_error: str


def encrypted(kit, name, kind="KMS", key=None):
    """The encryption of a new repository as its creation shows it."""
    wanted = {"encryptionType": kind, **({"kmsKey": key} if key else {})}
    return kit.repository(name, encryptionConfiguration=wanted)["encryptionConfiguration"]


def key_of(kit, name, key=None):
    found = encrypted(kit, name, key=key)
    assert found["encryptionType"] == "KMS"
    return found["kmsKey"]


def refused(kit, operation, **request):
    """Code, sentence and kmsError of a refusal by KMS."""
    with pytest.raises(ClientError) as caught:
        getattr(kit.client, operation)(**request)
    answer = caught.value.response
    return Refusal(answer["Error"]["Code"], answer["Error"].get("Message"), answer.get("kmsError"))


def creation_refused(kit, key, kind="KMS"):
    configuration = {"encryptionType": kind, "kmsKey": key}
    found = refused(kit, "create_repository", repositoryName="new", encryptionConfiguration=configuration)
    assert all(row["repositoryName"] != "new" for row in kit.client.describe_repositories()["repositories"])
    return found


@pytest.fixture
def key(kms):
    """A key of ours, by its metadata."""
    return kms.create_key()["KeyMetadata"]


# -- the table of facts/api 5.9


def test_without_a_word_and_with_aes256_there_is_no_key(kit):
    assert kit.repository("plain")["encryptionConfiguration"] == {"encryptionType": "AES256"}
    assert encrypted(kit, "aes", "AES256") == {"encryptionType": "AES256"}


@pytest.mark.parametrize("kind", ["KMS", "KMS_DSSE"])
def test_kms_without_a_key_has_the_managed_one_which_is_the_same_for_all(kit, other, kind):
    first = encrypted(kit, "one", kind)
    assert first["encryptionType"] == kind
    assert KEY_ARN.fullmatch(first["kmsKey"])
    assert encrypted(kit, "two", kind) == first
    assert key_of(kit, "three", "alias/aws/ecr") == first["kmsKey"]
    assert key_of(kit, "four", f"{HERE}:alias/aws/ecr") == first["kmsKey"]
    assert key_of(other(), "one") != first["kmsKey"]
    assert key_of(other(ACCOUNT, "eu-west-1"), "one").startswith(f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/")


@pytest.mark.parametrize("alias", ["alias/aws/ecr", f"{HERE}:alias/aws/ecr"])
def test_the_managed_key_is_the_same_when_its_alias_is_named_first(kit, alias):
    assert key_of(kit, "one", alias) == key_of(kit, "two")


def test_the_managed_key_is_one_that_kms_knows(kit, kms):
    arn = key_of(kit, "one")
    metadata = kms.describe_key(KeyId="alias/aws/ecr")["KeyMetadata"]
    assert (metadata["Arn"], metadata["KeyManager"]) == (arn, "AWS")
    assert key_of(kit, "two") == arn


def test_describe_shows_the_key_and_delete_does_not(kit):
    made = kit.repository(encryptionConfiguration={"encryptionType": "KMS"})
    assert kit.client.describe_repositories()["repositories"] == [made]
    gone = kit.client.delete_repository(repositoryName="team/app")["repository"]
    assert "encryptionConfiguration" not in gone


def test_every_name_of_a_key_leads_to_its_arn(kit, kms, key):
    kms.create_alias(AliasName="alias/mine/own_1", TargetKeyId=key["KeyId"])
    names = [key["KeyId"], key["Arn"], "alias/mine/own_1", f"{HERE}:alias/mine/own_1"]
    assert {key_of(kit, f"r{number}", name) for number, name in enumerate(names)} == {key["Arn"]}
    assert encrypted(kit, "dsse", "KMS_DSSE", key["KeyId"]) == {"encryptionType": "KMS_DSSE", "kmsKey": key["Arn"]}


def test_the_key_of_another_account_may_be_named_by_its_arn(kit, client_of):
    theirs = client_of("kms", "111122223333").create_key()["KeyMetadata"]["Arn"]
    assert key_of(kit, "one", theirs) == theirs
    client_of("kms", "111122223333").create_alias(AliasName="alias/theirs", TargetKeyId=theirs)
    assert key_of(kit, "two", "arn:aws:kms:us-east-1:111122223333:alias/theirs") == theirs


# -- keys that nobody has heard of


@pytest.mark.parametrize("name", [UUID, f"{HERE}:key/{UUID}"])
def test_an_unknown_key_is_accepted_while_kms_was_never_called(kit, name):
    assert key_of(kit, "one", name) == f"{HERE}:key/{UUID}"


@pytest.mark.parametrize("name", ["alias/mine", f"{HERE}:alias/mine"])
def test_an_unknown_alias_is_accepted_too_and_means_the_same_key_each_time(kit, name):
    first = key_of(kit, "one", name)
    assert KEY_ARN.fullmatch(first)
    assert key_of(kit, "two", "alias/mine") == first
    assert key_of(kit, "three", "alias/others") != first


def test_a_multi_region_key_is_a_key(kit):
    name = "mrk-" + "0" * 32
    assert key_of(kit, "one", name) == f"{HERE}:key/{name}"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (UUID, f"Key '{HERE}:key/{UUID}' does not exist"),
        (f"{HERE}:key/{UUID}", f"Key '{HERE}:key/{UUID}' does not exist"),
        ("alias/mine", f"Alias {HERE}:alias/mine is not found."),
        (f"{HERE}:alias/mine", f"Alias {HERE}:alias/mine is not found."),
    ],
)
def test_once_kms_was_called_what_it_does_not_know_is_refused(kit, kms, name, shown):
    kms.list_aliases()
    assert creation_refused(kit, name) == ("KmsException", shown, "NotFoundException")


def test_what_was_called_elsewhere_does_not_count(kit, client_of):
    client_of("kms", "111122223333").create_key()
    client_of("kms", ACCOUNT, "eu-west-1").create_key()
    assert key_of(kit, "one", UUID) == f"{HERE}:key/{UUID}"


@pytest.mark.parametrize(
    "name", [f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{UUID}", f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/mine"]
)
def test_a_key_of_another_region_is_refused(kit, name):
    assert creation_refused(kit, name)[::2] == ("KmsException", "NotFoundException")


@pytest.mark.parametrize(
    "name",
    ["nonsense", "alias/", "alias/a b", "key/" + UUID, UUID.replace("-", ""), "arn:aws:s3:::bucket", f"{HERE}:key/x"],
)
def test_what_is_no_name_of_a_key_is_refused(kit, name):
    assert creation_refused(kit, name)[::2] == ("KmsException", "NotFoundException")


def test_the_length_of_a_key_is_judged_by_the_model(kit):
    path = "encryptionConfiguration.kmsKey"
    for name, bound in ((" " * 0, "greater than or equal to 1"), ("x" * 2049, "less than or equal to 2048")):
        configuration = {"encryptionType": "KMS", "kmsKey": name}
        code, message = kit.refused("create_repository", repositoryName="new", encryptionConfiguration=configuration)
        assert code == "InvalidParameterException"
        assert (
            message == f"Invalid parameter at '{path}' failed to satisfy constraint: 'Member must have length {bound}'"
        )


def test_the_kind_is_one_of_three(kit):
    values = "Member must satisfy enum value set: [AES256, KMS, KMS_DSSE]"
    _, message = kit.refused("create_repository", repositoryName="new", encryptionConfiguration={"encryptionType": "X"})
    assert message.endswith(f"'encryptionConfiguration.encryptionType' failed to satisfy constraint: '{values}'")
    _, message = kit.refused("create_repository", repositoryName="new", encryptionConfiguration={})
    assert message.endswith(
        "'encryptionConfiguration.encryptionType' failed to satisfy constraint: 'Member must not be null'"
    )


# -- keys that cannot be used


class Secured:
    """A repository under a key of its own with an image in it, at both doors."""

    def __init__(self, kit, kms, key):
        self.kit, self.kms, self.key = kit, kms, key["KeyId"]
        self.arn = key["Arn"]
        assert key_of(kit, "team/app", self.arn) == self.arn
        self.image = kit.push("v1")
        self.layer = kit.sha256(self.image.blobs["layer"])
        self.upload = kit.begin()
        kit.part(self.upload, b"begun")
        entry = kit.client.get_authorization_token()["authorizationData"][0]
        host = entry["proxyEndpoint"].removeprefix("https://")
        self.headers = {"Authorization": f"Basic {entry['authorizationToken']}", "Host": host}

    def disable(self):
        self.kms.disable_key(KeyId=self.key)
        return f"{self.arn} is disabled.", "DisabledException"

    def schedule_deletion(self):
        self.kms.schedule_key_deletion(KeyId=self.key, PendingWindowInDays=7)
        return f"{self.arn} is pending deletion.", "KMSInvalidStateException"

    def delete(self):
        self.kms.schedule_key_deletion(KeyId=self.key, PendingWindowInDays=7)
        self.kit.advance(7 * 86_400)
        self.headers["Authorization"] = (
            "Basic " + self.kit.client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        )
        return f"Key '{self.arn}' does not exist", "NotFoundException"

    def docker(self, method, path, data=b"", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Client(self.kit.mock.application).open(
            f"/v2/team/app/{path}", method=method, data=data, headers=self.headers | named
        )


@pytest.fixture
def secured(kit, kms, key):
    return Secured(kit, kms, key)


WAYS = ["disable", "schedule_deletion", "delete"]


@pytest.mark.parametrize("way", WAYS)
def test_an_unusable_key_refuses_a_new_repository(kit, secured, way):
    message, error = getattr(secured, way)()
    assert creation_refused(kit, secured.arn) == ("KmsException", message, error)
    assert creation_refused(kit, secured.key, "KMS_DSSE") == ("KmsException", message, error)


@pytest.mark.parametrize("way", ["disable", "schedule_deletion"])
def test_an_unusable_key_refuses_pushes_at_the_api(kit, secured, way):
    wanted = ("KmsException", *getattr(secured, way)())
    app = {"repositoryName": "team/app"}
    assert refused(kit, "initiate_layer_upload", **app) == wanted
    part = {"partFirstByte": 5, "partLastByte": 5, "layerPartBlob": b"x"}
    assert refused(kit, "upload_layer_part", **app, uploadId=secured.upload, **part) == wanted
    digests = [kit.sha256(b"begun")]
    assert refused(kit, "complete_layer_upload", **app, uploadId=secured.upload, layerDigests=digests) == wanted
    other = kit.manifest(*secured.image.blobs.values(), annotations={"a": "b"})
    for tag in ("v1", "v2"):
        assert refused(kit, "put_image", **app, imageManifest=other, imageTag=tag) == wanted


@pytest.mark.parametrize("way", WAYS)
def test_an_unusable_key_refuses_pulls_at_the_api(kit, secured, way):
    message, error = getattr(secured, way)()
    answer = kit.client.batch_get_image(repositoryName="team/app", imageIds=[{"imageTag": "v1"}, {"imageTag": "gone"}])
    assert answer["images"] == []
    assert [(row["failureCode"], row["failureReason"]) for row in answer["failures"]] == [
        ("KmsError", message),
        ("ImageNotFound", "Requested image not found"),
    ]
    asked = {"repositoryName": "team/app", "layerDigest": secured.layer}
    with pytest.raises(ClientError) as caught:
        kit.client.get_download_url_for_layer(**asked)
    assert message in str(caught.value)
    assert "lastRecordedPullTime" not in kit.describe()[0]
    assert error


@pytest.mark.parametrize("way", ["disable", "schedule_deletion"])
def test_an_unusable_key_denies_pushes_and_pulls_at_the_docker_door(secured, way):
    message, _ = getattr(secured, way)()
    layer, upload = f"blobs/{secured.layer}", f"blobs/uploads/{secured.upload}"
    manifest = secured.image.manifest.encode()
    tried = [
        secured.docker("GET", "manifests/v1"),
        secured.docker("GET", f"manifests/{secured.image.digest}"),
        secured.docker("GET", layer),
        secured.docker("POST", "blobs/uploads/"),
        secured.docker("POST", f"blobs/uploads/?mount={secured.layer}&from=other"),
        secured.docker("PATCH", upload, b"more"),
        secured.docker("PUT", f"{upload}?digest={secured.kit.sha256(b'begun')}"),
        secured.docker("PUT", "manifests/v1", manifest, Content_Type=OCI),
        secured.docker("PUT", "manifests/v2", manifest, Content_Type=OCI),
    ]
    for place, answer in enumerate(tried):
        assert answer.status_code == 403, place
        assert answer.json == {"errors": [{"code": "DENIED", "message": message}]}
    assert secured.docker("HEAD", "manifests/v1").status_code == 403


@pytest.mark.parametrize("way", ["disable", "schedule_deletion"])
def test_what_needs_no_key_goes_on(kit, secured, way):
    getattr(secured, way)()
    assert kit.ids() == [(secured.image.digest, "v1")]
    assert kit.describe()[0]["imageTags"] == ["v1"]
    assert kit.availability(secured.layer) == "AVAILABLE"
    assert secured.docker("GET", "tags/list").json["tags"] == ["v1"]
    gone = kit.client.batch_delete_image(repositoryName="team/app", imageIds=[{"imageTag": "v1"}])
    assert gone["failures"] == []
    kit.client.delete_repository(repositoryName="team/app")


@pytest.mark.parametrize("way", ["disable", "schedule_deletion"])
def test_a_key_that_works_again_lets_everything_work_again(kit, secured, way):
    getattr(secured, way)()
    if way == "schedule_deletion":
        secured.kms.cancel_key_deletion(KeyId=secured.key)
        assert creation_refused(kit, secured.arn).kms_error == "DisabledException"
    secured.kms.enable_key(KeyId=secured.key)
    assert key_of(kit, "other", secured.arn) == secured.arn
    assert secured.docker("GET", "manifests/v1").data.decode() == secured.image.manifest
    assert len(kit.client.batch_get_image(repositoryName="team/app", imageIds=[{"imageTag": "v1"}])["images"]) == 1
    kit.part(secured.upload, b"!", 5)
    assert kit.push("v2", "two")


def test_the_key_of_one_repository_is_nothing_to_another(kit, secured):
    kit.repository("plain")
    key_of(kit, "managed")
    secured.disable()
    for name in ("plain", "managed"):
        kit.push("v1", name=name)
        answer = kit.client.batch_get_image(repositoryName=name, imageIds=[{"imageTag": "v1"}])
        assert answer["failures"] == []
