"""OCI layouts made from nothing; the same bytes on every run of one Python."""

import gzip
import io
import json
import tarfile

from constants import CONFIG, LAYER, OCI, OCI_INDEX
from images import descriptor, digest_of, encoded, image_of, index_of


class Layout:
    """A folder that skopeo reads as `oci:FOLDER:TAG`."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "blobs" / "sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))
        self.entries = []

    def put(self, data, media_type, **more):
        (self.folder / "blobs" / "sha256" / digest_of(data)[7:]).write_bytes(data)
        return descriptor(data, media_type, **more)

    def image(self, text, architecture="amd64"):
        """The descriptor of a one-layer image."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            info = tarfile.TarInfo("hello.txt")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
        rootfs = {"type": "layers", "diff_ids": [digest_of(buffer.getvalue())]}
        config = {"architecture": architecture, "os": "linux", "config": {}, "rootfs": rootfs}
        history = [{"created": "2026-01-01T00:00:00Z", "created_by": "COPY hello.txt /"}]
        described = self.put(encoded({**config, "history": history}), CONFIG)
        manifest = image_of(described, self.put(gzip.compress(buffer.getvalue(), mtime=0), LAYER))
        return self.put(encoded(manifest), OCI, platform={"os": "linux", "architecture": architecture})

    def index(self, *images):
        """The descriptor of an index of these images."""
        return self.put(encoded(index_of(*images)), OCI_INDEX)

    def tag(self, descriptor, tag):
        """Name something, and write index.json; returns its digest."""
        annotations = {"org.opencontainers.image.ref.name": tag}
        self.entries.append({**descriptor, "annotations": annotations})
        (self.folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": self.entries}))
        return descriptor["digest"]


def digests(folder):
    """Names of all blobs in a layout."""
    return {path.name for path in (folder / "blobs" / "sha256").iterdir()}


def pulled(folder):
    """The digest that a pulled layout's only entry names."""
    return json.loads((folder / "index.json").read_text())["manifests"][0]["digest"]
