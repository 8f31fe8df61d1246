"""ecrmock.domain.names: what may be called what."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrmock.domain import names
from ecrmock.errors.ecr import InvalidParameterException
from ecrmock.protocols.model import shipped

R1 = r"must satisfy regular expression '[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*'"
"""facts/api 1.7, family B."""
MODEL = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*")
"""facts/api 2.1, the model's pattern."""
PARTITIONS = sorted(shipped("partitions")["partitions"].items())


# -- repository names: facts/api 2.1


@pytest.mark.parametrize(
    "name",
    [
        *("team/app", "a__b", "a--b", "a---b", "a/b__c", "a.b", "1a"),
        *("ab", "00", "a/b/c/d", "a" * 256, "a/manifests/b/blobs/uploads", "a.b-c_d__e/f"),
    ],
)
def test_repository_names_that_are_accepted(name):
    assert names.repository_fault(name) is None


@pytest.mark.parametrize(
    "name",
    [
        *("a___b", "a_-b", "_a", "a_", "Team/App", "a//b", "a/", "a..b"),
        *("/a", "a b", "a\n", "ab\n", "a.-b", "-a", "a-", "ä1", "a٣", "a:b", "Bad_Name!", "a/../b", "a\0b", "\uff41b"),
    ],
)
def test_repository_names_that_break_the_pattern(name):
    assert names.repository_fault(name) == R1


@pytest.mark.parametrize("name", [None, ""])
def test_a_missing_repository_name_is_null(name):
    assert names.repository_fault(name) == "must not be null"


@pytest.mark.parametrize("name", ["a", "A", "!"])
def test_one_character_is_too_short_whatever_it_is(name):
    assert names.repository_fault(name) == "must have length greater than or equal to 2"


@pytest.mark.parametrize("name", ["a" * 257, "A" * 257, "!" * 5000])
def test_more_than_256_characters_are_too_long_whatever_they_are(name):
    assert names.repository_fault(name) == "must have length less than or equal to 256"


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="ab1._-/A", min_size=2, max_size=12))
def test_the_quick_pattern_agrees_with_the_model(name):
    assert (names.repository_fault(name) is None) == (MODEL.fullmatch(name) is not None)


@pytest.mark.parametrize(
    "name",
    [
        "a" * 200 + "!",
        "-" * 256,
        "a" + "-" * 254 + "!",
        "a_" * 127 + "!",
        "a__" * 85,
        "a-" * 128,
        "a/" * 127 + "!",
        "a." * 127 + "/!",
        "a" * 100 + "_" * 100 + "a" * 50 + "!",
    ],
)
def test_no_name_makes_the_judging_slow(name):
    """A pattern that doubles its work with each letter would not come back."""
    assert names.repository_fault(name) == R1


# -- digests, tags, accounts


SHA256, SHA512 = "sha256:" + "0a" * 32, "sha512:" + "0a" * 64


@pytest.mark.parametrize("text", [SHA256, SHA512])
def test_digests_that_are_read(text):
    digest = names.digest(text)
    assert (digest.algorithm, digest.hex) == tuple(text.split(":"))
    assert str(digest) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256",
        "sha256:",
        ":" + "0" * 64,
        SHA256[:-1],
        SHA256 + "0",
        SHA256.upper(),
        "sha256:" + "0A" * 32,
        "sha256:" + "g" * 64,
        "sha256:" + "0" * 63 + "\n",
        "sha256:" + "٣" * 64,
        "sha512:" + "0" * 64,
        "sha1:" + "0" * 40,
        "md5:" + "0" * 32,
        " " + SHA256,
        SHA256 + "\n",
        "sha256:sha256:" + "0" * 57,
    ],
)
def test_digests_that_are_none(text):
    assert names.digest(text) is None


def test_a_digest_is_made_from_hex():
    assert str(names.sha256("ab" * 32)) == "sha256:" + "ab" * 32


@pytest.mark.parametrize("text", [SHA256, "x:0", "a+b.c_d-e:AbC", "sha256:00"])
def test_texts_that_ecr_takes_for_a_digest(text):
    assert names.looks_like_digest(text)


