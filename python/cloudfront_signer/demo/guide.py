"""The guide's eight steps on this machine: moto's server is AWS, two local edges are the distributions.

With ``bucket`` the same runs against AWS: the distributions are real then, and take some minutes to deploy.
"""

import logging
import os
import sys
import tempfile
import threading
import warnings
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from io import StringIO
from pathlib import Path
from string import Template
from typing import Any

import boto3
import httpx

from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError, ExpiredWarning, PrivateKey
from cloudfront_signer._signals import Terminated
from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws import Options, Settings, State, up
from cloudfront_signer.aws.checks import Answer, fetch
from cloudfront_signer.edge import read_distribution, running
from cloudfront_signer.edge.log import Log

# The guide has an open distribution beside the signed one.
_BOTH = Options(open_distribution=True)
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "demo", "AWS_SECRET_ACCESS_KEY": "demo", "AWS_DEFAULT_REGION": "us-east-1"}


@dataclass(frozen=True, slots=True, repr=False)
class Attempt(MaskedRepr):
    """One request, and what should answer: a status, and a code where it is denied."""

    what: str
    url: str
    due: str
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Place(MaskedRepr):
    """A stack that is up, and where its names are asked for."""

    stack: State
    # What the bucket itself answered to anybody.
    bucket_answer: Answer
    # What is asked for instead of a distribution's https://NAME.
    addresses: Mapping[str, str]

    def site(self, kind: str) -> str:
        """The distribution's own name, for which URLs are signed."""
        return f"https://{self.stack.domain_names[kind]}"

    def local(self, url: str) -> str:
        """Where a URL is really fetched."""
        for site, address in self.addresses.items():
            url = url.replace(site, address, 1)
        return url


def main(*, serve: bool = False, port: int = 0, bucket: str | None = None) -> int:
    """Run all steps and print a line for each; 0 if every line is as expected, 1 otherwise.

    ``serve`` keeps the edges running, the signed one on ``port``, and opens a page that plays the video. ``bucket``
    names a bucket to make at AWS, with the credentials of the environment.
    """
    video = files("cloudfront_signer.demo").joinpath("video.mp4").read_bytes()
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            (folder / "content").mkdir()
            (folder / "content" / "video.mp4").write_bytes(video)
            log = Log(stream=sys.stderr if serve else StringIO())
            place = _at_aws(bucket, folder) if bucket else stack.enter_context(_on_this_machine(folder, port, log))
            fine = _show(attempts(place), place, video)
            if serve:
                _serve(place)
    except CloudFrontSignerError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0 if fine else 1


class _Told:
    """Prints a line for each step, and asks the bucket itself for the video as soon as it is there.

    Not later: moto's bucket policies know no principals, so once CloudFront may read, it lets everybody read.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self.bucket_answer = Answer(0, "it was not asked")

    def __call__(self, line: str) -> None:
        print(f"  {line}")
        if line.startswith("uploaded"):
            self.bucket_answer = fetch(self._url)


def _at_aws(bucket: str, folder: Path) -> Place:
    paths = Path("cloudfront-signer.json"), Path("private_key.pem"), folder / "content"
    settings = Settings(bucket, *paths, options=_BOTH)
    session = boto3.session.Session()
    told = _Told(f"https://{bucket}.s3.{session.region_name}.amazonaws.com/video.mp4")
    stack = up(session, settings, told)
    print("cloudfront-signer aws down --delete-content removes it all", file=sys.stderr)
    return Place(stack, told.bucket_answer, {})


@contextmanager
def _on_this_machine(folder: Path, port: int, log: Log) -> Iterator[Place]:
    with _moto() as endpoint, ExitStack() as edges:
        session = boto3.session.Session()
        paths = folder / "state.json", folder / "key.pem", folder / "content"
        settings = Settings("my-videos", *paths, interval=0.1, options=_BOTH)
        told = _Told(f"{endpoint}/my-videos/video.mp4")
        stack = up(session, settings, told, endpoint_url=endpoint)
        cloudfront = session.client("cloudfront", endpoint_url=endpoint)
        addresses = {}
        for kind, distribution_id in stack.distributions.items():
            chosen = port if kind == "signed" else 0
            configuration = read_distribution(cloudfront, distribution_id, endpoint_url=endpoint, port=chosen)
            address = edges.enter_context(running(configuration, log))
            addresses[f"https://{stack.domain_names[kind]}"] = address
            told(f"{kind} distribution on this machine: {address}")
        yield Place(stack, told.bucket_answer, addresses)


@contextmanager
def _moto() -> Iterator[str]:
    """moto's server on a free port, and credentials that it takes."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    before = {name: os.environ.get(name) for name in (*_CREDENTIALS, "AWS_PROFILE")}
    os.environ.pop("AWS_PROFILE", None)
    os.environ.update(_CREDENTIALS)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def attempts(place: Place) -> list[Attempt]:
    """Every way of asking for the video."""
    signer = CloudFrontSigner(place.stack.public_key, PrivateKey.from_file(place.stack.private_key))
    opened, signed_site = place.site("open"), place.site("signed")
    url, hour, now = f"{signed_site}/video.mp4", timedelta(hours=1), datetime.now(UTC)
    with warnings.catch_warnings(action="ignore", category=ExpiredWarning):
        expired = signer.sign_url(url, expires=now - timedelta(minutes=12))
    signed = signer.sign_url(url, expires=now + hour)
    later = int((now + 2 * hour).timestamp())
    tampered = signed.replace(signed.split("Expires=")[1].split("&")[0], str(later), 1)
    cookies = signer.sign_cookies(f"{signed_site}/*", expires=now + hour)
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return [
        Attempt("5 the open distribution", f"{opened}/video.mp4", "200"),
        Attempt("5 the signed one, unsigned", url, "403 MissingKey"),
        Attempt("7 a signed URL", signed, "200"),
        Attempt("8 a range of it", signed, "206", {"Range": "bytes=0-99"}),
        Attempt("8 with signed cookies", url, "200", {"Cookie": header}),
        Attempt("8 tampered: a later expiry", tampered, "403 AccessDenied"),
        Attempt("8 expired", expired, "403 AccessDenied"),
    ]


