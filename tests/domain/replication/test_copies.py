"""ecrmock.domain.replication.copies: where an image goes, what is put there, and who lets it in."""

import pytest
from constants import ACCOUNT, AWAY
from worlds import encrypt_by, heard, images_of, layers_of, replicate_by, trust_by

from ecrmock.domain.images.events import ImageDeleted, ImagePushed
from ecrmock.domain.images.images import ImageId
from ecrmock.domain.images.pushes import Push
from ecrmock.domain.neighbours.keys import KeyRing
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.registry.repositories import Mutability
from ecrmock.domain.replication.copies import Replication, ReplicationRefusedError, carry
from ecrmock.domain.replication.rules import Destination, ReplicationRule
from ecrmock.domain.templates import Templates
from ecrmock.errors.ecr import KmsException

WEST, NORTH, THEIRS = (
    Destination(ACCOUNT, "us-west-2"),
    Destination(ACCOUNT, "eu-north-1"),
    Destination(AWAY, "us-west-2"),
)
DENIED = "DESTINATION_REGISTRY_ACCESS_DENIED"


@pytest.fixture
def world(make_world):
    """A world that copies nothing by itself."""
    return make_world(delays=(("replicate-image", "manual"),))


def there(bench, destination=WEST):
    return bench.world.of(Registry, *destination).existing(bench.name)


def tags(bench, destination=WEST):
    """tag -> digest of what is there."""
    return {tag: image.digest for image in images_of(there(bench, destination)).all() for tag in image.tags}


def copy(bench, digest, tag=None, destination=WEST):
    def work(repository):
        Replication(repository).start(digest, destination)
        Replication(repository).copy(digest, tag, destination)

    bench.do(work)


def delete(bench, digest, tag=None, destination=WEST):
    bench.do(lambda repository: Replication(repository).delete(digest, tag, destination))


def states(bench, digest):
    return [(row.destination, row.state, row.code) for row in Replication(bench.repository).statuses(digest)]


def allow(registry, *actions, account=ACCOUNT, resource="*"):
    who = {"AWS": f"arn:aws:iam::{account}:root"}
    where = f"arn:aws:ecr:{registry.region}:{registry.account}:repository/{resource}"
    acts = [f"ecr:{action}" for action in actions]
    trust_by(registry, {"Effect": "Allow", "Principal": who, "Action": acts, "Resource": where, "Sid": "a"})


# -- where to


def test_an_image_goes_where_the_rules_say_in_their_order_and_once(bench, world):
    rules = [
        ReplicationRule((NORTH, WEST), ("team/",)),
        ReplicationRule((THEIRS,), ("other",)),
        ReplicationRule((WEST, THEIRS)),
    ]
    replicate_by(world.of(Registry, ACCOUNT, "us-east-1"), *rules)
    begun = bench.do(lambda repository: Replication(repository).begin("sha256:0"))
    assert begun == [NORTH, WEST, THEIRS]
    assert states(bench, "sha256:0") == [(each, "IN_PROGRESS", None) for each in begun]


def test_deletions_go_only_where_a_rule_says_so(bench, world):
    rules = [
        ReplicationRule((NORTH,), deletes=None),
        ReplicationRule((WEST,), deletes=True),
        ReplicationRule((THEIRS,), deletes=False),
        ReplicationRule((THEIRS,), ("other",), deletes=True),
    ]
    replicate_by(world.of(Registry, ACCOUNT, "us-east-1"), *rules)
    assert Replication(bench.repository).deletions() == [WEST]


def test_how_far_an_image_has_got(bench):
    def work(repository):
        replication = Replication(repository)
        for destination in (WEST, THEIRS, NORTH):
            replication.start("sha256:0", destination)
        replication.end("sha256:0", WEST, None)
        replication.end("sha256:0", THEIRS, DENIED)
        replication.end("sha256:1", WEST, None)  # went meanwhile

    bench.do(work)
    ended = [
        (WEST, "COMPLETE", None),
        (THEIRS, "FAILED", DENIED),
        (NORTH, "IN_PROGRESS", None),
    ]
    assert (states(bench, "sha256:0"), states(bench, "sha256:1")) == (ended, [])
    bench.do(lambda repository: Replication(repository).forget("sha256:0"))
    assert states(bench, "sha256:0") == []


# -- what is put there


def test_a_copy_is_the_same_bytes_under_that_tag_and_told_as_a_replica(bench, world, sha):
    image = bench.push(b"layer", tag="v1")
    pushed = heard(world, ImagePushed)
    copy(bench, image.digest, "v1")
    found = images_of(there(bench)).get(image.digest)
    assert (tags(bench), found.size) == ({"v1": image.digest}, image.size)
    assert images_of(there(bench)).manifest(found) == bench.images.manifest(image)
    assert layers_of(there(bench)).get(sha(b"layer")).users == 1
    assert [(event.digest, event.tag, event.replica, event.pusher) for event in pushed] == [
        (image.digest, "v1", True, None)
    ]


