"""Lists at the docker door (facts/registry 1.8)."""

import json
from urllib.parse import quote

from ecrmock.base.web import Response
from ecrmock.distribution.context import Context
from ecrmock.domain.images.images import Images
from ecrmock.errors.ecr import InvalidParameterException

_MOST = 1000
"""ECR's largest page; without `n` it sends 100 (observed: google/go-containerregistry#681)."""
_DEFAULT = 100


def listed(context: Context) -> Response:
    """GET tags/list: tags in ASCII order, strictly after `last`, with a Link while more remain."""
    limit = page_size(context)
    repository, last = context.repository, context.request.value("last")
    tags = repository.of(Images).tags(last, limit + 1) if limit else []
    body = json.dumps({"name": repository.name, "tags": tags[:limit]}, separators=(",", ":")).encode()
    headers = [("Content-Type", "application/json")]
    if len(tags) > limit:
        path = f"{context.base}/tags/list?n={limit}&last={quote(tags[limit - 1])}"
        headers.append(("Link", f'<{path}>; rel="next"'))
    return Response(200, body, headers)


def catalog(context: Context) -> Response:
    """GET _catalog: names of repositories, paged the same way."""
    limit, last = page_size(context), context.request.value("last")
    found = [repository.name for repository in context.call.registry.page(last, limit + 1)] if limit else []
    body = json.dumps({"repositories": found[:limit]}, separators=(",", ":")).encode()
    headers = [("Content-Type", "application/json")]
    if len(found) > limit:
        headers.append(("Link", f'<{context.base}/_catalog?n={limit}&last={quote(found[limit - 1])}>; rel="next"'))
    return Response(200, body, headers)


def page_size(context: Context) -> int:
    """The `n` of a list; ECR refuses more than 1000 and what is no number (facts/registry U19).

    Raises InvalidParameterException.
    """
    text = context.request.value("n")
    if text is None:
        return _DEFAULT
    if text.isascii() and text.isdigit() and len(text) < 10:  # noqa: PLR2004
        if int(text) <= _MOST:
            return int(text)
        fault = f"Member must have value less than or equal to {_MOST}"
    else:
        fault = "Member must have value greater than or equal to 0"
    raise InvalidParameterException("maxResults", fault)