def _show(all_attempts: list[Attempt], place: Place, video: bytes) -> bool:
    stack = place.stack
    closed = place.bucket_answer.status == 403
    made = [
        ("1 bucket and upload", f"s3://{stack.bucket}/video.mp4"),
        ("1 the bucket itself", f"{place.bucket_answer}{'' if closed else '   NOT AS EXPECTED: 403'}"),
        ("2 origin access control", stack.origin_access_control),
        ("3 grant in the bucket policy", "both distributions, by their ARNs"),
        ("4 distributions", ", ".join(f"{kind} {one}" for kind, one in stack.distributions.items())),
        ("6 key pair and key group", f"{stack.public_key}, {stack.key_group}"),
    ]
    print("\nthe guide's steps, and what came back")
    for what, told in made:
        print(f"  {what:<30}{told}")
    fine = closed
    with httpx.Client(trust_env=False, timeout=60) as client:
        for attempt in all_attempts:
            answer = client.get(place.local(attempt.url), headers=attempt.headers)
            expected, told = _judge(attempt, answer, video)
            fine = fine and expected
            print(f"  {attempt.what:<30}{told}{'' if expected else f'   NOT AS EXPECTED: {attempt.due}'}")
    return fine


def _judge(attempt: Attempt, answer: httpx.Response, video: bytes) -> tuple[bool, str]:
    """Whether the answer is as expected, and what it was."""
    if answer.is_success:
        told = "the same bytes" if answer.content == video else f"{len(answer.content)} bytes"
        seen = str(answer.status_code)
        return seen == attempt.due and video.startswith(answer.content), f"{seen}  {told}"
    code = answer.text.partition("<Code>")[2].partition("</Code>")[0]
    reason = answer.headers.get("x-signer-reason", "")
    return f"{answer.status_code} {code}" == attempt.due, f"{answer.status_code}  {code:<13} {reason}".rstrip()


def _serve(place: Place) -> None:
    """Put a page beside the video into a folder of its own, serve that, and wait for Ctrl-C."""
    from cloudfront_signer.edge import Behavior, Configuration

    by_name: dict[str, Callable[[Attempt], bool]] = {
        "unsigned": lambda one: "unsigned" in one.what,
        "tampered": lambda one: "tampered" in one.what,
        "expired": lambda one: "expired" in one.what,
    }
    found = {name: next(one.url for one in attempts(place) if fits(one)) for name, fits in by_name.items()}
    signer = CloudFrontSigner(place.stack.public_key, PrivateKey.from_file(place.stack.private_key))
    end = datetime.now(UTC) + timedelta(hours=12)
    found["signed"] = signer.sign_url(found["unsigned"], expires=end)
    escaped = {name: place.local(url).replace("&", "&amp;") for name, url in found.items()}
    template = Template(files("cloudfront_signer.demo").joinpath("page.html").read_text("utf-8"))
    values: dict[str, Any] = {**escaped, "end": f"{end:%Y-%m-%d %H:%M} UTC"}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "index.html").write_text(template.substitute(values), "utf-8")
        page = Configuration((Behavior("*", folder),), default_root_object="index.html", port=0)
        with suppress(KeyboardInterrupt, Terminated), running(page, Log(stream=StringIO())) as address:
            print(f"\n{address}/ plays it; Ctrl-C ends", flush=True)
            webbrowser.open(f"{address}/")
            threading.Event().wait()
