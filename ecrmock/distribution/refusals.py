"""How does ECR's refusal read at the docker door? AWS error name or failure code -> status and OCI code."""

import json
from typing import TYPE_CHECKING

from ecrmock.base.web import Response
from ecrmock.errors.ecr import InvalidParameterException
from ecrmock.errors.ecr_images import EmptyUploadException, LayersNotFoundException

if TYPE_CHECKING:
    from ecrmock.domain.images.images import Failure
    from ecrmock.errors.base import ServiceError

# facts/registry 2.3: observed where it says so there, else the statuses of the reference server's table
_TABLE = {
    "RepositoryNotFoundException": (404, "NAME_UNKNOWN"),
    "ImageNotFoundException": (404, "MANIFEST_UNKNOWN"),
    "ImageNotFound": (404, "MANIFEST_UNKNOWN"),
    "ImageTagDoesNotMatchDigest": (404, "MANIFEST_UNKNOWN"),
    "ImageInaccessible": (404, "MANIFEST_UNKNOWN"),
    "KmsError": (403, "DENIED"),
    "InvalidImageDigest": (400, "DIGEST_INVALID"),
    "InvalidImageTag": (400, "MANIFEST_INVALID"),
    "MissingDigestAndTag": (400, "MANIFEST_INVALID"),
    "ImageReferencedByManifestList": (405, "UNSUPPORTED"),
    "LayersNotFoundException": (404, "BLOB_UPLOAD_UNKNOWN"),
    "LayerInaccessibleException": (404, "BLOB_UNKNOWN"),
    "ReferencedImagesNotFoundException": (400, "MANIFEST_BLOB_UNKNOWN"),
    "UploadNotFoundException": (404, "BLOB_UPLOAD_UNKNOWN"),
    "InvalidLayerPartException": (416, "BLOB_UPLOAD_INVALID"),
    "InvalidLayerException": (400, "BLOB_UPLOAD_INVALID"),
    "LayerPartTooSmallException": (400, "BLOB_UPLOAD_INVALID"),
    "EmptyUploadException": (400, "BLOB_UPLOAD_INVALID"),
    "ImageDigestDoesNotMatchException": (400, "MANIFEST_INVALID"),
    "ImageTagAlreadyExistsException": (400, "TAG_INVALID"),
    "InvalidParameterException": (405, "UNSUPPORTED"),
    "LimitExceededException": (403, "DENIED"),
    "KmsException": (403, "DENIED"),
    "AccessDeniedException": (403, "DENIED"),
    "UnableToGetUpstreamImageException": (403, "DENIED"),
    "ThrottlingException": (429, "TOOMANYREQUESTS"),
    "MalformedHttpRequestException": (400, "SIZE_INVALID"),
    "ServerException": (500, "UNKNOWN"),
}


# a malformed member has a code of its own here; the path is that of the sentence
_MEMBERS = {
    "layerDigest": (400, "DIGEST_INVALID"),
    "imageDigest": (400, "DIGEST_INVALID"),
    "imageTag": (400, "MANIFEST_INVALID"),
    "imageManifest": (413, "MANIFEST_INVALID"),
    "range": (400, "BLOB_UPLOAD_INVALID"),
    "repositoryName": (400, "NAME_INVALID"),
}


def of_error(error: "ServiceError", action: str = "") -> Response:
    """The same sentence, phrased as the registry protocol does; a layer missing on a read is BLOB_UNKNOWN."""
    status, code = _TABLE.get(error.code, (400, "UNSUPPORTED"))
    if isinstance(error, InvalidParameterException):
        status, code = _MEMBERS.get(error.path, (status, code))
    if isinstance(error, LayersNotFoundException) and action in {"GetDownloadUrlForLayer", "BatchDeleteImage"}:
        code = "BLOB_UNKNOWN"
    stop = "." if isinstance(error, EmptyUploadException) else ""  # here, and not in CloudTrail (facts/registry 2.3)
    return refuse(status, code, error.message + stop)


def of_failure(failure: "Failure") -> Response:
    """What a batch operation would list under `failures`, as the only outcome of a request."""
    status, code = _TABLE[failure.code]
    return refuse(status, code, failure.reason)


def refuse(status: int, code: str, message: str) -> Response:
    """An OCI error body, which ends with a newline (facts/registry 2.3)."""
    body = {"errors": [{"code": code, "message": message}]}
    data = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    return Response(status, data, [("Content-Type", "application/json; charset=utf-8")])
