"""moto's server, and beside it what it lacks of CloudFront and S3: identities, policies, key groups that change, RTMP,
comments, a distribution's whole configuration, a bucket's tags from its creation, and whose bucket is expected.

Requests come from botocore, which checks them against AWS's own model before they are sent.
"""

import contextlib
import io
import re
import threading
import uuid
from xml.etree import ElementTree

from moto.cloudfront.models import cloudfront_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from support.threads import in_thread

VERSION = "/2020-05-31"
NAMESPACE = "{http://cloudfront.amazonaws.com/doc/2020-05-31/}"
# Whose names are unique in an account.
UNIQUE = {
    "/public-key": ("PublicKey", lambda: backend().public_keys),
    "/key-group": ("KeyGroup", lambda: backend().key_groups),
    "/origin-access-control": ("OriginAccessControl", lambda: backend().origin_access_controls),
}
# Path to CloudFront's name of what is there.
POLICIES = {"cache-policy": "CachePolicy", "response-headers-policy": "ResponseHeadersPolicy"}


class Fake:
    """A WSGI application: moto, but for the resources below."""

    def __init__(self):
        # moto's state is the process's, and another test in it may have ended with a bucket.
        moto_api_backend.reset()
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.lock = threading.Lock()
        self.identities, self.streams, self.calls = {}, {}, []
        # By id: a policy's path and its configuration; a distribution's configuration; a key group's comment.
        self.policies, self.configurations, self.comments = {}, {}, {}
        # Operations that are refused: (method, path pattern) to (status, code), or to a whole answer.
        self.refusals = {}
        # Buckets of another account, which lets everybody in.
        self.foreign = set()

    def __call__(self, environ, start_response):
        request = Request(environ)
        path = request.full_path.rstrip("?")
        self.calls.append((request.method, path))
        for (method, pattern), refused in self.refusals.items():
            if method == request.method and re.search(pattern, path):
                answer = refused if isinstance(refused, Response) else refusal(*refused)
                return answer(environ, start_response)
        data = request.get_data()
        environ["wsgi.input"] = io.BytesIO(data)
        # Names that are unique want one request at a time.
        with self.lock:
            answer = self.answer(request) or self.completed(request, Response.from_app(self.moto, environ))
        return answer(environ, start_response)

    def answer(self, request):
        """What moto does not know, or answers too kindly; None for what it does."""
        path = request.path.removeprefix(VERSION)
        if path == request.path:
            return self.foreign_bucket(request)
        if found := re.fullmatch(r"/key-group/([^/]+)", path):
            return self.key_group(request, found[1])
        if found := re.fullmatch(r"/(cache-policy|response-headers-policy)(?:/([^/]+))?", path):
            return self.policy(request, *found.groups())
        if (found := re.fullmatch(r"/public-key/([^/]+)", path)) and found[1] not in backend().public_keys:
            return refusal(404, "NoSuchPublicKey")
        if found and request.method == "DELETE":
            held = [group for group in backend().key_groups.values() if found[1] in group.items]
            return refusal(409, "PublicKeyInUse") if held else None
        if request.method == "POST" and path in UNIQUE:
            kind, items = UNIQUE[path]
            names = [one.name for one in items().values()]
            return refusal(409, f"{kind}AlreadyExists") if text_of(request, "Name") in names else None
        if path == "/origin-access-identity/cloudfront" and request.method == "POST":
            return self.identity(text_of(request, "CallerReference"))
        if path == "/streaming-distribution" and request.method == "POST":
            return self.stream(request)
        return None

    def completed(self, request, answer):
        """moto's answer, with what it forgets."""
        path = request.path.removeprefix(VERSION)
        if answer.status_code >= 300:
            return answer
        if request.method == "PUT" and b"<Tags>" in request.get_data():
            tags = {one.find("{*}Key").text: one.find("{*}Value").text for one in body(request).iter() if is_tag(one)}
            buckets = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
            buckets.put_bucket_tagging(request.path.strip("/"), tags)
        if request.method == "DELETE" and path == request.path and "/" not in path.strip("/") and not request.args:
            # moto keeps the tags for the next bucket of that name.
            s3_backends[DEFAULT_ACCOUNT_ID]["aws"].tagger.delete_all_tags_for_resource(f"arn:aws:s3:::{path[1:]}")
        if request.method == "POST" and path == "/public-key":
            made = backend().public_keys[ElementTree.fromstring(answer.get_data()).find("{*}Id").text]
            made.comment = text_of(request, "Comment")
        if request.method == "POST" and path == "/key-group":
            made = ElementTree.fromstring(answer.get_data()).find("{*}Id").text
            self.comments[made] = text_of(request, "Comment")
        if path == "/key-group" and request.method == "GET":
            return self.key_groups()
        if request.method == "POST" and path == "/distribution":
            made = ElementTree.fromstring(answer.get_data()).find("{*}Id").text
            self.configurations[made] = body(request)
        if found := re.fullmatch(r"/distribution/([^/]+)/config", path):
            if request.method == "PUT":
                self.configurations[found[1]] = body(request)
            else:
                answer.set_data(ElementTree.tostring(self.configurations[found[1]]))
        return answer

    def foreign_bucket(self, request):
        expected = request.headers.get("x-amz-expected-bucket-owner", DEFAULT_ACCOUNT_ID)
        foreign = request.path.split("/")[1] in self.foreign
        return refusal(403, "AccessDenied") if foreign != (expected != DEFAULT_ACCOUNT_ID) else None

    def key_group(self, request, group_id):
        groups = backend().key_groups
        if group_id not in groups:
            return refusal(404, "NoSuchResource")
        if request.method == "GET":
            return xml(self.group_xml(groups[group_id]))
        if not request.headers.get("If-Match"):
            return refusal(400, "InvalidIfMatchVersion")
        if request.method == "DELETE":
            del groups[group_id]
            return Response(status=204)
        groups[group_id].items = [item.text for item in body(request).iter(f"{NAMESPACE}PublicKey")]
        return xml(self.group_xml(groups[group_id]))

    def key_groups(self):
        groups = [f"<KeyGroupSummary>{self.group_xml(one)}</KeyGroupSummary>" for one in backend().key_groups.values()]
        quantity = f"<MaxItems>100</MaxItems><Quantity>{len(groups)}</Quantity>"
        return xml(f"<KeyGroupList>{quantity}<Items>{''.join(groups)}</Items></KeyGroupList>")

    def group_xml(self, group):
        keys = "".join(f"<PublicKey>{item}</PublicKey>" for item in group.items)
        comment = self.comments.get(group.id, "")
        config = f"<Name>{group.name}</Name><Items>{keys}</Items><Comment>{comment}</Comment>"
        return f"<KeyGroup><Id>{group.id}</Id><KeyGroupConfig>{config}</KeyGroupConfig></KeyGroup>"

    def policy(self, request, kind, policy_id):
        name = POLICIES[kind]
        if policy_id is None and request.method == "GET":
            made = [self.policy_xml(one) for one, (its_kind, _) in self.policies.items() if its_kind == kind]
            items = "".join(f"<{name}Summary><Type>custom</Type>{one}</{name}Summary>" for one in made)
            quantity = f"<MaxItems>100</MaxItems><Quantity>{len(made)}</Quantity>"
            return xml(f"<{name}List>{quantity}<Items>{items}</Items></{name}List>")
        if policy_id is None:
            policy_id = str(uuid.uuid4())
            self.policies[policy_id] = kind, ElementTree.tostring(body(request), "unicode")
            return xml(self.policy_xml(policy_id), 201)
        if policy_id not in self.policies:
            return refusal(404, f"NoSuch{name}")
        if request.method != "GET" and not request.headers.get("If-Match"):
            return refusal(400, "InvalidIfMatchVersion")
        if request.method == "DELETE":
            del self.policies[policy_id]
            return Response(status=204)
        if request.method == "PUT":
            self.policies[policy_id] = kind, ElementTree.tostring(body(request), "unicode")
        return xml(self.policy_xml(policy_id))

    def policy_xml(self, policy_id):
        kind, config = self.policies[policy_id]
        modified = "<LastModifiedTime>2026-01-01T00:00:00Z</LastModifiedTime>"
        return f"<{POLICIES[kind]}><Id>{policy_id}</Id>{modified}{config}</{POLICIES[kind]}>"

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


def backend():
    """moto's CloudFront."""
    return cloudfront_backends[DEFAULT_ACCOUNT_ID]["aws"]


def is_tag(element):
    """Whether it is S3's ``<Tag>``."""
    return element.tag.endswith("}Tag") and element.find("{*}Key") is not None


def body(request):
    return ElementTree.fromstring(request.get_data())


def text_of(request, name):
    found = body(request).find(f"{NAMESPACE}{name}")
    return "" if found is None else found.text


def xml(content, status=200):
    return Response(content, status, {"ETag": "E1", "Content-Type": "text/xml"})


def refusal(status, code, message="refused"):
    return xml(f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>", status)


@contextlib.contextmanager
def serving(application):
    """The address of an application on a free port, stopped at the end."""
    with in_thread(make_server("127.0.0.1", 0, application, threaded=True)) as server:
        yield f"http://127.0.0.1:{server.server_port}"
