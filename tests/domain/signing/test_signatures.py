"""ecrmock.domain.signing.signatures: what is signed, for whom, how far it has got."""

import json

import pytest
from constants import ACCOUNT, AWAY, EMPTY, OCI
from images import descriptor
from worlds import images_of, layers_of, sign_by

from ecrmock.domain.images.images import ImageId
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.signing import notation
from ecrmock.domain.signing import signatures as signing
from ecrmock.domain.signing.rules import SigningRule
from ecrmock.domain.signing.signatures import Signing, SigningRefusedError

ONE, TWO = (f"arn:aws:signer:us-east-1:{ACCOUNT}:/signing-profiles/{name}" for name in ("one", "two"))
FOREIGN = f"arn:aws:signer:us-east-1:{AWAY}:/signing-profiles/theirs"
THIRD = "444455556666"


@pytest.fixture
def world(make_world):
    """A world that signs nothing by itself."""
    return make_world(delays=(("sign-image", "manual"),))


@pytest.fixture
def signed(bench, world):
    """A repository whose images two profiles are to sign."""
    sign_by(world.of(Registry, ACCOUNT, "us-east-1"), SigningRule(TWO), SigningRule(ONE, ("team/*",)))
    return bench


def begin(bench, digest, pusher=ACCOUNT):
    return bench.do(lambda repository: Signing(repository).begin(digest, pusher))


def attach(bench, digest, profile=ONE, envelope=b"envelope"):
    bench.do(lambda repository: Signing(repository).attach(digest, profile, envelope, ["ab", "cd"]))


def target(bench, digest, profile=ONE):
    return Signing(bench.repository).target(digest, profile)


def states(bench, digest):
    return [(row.profile, row.state) for row in Signing(bench.repository).statuses(digest)]


# -- what is signed


def test_the_profiles_of_a_repository_sign_in_the_order_of_the_configuration(signed):
    image = signed.push(b"x")
    assert begin(signed, image.digest) == [TWO, ONE]
    assert states(signed, image.digest) == [(TWO, "IN_PROGRESS"), (ONE, "IN_PROGRESS")]


def test_a_repository_that_no_filter_takes_is_signed_only_by_who_has_none(signed, make_bench):
    other = make_bench(signed.world, "other/app")
    assert begin(other, other.push(b"x").digest) == [TWO]


def test_without_a_configuration_nothing_is_signed(bench):
    image = bench.push(b"x")
    assert (begin(bench, image.digest), states(bench, image.digest)) == ([], [])


def test_lists_are_signed_and_signatures_and_other_referrers_are_not(signed):
    image = signed.push(b"x")
    index = signed.put(signed.index(image.digest)).image
    subject = {"mediaType": OCI, "digest": image.digest, "size": 1}
    signature = signed.push(b"of nothing", artifactType=notation.ARTIFACT_TYPE)
    begun = [begin(signed, each.digest) for each in (index, signed.push(b"sbom", subject=subject), signature)]
    assert begun == [[TWO, ONE], [], []]


def test_an_image_that_is_not_here_is_not_signed(signed):
    assert begin(signed, "sha256:" + "0" * 64) == []


# -- what a profile signs, and for whom


def test_a_profile_signs_the_descriptor_of_the_manifest(signed):
    image = signed.push(b"x")
    begin(signed, image.digest)
    data = signed.images.manifest(image)
    assert target(signed, image.digest) == descriptor(data, OCI)


def test_there_is_nothing_to_sign_where_nothing_is_in_progress(signed):
    image, gone = signed.push(b"x"), signed.push(b"y")
    assert target(signed, image.digest) is None
    for each in (image, gone):
        begin(signed, each.digest)
    signed.do(lambda repository: Signing(repository).fail(image.digest, ONE, "CODE", "why"))
    signed.delete(ImageId(gone.digest))
    assert (target(signed, image.digest), target(signed, gone.digest)) == (None, None)
    assert target(signed, image.digest, TWO) is not None


def pushed(bench, profile, pusher):
    """The digest of an image of this pusher that this profile is to sign."""
    sign_by(bench.world.of(Registry, ACCOUNT, "us-east-1"), SigningRule(profile))
    image = bench.push(b"x")
    begin(bench, image.digest, pusher)
    return image.digest


@pytest.mark.parametrize(("profile", "pusher"), [(ONE, ACCOUNT), (FOREIGN, ACCOUNT), (FOREIGN, AWAY)])
def test_a_profile_may_be_used_by_its_account_and_that_of_the_registry(bench, profile, pusher):
    digest = pushed(bench, profile, pusher)
    assert target(bench, digest, profile)["digest"] == digest


