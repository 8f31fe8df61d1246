"""How do domain facts read on the wire? Absent members are left out, never null (facts/api 1.3)."""

from typing import TYPE_CHECKING, Any

from ecrmock.base.jsons import loads
from ecrmock.domain.images.images import Images

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_ecr.type_defs import (
        EncryptionConfigurationTypeDef,
        ImageDetailTypeDef,
        ImageIdentifierTypeDef,
        RepositoryTypeDef,
    )

    from ecrmock.domain.images.conversions import Rendition
    from ecrmock.domain.images.images import Failure, Image, Named
    from ecrmock.domain.registry.repositories import Mutability, Repository
    from ecrmock.domain.replication.rules import Destination, ReplicationRule
    from ecrmock.domain.signing.rules import SigningRule
    from ecrmock.gateway.call import Call


def repository(call: "Call", found: "Repository") -> "RepositoryTypeDef":
    """A repository as create and describe show it, in AWS's order (facts/api 5)."""
    row = found.row
    return {
        **_core(call, found),
        **mutability(row.mutability),  # type: ignore[typeddict-item]  # the setting is one of the model's four
        "imageScanningConfiguration": {"scanOnPush": row.scan_on_push},
        "encryptionConfiguration": encryption(row.encryption, row.kms_key),
    }


def encryption(kind: str, key: str | None) -> "EncryptionConfigurationTypeDef":
    """The type, and the key where there is one."""
    shown: dict[str, Any] = {"encryptionType": kind, **({"kmsKey": key} if key else {})}
    return shown  # type: ignore[return-value]  # kind is one of the model's three


def deleted(call: "Call", found: "Repository") -> "RepositoryTypeDef":
    """A repository as DeleteRepository shows it: five members and the mutability (facts/api U23)."""
    setting: Any = found.row.mutability.setting
    return {**_core(call, found), "imageTagMutability": setting}


def _core(call: "Call", found: "Repository") -> "RepositoryTypeDef":
    return {
        "repositoryArn": found.arn,
        "registryId": found.registry_id,
        "repositoryName": found.name,
        "repositoryUri": f"{call.registry_address()}/{found.name}",
        "createdAt": found.row.created_at,  # type: ignore[typeddict-item]  # seconds: the door prints them as they are
    }


def where(found: "Repository") -> dict[str, Any]:
    """The two members with which most answers begin."""
    return {"registryId": found.registry_id, "repositoryName": found.name}


def mutability(found: "Mutability") -> dict[str, Any]:
    """The setting, and its filters where there are any."""
    members: dict[str, Any] = {"imageTagMutability": found.setting}
    if found.filters:
        members["imageTagMutabilityExclusionFilters"] = [
            {"filterType": "WILDCARD", "filter": pattern} for pattern in found.filters
        ]
    return members


def image_id(found: "Named") -> "ImageIdentifierTypeDef":
    """Digest, and the tag where there is one."""
    return {"imageDigest": found.image.digest, **({"imageTag": found.tag} if found.tag else {})}


def image(found: "Named", of: "Repository", shown: "Rendition | None" = None) -> dict[str, Any]:
    """An image with its manifest, byte for byte, or with the one that is shown for it."""
    return {
        **where(of),
        "imageId": image_id(found),
        "imageManifest": (shown.data if shown else of.of(Images).manifest(found.image)).decode(),
        "imageManifestMediaType": shown.media_type if shown else found.image.media_type,
    }


def image_detail(found: "Image", of: "Repository") -> "ImageDetailTypeDef":
    """An image's metadata (facts/api 9.5)."""
    detail: dict[str, Any] = {**where(of), "imageDigest": found.digest}
    if found.tags:
        detail["imageTags"] = list(found.tags)
    detail |= {
        "imageSizeInBytes": found.size,
        "imagePushedAt": found.pushed_at,
        "imageManifestMediaType": found.media_type,
    }
    if found.artifact_type:
        detail["artifactMediaType"] = found.artifact_type
    if found.pulled_at is not None:
        detail["lastRecordedPullTime"] = found.pulled_at
    if found.subject:
        detail["subjectManifestDigest"] = found.subject
    detail["imageStatus"] = found.status
    if found.archived_at is not None:
        detail["lastArchivedAt"] = found.archived_at
    if found.activated_at is not None:
        detail["lastActivatedAt"] = found.activated_at
    return detail  # type: ignore[return-value]  # built step by step


def image_failure(asked: "ImageIdentifierTypeDef", failure: "Failure") -> dict[str, Any]:
    """What became of an id that a batch could not serve; the id as asked (reported: LS)."""
    return {"imageId": asked, "failureCode": failure.code, "failureReason": failure.reason}


def resource_tags(pairs: "Sequence[tuple[str, str]]") -> list[dict[str, str]]:
    """Resource tags, the one structure with capital members."""
    return [{"Key": key, "Value": value} for key, value in pairs]


def referrer(found: "Image", of: "Repository") -> dict[str, Any]:
    """A referrer's descriptor (facts/api 9.6): size is that of its manifest, annotations are the manifest's."""
    manifest = of.of(Images).manifest(found)
    annotations = loads(manifest).get("annotations")
    return {
        "digest": found.digest,
        "mediaType": found.media_type,
        "size": len(manifest),
        **({"artifactType": found.artifact_type} if found.artifact_type else {}),
        **({"annotations": annotations} if annotations else {}),
        "artifactStatus": found.status,
    }


def replication(rules: "Sequence[ReplicationRule]") -> dict[str, Any]:
    """A replication configuration."""
    return {"rules": [_rule(rule) for rule in rules]}


def _rule(rule: "ReplicationRule") -> dict[str, Any]:
    shown: dict[str, Any] = {"destinations": [destination(each) for each in rule.destinations]}
    if rule.prefixes:
        shown["repositoryFilters"] = [{"filter": prefix, "filterType": "PREFIX_MATCH"} for prefix in rule.prefixes]
    if rule.deletes is not None:
        shown["deleteReplication"] = {"enabled": rule.deletes}
    return shown


def destination(found: "Destination") -> dict[str, str]:
    """Another registry."""
    return {"region": found.region, "registryId": found.account}


def signing(rules: "Sequence[SigningRule]") -> dict[str, Any]:
    """A signing configuration."""
    return {"rules": [_signing_rule(rule) for rule in rules]}


def _signing_rule(rule: "SigningRule") -> dict[str, Any]:
    filters = [{"filter": pattern, "filterType": "WILDCARD_MATCH"} for pattern in rule.patterns]
    return {"signingProfileArn": rule.profile, **({"repositoryFilters": filters} if filters else {})}
