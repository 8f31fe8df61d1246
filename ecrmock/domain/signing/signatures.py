"""What is signed in a repository, by which profile, and how far has it got? (facts/automation 6.2)."""

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ecrmock.base.blobs import Content
from ecrmock.base.store import Kind
from ecrmock.domain.images import manifests
from ecrmock.domain.images.images import Images
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.images.pushes import Push
from ecrmock.domain.signing import notation
from ecrmock.domain.signing import rules as signing_rules
from ecrmock.domain.signing.rules import CONFIGURATIONS, SigningRules

if TYPE_CHECKING:
    from ecrmock.domain.images.image import Image
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.domain.signing.notation import Signer
    from ecrmock.engine.world import World


@dataclass(frozen=True, slots=True)
class SigningStatus:
    """How far one profile has got with one image."""

    digest: str
    profile: str
    number: int
    """Order: that of the configuration at the push."""
    pusher: str
    """The account that pushed it."""
    state: str = "IN_PROGRESS"
    code: str | None = None
    """Why it is FAILED (the values are inferred)."""
    reason: str | None = None


STATUSES: Kind[SigningStatus] = Kind("signing-statuses", SigningStatus, digest=lambda row: [(row.digest,)])
_EMPTY = b"{}"
_EMPTY_TYPE = "application/vnd.oci.empty.v1+json"


class SigningRefusedError(Exception):
    """The signature is not made: a failureCode and a failureReason."""


class Signing:
    """What the profiles of its registry sign in one repository."""

    def __init__(self, repository: "Repository") -> None:
        """A view of the repository."""
        self._repository = repository
        self._world = repository.world
        self._rows = repository.world.store.table(STATUSES)

    def begin(self, digest: str, pusher: str) -> list[str]:
        """Which profiles sign an image that was pushed now by this account; each is in progress.

        Signatures are not signed (documented), nor are other referrers (inferred).
        """
        repository = self._repository
        image = repository.of(Images).get(digest)
        if image is None or image.subject is not None or image.artifact_type == notation.ARTIFACT_TYPE:
            return []
        found = self._world.of(SigningRules, *repository.key.registry).profiles(repository.name)
        for profile in found:
            self._save(SigningStatus(digest, profile, self._world.ids.sequence(), pusher))
        return found

    def statuses(self, digest: str) -> list[SigningStatus]:
        """How far this image has got, in order of the configuration."""
        rows = self._rows.having(self._repository.key, "digest", digest)
        return sorted(rows, key=lambda row: row.number)

    def forget(self, digest: str) -> list[str]:
        """Drop what is known of an image that went; the profiles that were to sign it or had."""
        gone = self.statuses(digest)
        for row in gone:
            self._rows.delete(self._repository.key, (digest, row.profile))
        return [row.profile for row in gone]

    def target(self, digest: str, profile: str) -> dict[str, Any] | None:
        """The descriptor of what this profile is still to sign; None where there is nothing to do.

        Raises SigningRefusedError for a pusher that may not use the profile.
        """
        row, image = self._open(digest, profile), self._repository.of(Images).get(digest)
        if row is None or image is None:
            return None
        if not self._allowed(row):
            raise SigningRefusedError(
                "ACCESS_DENIED", f"The pusher is not authorized to perform signer:SignPayload: {profile}"
            )
        return self._descriptor(image)

    def _open(self, digest: str, profile: str) -> SigningStatus | None:
        row = self._rows.get(self._repository.key, (digest, profile))
        return row if row is not None and row.state == "IN_PROGRESS" else None

    def _allowed(self, row: SigningStatus) -> bool:
        """Whether the pusher may use the profile (inferred): callers are administrators of their own account.

        That a profile of another account is shared with the registry's is taken for granted, for somebody named it in
        the configuration; that it is shared with third accounts is not.
        """
        own = {self._repository.registry_id, signing_rules.owner(row.profile)}
        return row.pusher in own or self._world.settings.iam == "off"

    def _descriptor(self, image: "Image") -> dict[str, Any]:
        size = len(self._repository.of(Images).manifest(image))
        return {"mediaType": image.media_type, "digest": image.digest, "size": size}

    def attach(self, digest: str, profile: str, envelope: bytes, thumbprints: list[str]) -> None:
        """Push the signature that was made outside, as Notation does it. Raises what a push raises."""
        row, image = self._open(digest, profile), self._repository.of(Images).get(digest)
        if row is None or image is None:
            return
        body = {
            "schemaVersion": 2,
            "mediaType": manifests.OCI,
            "artifactType": notation.ARTIFACT_TYPE,
            "config": self._blob(_EMPTY, _EMPTY_TYPE),
            "layers": [self._blob(envelope, notation.ENVELOPE_TYPE)],
            "subject": self._descriptor(image),
            "annotations": {
                notation.THUMBPRINT: json.dumps(thumbprints, separators=(",", ":")),
                "org.opencontainers.image.created": notation.rfc3339(self._world.clock.now()),
                "ecrmock.signature": "unsafe",
            },
        }
        data = json.dumps(body, separators=(",", ":")).encode()
        Push(self._repository).put(manifests.parse(data, manifests.OCI, closed=True), None)
        self._save(replace(row, state="COMPLETE"))

    def _blob(self, data: bytes, media_type: str) -> dict[str, Any]:
        """The descriptor of a blob, which is here then."""
        digest = manifests.digest_of(data)
        self._repository.of(Layers).store(Content(len(data), data, None), digest.partition(":")[2], None)
        return {"mediaType": media_type, "digest": digest, "size": len(data)}

    def fail(self, digest: str, profile: str, code: str, reason: str) -> None:
        """Note a failure; nothing where the image went meanwhile."""
        row = self._open(digest, profile)
        if row is not None:
            self._save(replace(row, state="FAILED", code=code, reason=reason))

    def _save(self, row: SigningStatus) -> None:
        self._rows.put(self._repository.key, (row.digest, row.profile), row)


def signer(world: "World", profile: str) -> "Signer":
    """The test key of a profile in this world, the same until it is reset.

    Raises ValueError for what is no ARN of a profile, MissingExtraError without the extra.
    """
    if not signing_rules.is_profile(profile):
        raise ValueError(f"{profile!r} is no ARN of a signing profile")
    return notation.Signer(world.secret, profile)


def known_profiles(world: "World") -> list[str]:
    """The profiles that a configuration names or an image was signed by, in order of their ARNs."""
    rows, statuses = world.store.table(CONFIGURATIONS), world.store.table(STATUSES)
    named = {rule.profile for where in rows.partitions() for row in rows.records(where) for rule in row.rules}
    used = {row.profile for where in statuses.partitions() for row in statuses.records(where)}
    return sorted(named | used)