@pytest.mark.parametrize("text", ["", "sha256", "sha256:", ":00", "sha256:xyz", "a b:00", "a:b:00", SHA256 + "\n"])
def test_texts_that_ecr_refuses_as_a_digest(text):
    assert not names.looks_like_digest(text)


@pytest.mark.parametrize(
    ("tag", "api", "oci"),
    [
        ("latest", True, True),
        ("v1.2.3-rc_4", True, True),
        ("_under", True, True),
        ("-dash", True, False),
        (".dot", True, False),
        ("a" * 128, True, True),
        ("a" * 129, True, False),
        ("", False, False),
        ("a b", False, False),
        ("a/b", False, False),
        ("a:b", False, False),
        ("a\n", False, False),
        ("ä", False, False),
    ],
)
def test_tags_in_the_api_and_in_the_stricter_registry_protocol(tag, api, oci):
    assert names.tag_fault(tag) == (None if api else "must satisfy regular expression '[a-zA-Z0-9-_.]+'")
    assert names.oci_tag(tag) is oci


@pytest.mark.parametrize("text", ["123456789012", "000000000000"])
def test_accounts_have_twelve_digits(text):
    assert names.is_account(text)
    assert names.account_fault(text) is None


@pytest.mark.parametrize("text", ["", "12345678901", "1234567890123", "12345678901a", "١٢٣٤٥٦٧٨٩٠١٢", "123456789012\n"])
def test_accounts_that_are_none(text):
    assert not names.is_account(text)
    assert names.account_fault(text) == "must satisfy regular expression [0-9]{12}"


# -- partitions, ARNs


@pytest.mark.parametrize(("name", "partition"), PARTITIONS)
def test_every_region_that_botocore_knows_is_in_its_partition(name, partition):
    for region in partition["regions"]:
        if not region.startswith("aws"):  # aws-global and the like are no regions
            assert names.partition(region) == name
            assert names.registry_host("123456789012", region).endswith(f".{region}.{partition['dnsSuffix']}")


def test_a_region_that_nobody_knows_is_served_like_aws():
    assert names.partition("moon-base-1") == "aws"
    assert names.registry_host("123456789012", "moon-base-1") == "123456789012.dkr.ecr.moon-base-1.amazonaws.com"


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("eu-central-1", "aws"),
        ("cn-northwest-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_an_arn_is_made_and_read_in_every_partition(region, partition):
    arn = names.repository_arn("123456789012", region, "team/app")
    assert arn == f"arn:{partition}:ecr:{region}:123456789012:repository/team/app"
    assert names.parse_arn(arn) == (region, "123456789012", "team/app")
    assert names.root_arn("123456789012", region) == f"arn:{partition}:iam::123456789012:root"


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "team/app",
        "arn:aws:ecr:us-east-1:123456789012:repository/",
        "arn:aws:ecr:us-east-1:123456789012:repository/a",
        "arn:aws:ecr:us-east-1:123456789012:repository/Bad_Name!",
        "arn:aws:ecr:us-east-1:123456789012:registry/team",
        "arn:aws:ecr:us-east-1:12345678901:repository/team",
        "arn:aws:ecr:us-east-1::repository/team",
        "arn:aws:ecr::123456789012:repository/team",
        "arn:aws:ecs:us-east-1:123456789012:repository/team",
        "arn:aws-cn:ecr:us-east-1:123456789012:repository/team",
        "arn:aws:ecr:cn-north-1:123456789012:repository/team",
        "ARN:aws:ecr:us-east-1:123456789012:repository/team",
        "arn:aws:ecr:us-east-1:123456789012:repository/team\n",
        " arn:aws:ecr:us-east-1:123456789012:repository/team",
        "arn:aws:ecr:us-east-1:123456789012:repository/team:latest",
    ],
)
def test_arns_that_are_refused(arn):
    with pytest.raises(InvalidParameterException) as refused:
        names.parse_arn(arn)
    assert refused.value.message == "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'"


