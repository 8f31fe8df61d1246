"""How do domain facts read on the wire? Absent members are left out, never null (control-plane.md 1.3)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_ecr.type_defs import ImageDetailTypeDef, ImageIdentifierTypeDef, RepositoryTypeDef

    from ecrmock.domain.images import Failure, Image, Named
    from ecrmock.domain.repositories import Mutability, Repository
    from ecrmock.gateway.call import Call


def repository(call: "Call", found: "Repository") -> "RepositoryTypeDef":
    """A repository as create and describe show it, in AWS's order (control-plane.md 5)."""
    row = found.row
    return {
        **deleted(call, found),  # type: ignore[typeddict-item]  # the same members, mutability last there
        **mutability(row.mutability),
        "imageScanningConfiguration": {"scanOnPush": row.scan_on_push},
        "encryptionConfiguration": {"encryptionType": row.encryption},
    }


def deleted(call: "Call", found: "Repository") -> dict[str, Any]:
    """A repository as DeleteRepository shows it: five members and the mutability (CP 15, row 23)."""
    return {
        "repositoryArn": found.arn,
        "registryId": found.registry_id,
        "repositoryName": found.name,
        "repositoryUri": f"{call.registry_address()}/{found.name}",
        "createdAt": found.row.created_at,
        "imageTagMutability": found.row.mutability.setting,
    }


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


def image(found: "Named", of: "Repository") -> dict[str, Any]:
    """An image with its manifest, byte for byte."""
    return {
        "registryId": of.registry_id,
        "repositoryName": of.name,
        "imageId": image_id(found),
        "imageManifest": of.images.manifest(found.image).decode(),
        "imageManifestMediaType": found.image.media_type,
    }


def image_detail(found: "Image", of: "Repository") -> "ImageDetailTypeDef":
    """An image's metadata (control-plane.md 9.5)."""
    detail: dict[str, Any] = {"registryId": of.registry_id, "repositoryName": of.name, "imageDigest": found.digest}
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
    return detail  # type: ignore[return-value]  # built step by step


def image_failure(asked: "ImageIdentifierTypeDef", failure: "Failure") -> dict[str, Any]:
    """What became of an id that a batch could not serve; the id as asked (reported: LS)."""
    return {"imageId": asked, "failureCode": failure.code, "failureReason": failure.reason}


def resource_tags(pairs: "Sequence[tuple[str, str]]") -> list[dict[str, str]]:
    """Resource tags, the one structure with capital members."""
    return [{"Key": key, "Value": value} for key, value in pairs]
