"""oras-py as its users write it: `push HOST NAME:TAG FILE` or `pull HOST NAME:TAG FOLDER`."""

import json
import os
import sys
from pathlib import Path

import oras.client

verb, host, name, what = sys.argv[1:]
client = oras.client.OrasClient(hostname=host, insecure=True, auth_backend="basic")
client.login(
    username="AWS",
    password=os.environ["REGISTRY_PASSWORD"],
    hostname=host,
    config_path=str(Path("oras-py.json").absolute()),
)
target = f"{host}/{name}"
if verb == "push":
    answer = client.push(target=target, files=[what], disable_path_validation=True)
    sys.stdout.write(json.dumps({"status": answer.status_code, "digest": answer.headers.get("Docker-Content-Digest")}))
else:
    sys.stdout.write(json.dumps({"files": client.pull(target=target, outdir=what), "tags": client.get_tags(target)}))
