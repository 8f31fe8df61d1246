"""What tests of ECR's operations need again and again, around a boto3 client."""

import json

import answers
import pytest
from constants import CONFIG, LAYER
from images import Pushed, blobs_of, descriptor, digest_of, image_of, index_of
from werkzeug.test import Client


class Kit:
    """The default client, and what tests need again and again."""

    def __init__(self, mock, client):
        self.mock = mock
        self.client = client

    sha256 = staticmethod(digest_of)

    def now(self):
        """World time in seconds since 1970."""
        return self.mock.world.clock.now()

    def advance(self, seconds):
        """Let world time pass, and what falls due happen."""
        self.mock.world.travel(self.now() + seconds)

    def repository(self, name="team/app", **more):
        return self.client.create_repository(repositoryName=name, **more)["repository"]

    def refused(self, operation, *, client=None, status=400, **request):
        """Code and sentence of a refusal."""
        return answers.refused(client or self.client, operation, status=status, **request)

    def begin(self, name="team/app"):
        return self.client.initiate_layer_upload(repositoryName=name)["uploadId"]

    def part(self, upload, data, first=0, name="team/app", **more):
        return self.client.upload_layer_part(
            repositoryName=name,
            uploadId=upload,
            partFirstByte=first,
            partLastByte=first + len(data) - 1,
            layerPartBlob=data,
            **more,
        )

    def layer(self, data, name="team/app"):
        """Upload a whole layer; its digest."""
        upload = self.begin(name)
        self.part(upload, data, name=name)
        answer = self.client.complete_layer_upload(
            repositoryName=name, uploadId=upload, layerDigests=[self.sha256(data)]
        )
        return answer["layerDigest"]

    def manifest(self, config, *layers, **members):
        """An OCI manifest over these bytes."""
        rows = [descriptor(layer, LAYER) for layer in layers]
        body = image_of(descriptor(config, CONFIG), *rows, **members)
        return json.dumps(body, indent=1, ensure_ascii=False)

    def put(self, manifest, tag=None, name="team/app", **more):
        if tag is not None:
            more["imageTag"] = tag
        return self.client.put_image(repositoryName=name, imageManifest=manifest, **more)["image"]

    def push(self, tag=None, content="one", name="team/app", **members):
        """Upload a config and a layer of their own and put an image over them."""
        blobs = blobs_of(content)
        for data in blobs.values():
            if self.availability(self.sha256(data), name) != "AVAILABLE":
                self.layer(data, name)
        manifest = self.manifest(*blobs.values(), **members)
        self.put(manifest, tag, name)
        return Pushed(self.sha256(manifest), manifest, blobs)

    def index(self, *children, **members):
        """An OCI index over pushed images."""
        return json.dumps(index_of(*(child.described() for child in children), **members))

    def availability(self, digest, name="team/app"):
        answer = self.client.batch_check_layer_availability(repositoryName=name, layerDigests=[digest])
        return answer["layers"][0]["layerAvailability"]

    def describe(self, name="team/app", **more):
        return self.client.describe_images(repositoryName=name, **more)["imageDetails"]

    def ids(self, name="team/app", **more):
        """Digest and tag (or None) of every entry of ListImages."""
        found = self.client.list_images(repositoryName=name, **more)["imageIds"]
        return [(each["imageDigest"], each.get("imageTag")) for each in found]

    def get(self, url):
        """A plain GET of an address that the mock handed out."""
        return Client(self.mock.application).get(url)


@pytest.fixture
def kit(mock, client_of):
    """A helper around the default client: account 123456789012 in us-east-1."""
    return Kit(mock, client_of("ecr", "123456789012", "us-east-1"))


@pytest.fixture
def other(mock, client_of):
    """A kit of another account or region."""
    return lambda account="111122223333", region="us-east-1": Kit(mock, client_of("ecr", account, region))