@pytest.mark.parametrize(("profile", "pusher"), [(ONE, AWAY), (FOREIGN, THIRD)])
def test_a_profile_may_not_be_used_by_anybody_else_where_there_is_iam(bench, make_world, make_bench, profile, pusher):
    with pytest.raises(SigningRefusedError) as refused:
        target(bench, pushed(bench, profile, pusher), profile)
    reason = f"The pusher is not authorized to perform signer:SignPayload: {profile}"
    assert refused.value.args == ("ACCESS_DENIED", reason)
    free = make_bench(make_world(delays=(("sign-image", "manual"),), iam="off"))
    assert target(free, pushed(free, profile, pusher), profile) is not None


# -- how far it has got


def test_a_signature_is_pushed_as_a_referrer_and_then_it_is_complete(signed, world):
    image = signed.push(b"x")
    begin(signed, image.digest)
    world.clock.freeze(1_700_000_060.0)
    attach(signed, image.digest, envelope=b"the envelope")
    (signature,) = signed.images.referrers(image.digest, [notation.ARTIFACT_TYPE])
    body = json.loads(signed.images.manifest(signature))
    assert body["subject"] == descriptor(signed.images.manifest(image), OCI)
    assert body["config"] == descriptor(b"{}", EMPTY)
    assert body["layers"] == [descriptor(b"the envelope", notation.ENVELOPE_TYPE)]
    assert body["annotations"][notation.THUMBPRINT] == '["ab","cd"]'
    assert body["annotations"]["org.opencontainers.image.created"] == "2023-11-14T22:14:20Z"
    assert layers_of(signed.repository).get(body["layers"][0]["digest"]).users == 1
    assert (signature.tags, states(signed, image.digest)) == ((), [(TWO, "IN_PROGRESS"), (ONE, "COMPLETE")])


def test_each_profile_pushes_one_signature_however_often_it_is_done(signed):
    image = signed.push(b"x")
    begin(signed, image.digest)
    for profile in (ONE, ONE, TWO):
        attach(signed, image.digest, profile, profile.encode())
    attach(signed, image.digest, ONE, b"another")
    assert len(signed.images.referrers(image.digest)) == 2
    assert {state for _, state in states(signed, image.digest)} == {"COMPLETE"}


def test_a_signature_of_what_went_meanwhile_is_not_pushed(signed):
    image = signed.push(b"x")
    begin(signed, image.digest)
    signed.delete(ImageId(image.digest))
    attach(signed, image.digest)
    assert len(signed.images) == 0


def test_a_failure_says_why_and_comes_too_late_after_the_end(signed):
    image = signed.push(b"x")
    begin(signed, image.digest)
    attach(signed, image.digest)
    for profile in (ONE, TWO):
        signed.do(lambda repository, profile=profile: Signing(repository).fail(image.digest, profile, "CODE", "why"))
    found = [(row.state, row.code, row.reason) for row in Signing(signed.repository).statuses(image.digest)]
    assert found == [("FAILED", "CODE", "why"), ("COMPLETE", None, None)]


def test_what_is_known_of_an_image_goes_with_it_and_its_profiles_are_told(signed):
    image = signed.push(b"x")
    begin(signed, image.digest)
    forgotten = signed.do(lambda repository: Signing(repository).forget(image.digest))
    assert (forgotten, states(signed, image.digest)) == ([TWO, ONE], [])


# -- profiles


@pytest.mark.parametrize("text", ["", "one", ONE + "!", ONE.replace("signer", "s3"), "arn:aws:signer:us-east-1:1:/x/y"])
def test_who_is_no_profile_has_no_key(world, text):
    with pytest.raises(ValueError, match="is no ARN of a signing profile"):
        signing.signer(world, text)


def test_a_profile_has_the_same_key_until_another_world(world, make_world):
    again, other = signing.signer(world, ONE).root, signing.signer(world, TWO).root
    assert signing.signer(world, ONE).root == again != other
    assert signing.signer(make_world(), ONE).root != again


def test_profiles_are_known_that_a_configuration_names_or_an_image_was_signed_by(signed, world):
    image = signed.push(b"x")
    begin(signed, image.digest)
    sign_by(world.of(Registry, AWAY, "us-east-1"), SigningRule(FOREIGN), SigningRule(ONE))
    sign_by(world.of(Registry, ACCOUNT, "us-east-1"))
    assert signing.known_profiles(world) == sorted({ONE, TWO, FOREIGN})
    assert images_of(signed.repository).get(image.digest) == image
