"""Layers: uploaded in parts, checked, and handed out by URL (facts/api 8)."""

from typing import TYPE_CHECKING, Any

from ecrmock.domain.images import uploads
from ecrmock.domain.images.layers import Layers, well_formed
from ecrmock.domain.images.uploads import Uploads
from ecrmock.errors.ecr import InvalidParameterException
from ecrmock.errors.ecr_images import LayerAlreadyExistsException
from ecrmock.gateway import urls
from ecrmock.gateway.call import Call
from ecrmock.gateway.receive import receive
from ecrmock.services.ecr.service import ecr

if TYPE_CHECKING:
    from types_boto3_ecr.type_defs import (
        BatchCheckLayerAvailabilityRequestTypeDef,
        CompleteLayerUploadRequestTypeDef,
        GetDownloadUrlForLayerRequestTypeDef,
        InitiateLayerUploadRequestTypeDef,
    )


@ecr.operation
def initiate_layer_upload(call: Call, request: "InitiateLayerUploadRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_InitiateLayerUpload.html."""
    upload = call.repository(request["repositoryName"]).of(Uploads).start()
    return {"uploadId": upload.id, "partSize": uploads.PART_SIZE}


@ecr.streaming
def upload_layer_part(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html."""
    name, first, last = request["repositoryName"], request["partFirstByte"], request["partLastByte"]
    part = request["layerPartBlob"]
    call.transact(lambda: call.repository(name).of(Uploads).get(request["uploadId"]))
    if len(part) != last - first + 1:
        raise InvalidParameterException("layerPartBlob", "Member must have the length that partLastByte tells")
    if len(part) > call.world.settings.quota_layer_part_bytes:
        raise InvalidParameterException.too_long("layerPartBlob", call.world.settings.quota_layer_part_bytes)
    receive(call, name, request["uploadId"], first, [part])
    return {**_where(call, request), "uploadId": request["uploadId"], "lastByteReceived": last}


@ecr.operation
def complete_layer_upload(call: Call, request: "CompleteLayerUploadRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html.

    A layer that is here already is refused, as ECR does; the bytes were checked and the upload stays.
    """
    repository = call.repository(request["repositoryName"])
    stored = repository.of(Uploads).finish(request["uploadId"], request["layerDigests"], call.dialect)
    if stored.known:
        raise LayerAlreadyExistsException(stored.layer.digest, repository.name, repository.registry_id)
    return {**_where(call, request), "uploadId": request["uploadId"], "layerDigest": stored.layer.digest}


@ecr.operation
def batch_check_layer_availability(call: Call, request: "BatchCheckLayerAvailabilityRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchCheckLayerAvailability.html."""
    layers = call.repository(request["repositoryName"]).of(Layers)
    rows = [_availability(layers, digest) for digest in request["layerDigests"]]
    return {
        "layers": [row for row in rows if "failureCode" not in row],
        "failures": [row for row in rows if "failureCode" in row],
    }


def _availability(layers: Layers, digest: str) -> dict[str, Any]:
    """One row of the answer (facts/api 8.4, E58, E59)."""
    if not digest:
        reason = "Invalid request parameters: layer digest cannot be null"
        return {"layerDigest": digest, "failureCode": "MissingLayerDigest", "failureReason": reason}
    if not well_formed(digest):
        reason = "Invalid request parameters: layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"
        return {"layerDigest": digest, "failureCode": "InvalidLayerDigest", "failureReason": reason}
    layer = layers.get(digest)
    if layer is None:
        return {"layerDigest": digest, "layerAvailability": "UNAVAILABLE"}
    return {
        "layerDigest": digest,
        "layerAvailability": "ARCHIVED" if layers.archived(layer) else "AVAILABLE",
        "layerSize": layer.size,
        "mediaType": layer.media_type,
    }


@ecr.operation
def get_download_url_for_layer(call: Call, request: "GetDownloadUrlForLayerRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html."""
    repository = call.repository(request["repositoryName"])
    layer = repository.of(Layers).readable(request["layerDigest"], unused=call.dialect.unused_layers)
    return {"downloadUrl": urls.layer_url(call, repository, layer), "layerDigest": request["layerDigest"]}


def _where(call: Call, request: Any) -> dict[str, Any]:
    return {"registryId": call.account, "repositoryName": request["repositoryName"]}
