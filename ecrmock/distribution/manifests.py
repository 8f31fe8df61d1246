"""Manifests at the docker door: put, got, deleted, by tag or digest (facts/registry 1.7)."""

import re

from ecrmock.base.web import Response, TooLargeError, media_type
from ecrmock.distribution import blobs, refusals
from ecrmock.distribution.context import Context
from ecrmock.domain import names
from ecrmock.domain.images import conversions, manifests
from ecrmock.domain.images.images import Failure, ImageId, Images
from ecrmock.domain.images.pushes import Push
from ecrmock.errors.ecr import InvalidParameterException
from ecrmock.errors.ecr_images import ImageTagAlreadyExistsException
from ecrmock.gateway import pull_through

_OLD_DOCKER = re.compile(r"docker/1\.[6-9](\D|$)")
_MOST_TAGS = 100
"""In one PUT; a registry must take ten (facts/registry 1.7)."""


def put(context: Context) -> Response:
    """PUT: store the bytes as they came. An unchanged image is a success, except where its tag is fixed."""
    wanted = _reference(context)
    if len(_tags(context, wanted)) > _MOST_TAGS:
        return refusals.refuse(414, "TAG_INVALID", f"at most {_MOST_TAGS} tags can be set at once")
    limit = context.call.world.settings.quota_manifest_bytes
    try:
        data = context.request.body.read(limit)
    except TooLargeError:
        raise InvalidParameterException.too_long("imageManifest", limit) from None
    return context.call.transact(lambda: _put(context, data, wanted))


def _put(context: Context, data: bytes, wanted: ImageId) -> Response:
    repository, dialect, pusher = context.repository, context.call.dialect, context.call.caller.account
    kind, lenient = context.request.header("content-type"), repository.world.settings.lenient
    manifest = manifests.parse(data, kind, closed=not dialect.open_manifests, lenient=lenient)
    tags = _tags(context, wanted)
    each: list[str] | list[None] = tags or [None]
    push = Push(repository, pusher=pusher)
    for tag in each:
        done = push.put(manifest, tag, wanted.digest, sha512=dialect.sha512)
        if done.kind == "Unchanged" and tag and repository.fixed(tag):
            # "even when the digest has not changed" (observed: aws/containers-roadmap#2179)
            raise ImageTagAlreadyExistsException(tag, repository.name)
    shown = wanted.digest or manifest.digest
    headers = [("Location", f"{context.base}/manifests/{shown}"), ("Docker-Content-Digest", shown)]
    if manifest.subject:
        headers.append(("OCI-Subject", manifest.subject))
    if wanted.digest:
        headers += [("OCI-Tag", tag) for tag in tags]
    return Response(201, b"", headers)


def _tags(context: Context, wanted: ImageId) -> list[str]:
    """The tags to set: the reference, or the `tag` parameters beside a digest (facts/registry 1.7, step 8)."""
    tags = [wanted.tag] if wanted.tag else list(dict.fromkeys(context.request.query.get("tag", [])))
    for tag in tags:
        if not names.oci_tag(tag):
            fault = names.tag_fault(tag) or "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'"
            raise InvalidParameterException("imageTag", fault)
    return tags


def get(context: Context) -> Response:
    """GET and HEAD: the stored bytes under their own media type, without parameters."""
    wanted = _reference(context)
    missing = pull_through.prepare(context.call, context.name, wanted)
    if missing is not None:
        return refusals.of_failure(missing)
    repository = context.repository
    found = repository.of(Images).pull(wanted, noted=context.call.notes_pulls())
    if isinstance(found, Failure):
        return refusals.of_failure(found)
    image = found[0].image
    shown = conversions.shown(repository, image, wanted.tag, _accepted(context)) if wanted.tag else None
    if shown is None:  # by digest never anything else; an index that fits nothing comes as it is (facts/registry 2.15)
        shown = conversions.Rendition(repository.of(Images).manifest(image), image.media_type, image.digest)
    digest = wanted.digest or (image.first if image.first and shown.digest == image.digest else shown.digest)
    data = shown.data
    headers = [("Content-Type", shown.media_type), ("Docker-Content-Digest", digest), ("ETag", f'"{digest}"')]
    if blobs.unchanged(context, digest):
        return Response(304, b"", headers)
    return Response(200, data, headers, length=len(data))


def _accepted(context: Context) -> list[str]:
    """The types that a client understands: all Accept lines together, without parameters and case (facts/registry 1.7).

    Docker 1.6 to 1.9 knew schema 1 alone and asked for nothing.
    """
    text = context.request.header("accept")
    if text is None and _OLD_DOCKER.match(context.request.header("user-agent") or ""):
        return [manifests.SCHEMA1_SIGNED]
    return [media_type(part) for part in (text or "").split(",") if part.strip()]


def delete(context: Context) -> Response:
    """DELETE: by digest the image with all tags, by tag the tag, and the image with its last (facts/registry 2.10)."""
    wanted = _reference(context)
    outcome = context.repository.of(Images).delete([wanted], last_tags=context.call.dialect.last_tags)[0]
    return refusals.of_failure(outcome) if isinstance(outcome, Failure) else Response(202)


def _reference(context: Context) -> ImageId:
    """What the path names: a colon makes it a digest. Raises InvalidParameterException for a malformed one."""
    reference = context.parts["reference"]
    named = ImageId(digest=reference) if ":" in reference else ImageId(tag=reference)
    context.call.parameters["imageIds"] = [{"imageDigest": reference} if named.digest else {"imageTag": reference}]
    if named.digest:
        blobs.checked(reference, "imageDigest")
    return named
