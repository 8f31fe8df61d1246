"""An upstream in process that does as it is told: what it has, what it was asked for."""

from images import blobs_of, descriptor, digest_of, encoded, image_of, index_of

from ecrmock.domain.pull_through.upstreams import Found, MissingError


class ToldSource:
    """A Source of manifests and blobs that were put into it; a digest may be announced, or an error raised."""

    def __init__(self):
        self.manifests = {}
        """(name, reference) -> bytes and media type, or an error"""
        self.blobs = {}
        """digest -> bytes, or an error"""
        self.announced = None
        self.fault = None
        self.asked = []
        self.closed = 0

    def check(self):
        if self.fault is not None:
            raise self.fault

    def manifest(self, name, reference):
        self.asked.append((name, reference))
        return Found(*_found(self.manifests, (name, reference)), self.announced)

    def blob(self, name, digest):
        self.asked.append((name, digest))
        data = _found(self.blobs, digest)
        yield from (data[:3], data[3:])

    def close(self):
        self.closed += 1

    # -- what it has

    def put(self, body, *tags, name="team/app", algorithm="sha256"):
        """A manifest under its digest and tags; its descriptor."""
        data = encoded(body)
        for reference in (digest_of(data, algorithm), *tags):
            self.manifests[name, reference] = data, body["mediaType"]
        return descriptor(data, body["mediaType"], algorithm)

    def image(self, *tags, content="one", **more):
        """An image of its own for each content; its descriptor."""
        rows = []
        for data in blobs_of(content).values():
            self.blobs[digest_of(data)] = data
            rows.append(descriptor(data, "application/x"))
        return self.put(image_of(*rows), *tags, **more)

    def index(self, *tags, children, **more):
        return self.put(index_of(*children), *tags, **more)


def _found(rows, key):
    found = rows.get(key)
    if found is None:
        raise MissingError(f"no {key}")
    if isinstance(found, Exception):
        raise found
    return found