def test_a_list_brings_what_it_lists_and_only_the_list_has_the_tag(bench):
    inner = bench.put(bench.index(bench.push(b"1", tag="one").digest, bench.push(b"2").digest)).image
    outer = bench.put(bench.index(inner.digest, bench.push(b"3").digest), "all").image
    copy(bench, outer.digest, "all")
    assert {image.digest for image in images_of(there(bench)).all()} == {image.digest for image in bench.images.all()}
    assert tags(bench) == {"all": outer.digest}
    assert images_of(there(bench)).parents(inner.digest) == [outer.digest]


def test_an_image_keeps_the_further_name_under_which_it_came(bench, sha):
    manifest = bench.manifest(b"x")
    name = sha(manifest.data, "sha512")
    bench.put(manifest, None, name)
    copy(bench, manifest.digest)
    assert images_of(there(bench)).get(name).digest == manifest.digest


def test_what_is_not_on_its_way_is_not_copied(bench):
    image = bench.push(b"x", tag="v1")
    bench.do(lambda repository: Replication(repository).copy(image.digest, "v1", WEST))
    assert there(bench) is None


def test_an_image_that_went_meanwhile_is_not_copied(bench):
    image = bench.push(b"x", tag="v1")
    bench.delete(ImageId(image.digest))
    copy(bench, image.digest, "v1")
    assert there(bench) is None


def test_a_tag_that_went_elsewhere_meanwhile_is_left_out(bench):
    old = bench.push(b"old", tag="latest")
    bench.push(b"new", tag="latest")
    copy(bench, old.digest, "latest")
    assert (len(images_of(there(bench))), tags(bench)) == (1, {})


@pytest.mark.parametrize(("setting", "moves"), [("MUTABLE", True), ("IMMUTABLE", False)])
def test_a_tag_moves_there_unless_it_is_fixed_there(bench, world, setting, moves):
    old = bench.push(b"old", tag="v1")
    copy(bench, old.digest, "v1")
    world.transact(lambda: there(bench).change(mutability=Mutability(setting)))
    new = bench.push(b"new", tag="v1")
    copy(bench, new.digest, "v1")
    assert tags(bench) == {"v1": new.digest if moves else old.digest}
    assert len(images_of(there(bench))) == 2


def test_a_repository_that_is_missing_is_made_by_the_template_of_that_registry(bench, world):
    template = {"prefix": "team", "appliedFor": ["REPLICATION"], "imageTagMutability": "IMMUTABLE"}
    world.transact(lambda: world.of(Templates, *WEST).add(template))
    image = bench.push(b"x")
    for destination in (WEST, NORTH):
        copy(bench, image.digest, destination=destination)
    assert [there(bench, each).row.mutability.setting for each in (WEST, NORTH)] == ["IMMUTABLE", "MUTABLE"]


def test_a_copy_reads_the_source_and_so_needs_its_key(bench, world):
    image, ring = bench.push(b"x"), world.of(KeyRing, ACCOUNT, "us-east-1")
    key = world.transact(ring.create)
    encrypt_by(bench.repository, ring.arn(key.id))
    world.transact(lambda: ring.schedule_deletion(key, 7))
    with pytest.raises(KmsException, match="is pending deletion"):
        copy(bench, image.digest)
    assert there(bench) is None


# -- who lets it in


def test_another_account_must_let_images_in_and_repositories_be_made(bench, world):
    image, registry = bench.push(b"x", tag="v1"), world.of(Registry, *THEIRS)
    for actions, code in (((), DENIED), (("ReplicateImage",), "REPOSITORY_NOT_FOUND")):
        if actions:
            allow(registry, *actions)
        with pytest.raises(ReplicationRefusedError, match=rf"^{code}$"):
            copy(bench, image.digest, "v1", THEIRS)
    allow(registry, "ReplicateImage", "CreateRepository")
    copy(bench, image.digest, "v1", THEIRS)
    assert tags(bench, THEIRS) == {"v1": image.digest}
    allow(registry, "ReplicateImage")
    copy(bench, bench.push(b"y", tag="v2").digest, "v2", THEIRS)
    assert set(tags(bench, THEIRS)) == {"v1", "v2"}


def test_a_policy_for_other_repositories_or_accounts_lets_nothing_in(bench, world):
    image, registry = bench.push(b"x"), world.of(Registry, *THEIRS)
    for more in ({"resource": "other/*"}, {"account": "444455556666"}):
        allow(registry, "ReplicateImage", "CreateRepository", **more)
        with pytest.raises(ReplicationRefusedError, match=r"^DESTINATION_REGISTRY_ACCESS_DENIED$"):
            copy(bench, image.digest, destination=THEIRS)


def test_without_iam_everybody_is_let_in(make_world, make_bench):
    bench = make_bench(make_world(delays=(("replicate-image", "manual"),), iam="off"))
    image = bench.push(b"x", tag="v1")
    copy(bench, image.digest, "v1", THEIRS)
    assert tags(bench, THEIRS) == {"v1": image.digest}


# -- deletions


