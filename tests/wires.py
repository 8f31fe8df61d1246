"""AWS calls without an SDK: the bytes on the wire, against a front in this process."""

import base64
import io
import json

from constants import signed

from ecrmock.base.web import Body, Request


def call(application, operation, **members):
    """The members of the answer to an ECR operation; bytes among the members go as Base64."""
    plain = {name: base64.b64encode(v).decode() if isinstance(v, bytes) else v for name, v in members.items()}
    headers = {
        "authorization": signed("test"),
        "x-amz-target": f"AmazonEC2ContainerRegistry_V20150921.{operation}",
        "content-type": "application/x-amz-json-1.1",
    }
    data = json.dumps(plain).encode()
    body = Body(io.BytesIO(data), len(data))
    response = application.respond(Request("POST", "/", header=lambda name: headers.get(name.lower()), body=body))
    return json.loads(response.body)