# -- hosts


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com", "us-east-1"),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com:443", "us-east-1"),
        ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("123456789012.dkr-ecr.eu-west-1.on.aws", "eu-west-1"),
        ("123456789012.dkr-ecr-fips.us-east-1.on.aws", "us-east-1"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", "cn-north-1"),
        ("123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
        ("123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ("123456789012.dkr.ecr.eu-west-1.localhost", "eu-west-1"),
        ("123456789012.dkr.ecr.eu-west-1.localhost:8327", "eu-west-1"),
        ("123456789012.DKR.ECR.EU-WEST-1.LOCALHOST:8327", "eu-west-1"),
        ("123456789012.dkr.ecr.eu-west-1.my.own.suffix", "eu-west-1"),
    ],
)
def test_hosts_that_name_a_registry(host, region):
    assert names.registry_of_host(host) == ("123456789012", region)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost",
        "localhost:8327",
        "127.0.0.1:8327",
        "[::1]:8327",
        "api.ecr.us-east-1.amazonaws.com",
        "12345678901.dkr.ecr.us-east-1.amazonaws.com",
        "1123456789012.dkr.ecr.us-east-1.amazonaws.com",
        "123456789012.dkr.ecr.us-east-1",
        "123456789012.dkr.ecr.us-east-1:8327",
        "123456789012.dkr.ecr..amazonaws.com",
        "x123456789012.dkr.ecr.us-east-1.amazonaws.com",
        "a.123456789012.dkr.ecr.us-east-1.amazonaws.com",
        "123456789012.dkrxecr.us-east-1.amazonaws.com",
        "public.ecr.aws",
    ],
)
def test_hosts_that_name_none(host):
    assert names.registry_of_host(host) is None


@pytest.mark.parametrize("partition", [row for _, row in PARTITIONS])
def test_a_registry_host_reads_back_in_every_region(partition):
    for region in partition["regions"]:
        host = names.registry_host("123456789012", region)
        assert names.registry_of_host(host) == ("123456789012", region)
        assert names.is_aws_host(host)


@pytest.mark.parametrize(
    ("component", "found"),
    [
        ("123456789012.dkr.ecr.eu-west-1", ("123456789012", "eu-west-1")),
        ("123456789012.dkr-ecr.eu-west-1", ("123456789012", "eu-west-1")),
        ("123456789012.dkr.ecr-fips.us-east-1", ("123456789012", "us-east-1")),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", None),
        ("123456789012.dkr.ecr.", None),
        ("123456789012.DKR.ECR.eu-west-1", None),
        ("12345678901.dkr.ecr.eu-west-1", None),
        ("team", None),
        ("", None),
    ],
)
def test_path_components_that_select_a_registry(component, found):
    assert names.registry_of_path(component) == found


@pytest.mark.parametrize("partition", [row for _, row in PARTITIONS])
def test_every_suffix_that_botocore_knows_is_aws(partition):
    for suffix in ("dnsSuffix", "dualStackDnsSuffix"):
        assert names.is_aws_host(f"ecr.somewhere-1.{partition[suffix]}"), partition[suffix]


@pytest.mark.parametrize(
    "host",
    [
        "api.ecr.us-east-1.amazonaws.com",
        "api.ecr.us-east-1.amazonaws.com:443",
        "API.ECR.US-EAST-1.AMAZONAWS.COM",
        "ecr.us-east-1.api.aws",
        "ecr-fips.us-east-1.api.aws",
        "sts.amazonaws.com",
        "api.ecr.cn-north-1.amazonaws.com.cn",
        "123456789012.dkr-ecr.eu-west-1.on.aws",
        "amazonaws.com",
        "api.ecr.us-east-1.amazonaws.com.",
        "s3.amazonaws.com.:443",
    ],
)
def test_hosts_of_aws(host):
    assert names.is_aws_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost",
        "localhost:8327",
        "127.0.0.1:8327",
        "[::1]:8327",
        "evilamazonaws.com",
        "amazonaws.com.evil.org",
        "amazonaws.com.evil.org:443",
        "notaws.api.aws.example",
        "myapi.aws.example.com",
        "xapi.aws",
        "amazonawsxcom",
        "amazonaws.co",
        "123456789012.dkr.ecr.us-east-1.localhost:8327",
        "amazonaws.com\n",
        "amazonaws.com..",
        "amazonaws.comx",
    ],
)
def test_hosts_that_are_not_awss(host):
    assert not names.is_aws_host(host)
