"""A registry of a few lines that does as it is told, to be an upstream: what it has, what it says, who asked."""

import threading

from images import blobs_of, descriptor, digest_of, encoded, image_of, index_of
from werkzeug.serving import WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_arguments):
        """Say nothing."""


class Upstream:
    """Serves `/v2/` of what was pushed into it; `before` may answer a request in its place."""

    def __init__(self, ssl=None):
        self.manifests = {}
        self.blobs = {}
        self.asked = []
        """(path, headers) of every request, in order."""
        self.before = lambda _path, _headers: None
        self._server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=_Quiet, ssl_context=ssl)
        self.port = self._server.server_port
        self.url = f"{'https' if ssl else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def stop(self):
        """Die."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"] + (f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else "")
        headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
        self.asked.append((path, headers))
        status, more, body = self.before(path, headers) or self.answer(environ["PATH_INFO"])
        start_response(f"{status} Told", [("Content-Length", str(len(body))), *more.items()])
        return [body]

    def answer(self, path):
        """(status, headers, body) of what is here."""
        if path in {"/v2/", "/token"}:
            return 200, {}, b"{}"
        name, kind, reference = path.removeprefix("/v2/").rsplit("/", 2)
        if kind == "manifests" and (name, reference) in self.manifests:
            data, media_type = self.manifests[name, reference]
            return 200, {"Content-Type": media_type, "Docker-Content-Digest": digest_of(data)}, data
        if kind == "blobs" and (name, reference) in self.blobs:
            return 200, {}, self.blobs[name, reference]
        return 404, {}, b"{}"

    def paths(self, part=""):
        return [path for path, _ in list(self.asked) if part in path]

    # -- pushing

    def blob(self, data, name):
        self.blobs[name, digest_of(data)] = data
        return descriptor(data, "application/x")

    def put(self, body, name, *tags):
        """A manifest under its digest and tags; its descriptor."""
        data = encoded(body)
        for reference in (digest_of(data), *tags):
            self.manifests[name, reference] = data, body["mediaType"]
        return descriptor(data, body["mediaType"])

    def push(self, name, *tags, content="one", **members):
        rows = [self.blob(data, name) for data in blobs_of(content).values()]
        return self.put(image_of(*rows, **members), name, *tags)

    def index(self, name, *tags, children):
        return self.put(index_of(*children), name, *tags)
