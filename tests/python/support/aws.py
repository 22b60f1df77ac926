"""moto's server, and beside it the CloudFront resources that it lacks: identities, key groups that change, RTMP.

Requests come from botocore, which checks them against AWS's own model before they are sent.
"""

import contextlib
import re
import threading
import uuid
from xml.etree import ElementTree

from moto.cloudfront.models import cloudfront_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

VERSION = "/2020-05-31"
NAMESPACE = "{http://cloudfront.amazonaws.com/doc/2020-05-31/}"


class Fake:
    """A WSGI application: moto, but for the resources below."""

    def __init__(self):
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.identities, self.streams, self.calls = {}, {}, []
        # Operations that are refused: (method, path pattern) to (status, code).
        self.refusals = {}

    def __call__(self, environ, start_response):
        request = Request(environ)
        path = request.full_path.rstrip("?")
        self.calls.append((request.method, path))
        for (method, pattern), (status, code) in self.refusals.items():
            if method == request.method and re.search(pattern, path):
                return refusal(status, code)(environ, start_response)
        answer = self.answer(request)
        return (self.moto if answer is None else answer)(environ, start_response)

    def answer(self, request):
        path = request.path.removeprefix(VERSION)
        if found := re.fullmatch(r"/key-group/([^/]+)", path):
            return self.key_group(request, found[1])
        if path == "/origin-access-identity/cloudfront" and request.method == "POST":
            return self.identity(text_of(request, "CallerReference"))
        if path == "/streaming-distribution" and request.method == "POST":
            return self.stream(request)
        return None

    def key_group(self, request, group_id):
        groups = cloudfront_backends[DEFAULT_ACCOUNT_ID]["aws"].key_groups
        if request.method == "GET":
            return None if group_id in groups else refusal(404, "NoSuchResource")
        if not request.headers.get("If-Match"):
            return refusal(400, "InvalidIfMatchVersion")
        if request.method == "DELETE":
            del groups[group_id]
            return Response(status=204)
        items = [item.text for item in body(request).iter(f"{NAMESPACE}PublicKey")]
        groups[group_id].items = items
        keys = "".join(f"<PublicKey>{item}</PublicKey>" for item in items)
        config = f"<Name>{groups[group_id].name}</Name><Items>{keys}</Items>"
        return xml(f"<KeyGroup><Id>{group_id}</Id><KeyGroupConfig>{config}</KeyGroupConfig></KeyGroup>")

    def identity(self, reference):
        made = self.identities.setdefault(reference, (f"E{uuid.uuid4().hex[:12].upper()}", uuid.uuid4().hex * 2))
        return xml(
            f"<CloudFrontOriginAccessIdentity><Id>{made[0]}</Id><S3CanonicalUserId>{made[1]}</S3CanonicalUserId>"
            "</CloudFrontOriginAccessIdentity>",
            201,
        )

    def stream(self, request):
        self.streams["config"] = ElementTree.tostring(body(request), "unicode")
        return xml(
            "<StreamingDistribution><Id>ESTREAM000001</Id><ARN>arn:aws:cloudfront::1:streaming-distribution/E</ARN>"
            "<Status>InProgress</Status><DomainName>s1.cloudfront.net</DomainName></StreamingDistribution>",
            201,
        )


def body(request):
    return ElementTree.fromstring(request.get_data())


def text_of(request, name):
    return body(request).find(f"{NAMESPACE}{name}").text


def xml(content, status=200):
    return Response(content, status, {"ETag": "E1", "Content-Type": "text/xml"})


def refusal(status, code):
    return xml(f"<ErrorResponse><Error><Code>{code}</Code><Message>refused</Message></Error></ErrorResponse>", status)


@contextlib.contextmanager
def serving(fake):
    """The address of the fake on a free port, stopped at the end."""
    server = make_server("127.0.0.1", 0, fake, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