def test_an_image_that_went_goes_there_too_and_no_further(bench, world):
    image = bench.push(b"x", tag="v1")
    copy(bench, image.digest, "v1")
    gone = heard(world, ImageDeleted)
    delete(bench, image.digest)
    assert len(images_of(there(bench))) == 0
    assert [(event.digest, event.whole, event.spreads) for event in gone] == [(image.digest, True, False)]


def test_a_tag_that_went_goes_there_and_the_image_stays_even_without_any(bench, world):
    image = bench.push(b"x", tag="v1")
    copy(bench, image.digest, "v1")
    gone = heard(world, ImageDeleted)
    delete(bench, image.digest, "v1")
    assert (tags(bench), len(images_of(there(bench)))) == ({}, 1)
    assert [(event.tag, event.whole, event.spreads) for event in gone] == [("v1", False, False)]


def test_a_tag_that_names_another_image_there_stays(bench):
    old, new = bench.push(b"old", tag="v1"), bench.push(b"new", tag="v2")
    copy(bench, old.digest, "v1")
    copy(bench, new.digest, "v2")
    gone = heard(bench.world, ImageDeleted)
    delete(bench, old.digest, "v2")
    assert (tags(bench), gone) == ({"v1": old.digest, "v2": new.digest}, [])


def test_an_image_that_a_list_there_has_stays(bench):
    child = bench.push(b"x")
    index = bench.put(bench.index(child.digest)).image
    copy(bench, index.digest)
    delete(bench, child.digest)
    assert len(images_of(there(bench))) == 2


def test_nothing_is_deleted_where_there_is_nothing_or_nobody_is_let_in_any_more(bench, world):
    image, registry = bench.push(b"x", tag="v1"), world.of(Registry, *THEIRS)
    delete(bench, image.digest)
    allow(registry, "ReplicateImage", "CreateRepository")
    copy(bench, image.digest, "v1", THEIRS)
    allow(registry, "CreateRepository")
    delete(bench, image.digest, destination=THEIRS)
    assert tags(bench, THEIRS) == {"v1": image.digest}


# -- carried wholly or not at all, and how that went


def carried(bench, image, destination=WEST, tag="v1"):
    """The failureCode of a copy that is made now, and the state that is noted."""
    bench.do(lambda repository: Replication(repository).start(image.digest, destination))
    code = carry(bench.world, bench.repository.key, (image.digest, tag), destination)
    return code, states(bench, image.digest)


def test_a_copy_that_was_made_is_complete(bench):
    image = bench.push(b"x", tag="v1")
    assert carried(bench, image) == (None, [(WEST, "COMPLETE", None)])
    assert tags(bench) == {"v1": image.digest}


def test_a_refusal_is_its_code_and_nothing_is_left_there(bench, world):
    image, registry = bench.push(b"x", tag="v1"), world.of(Registry, *THEIRS)
    assert carried(bench, image, THEIRS) == (
        DENIED,
        [(THEIRS, "FAILED", DENIED)],
    )
    allow(registry, "ReplicateImage")
    assert carried(bench, image, THEIRS)[0] == "REPOSITORY_NOT_FOUND"
    assert there(bench, THEIRS) is None


def test_a_key_that_cannot_be_used_has_a_code_of_its_own(bench, world):
    image, ring = bench.push(b"x", tag="v1"), world.of(KeyRing, ACCOUNT, "us-east-1")
    key = world.transact(ring.create)
    encrypt_by(bench.repository, ring.arn(key.id))
    world.transact(lambda: ring.schedule_deletion(key, 7))
    assert carried(bench, image) == ("KMS_ERROR", [(WEST, "FAILED", "KMS_ERROR")])


def test_what_is_full_there_leaves_nothing_of_a_list_behind(make_world, make_bench):
    bench = make_bench(make_world(delays=(("replicate-image", "manual"),), quota_images=3))
    index = bench.put(bench.index(bench.push(b"1").digest, bench.push(b"2").digest), "v1").image
    bench.world.transact(lambda: bench.world.of(Registry, *WEST).create(bench.repository.row))
    target = bench.world.of(Registry, *WEST).repository(bench.name)
    bench.world.transact(lambda: Push(target).put(bench.index(), "mine"))
    assert carried(bench, index) == ("INTERNAL_ERROR", [(WEST, "FAILED", "INTERNAL_ERROR")])
    assert set(tags(bench)) == {"mine"}
    assert len(images_of(there(bench))) == 1


def test_a_fault_of_ours_is_a_failure_too_and_told_to_the_log(bench, monkeypatch, caplog):
    def broken(*_arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(Replication, "copy", broken)
    assert carried(bench, bench.push(b"x", tag="v1"))[0] == "INTERNAL_ERROR"
    assert [record.getMessage() for record in caplog.records] == ["a copy to another registry failed"]


def test_a_repository_that_went_before_it_was_copied_is_nothing(bench, world):
    image, key = bench.push(b"x", tag="v1"), bench.repository.key
    world.transact(lambda: world.of(Registry, ACCOUNT, "us-east-1").delete(bench.name, force=True))
    assert carry(world, key, (image.digest, "v1"), WEST) is None
    assert there(bench) is None
