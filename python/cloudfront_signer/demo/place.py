"""Where the demo runs: on this machine, with moto's server as AWS and local edges as distributions, or at AWS."""

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3

from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws import Options, Settings, State, up
from cloudfront_signer.aws.checks import Answer, fetch
from cloudfront_signer.aws.progress import Event, Kind
from cloudfront_signer.edge import read_distribution, running
from cloudfront_signer.edge.log import Log

# An unsigned distribution in addition to the signed one.
_BOTH = Options(open_distribution=True)
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "demo", "AWS_SECRET_ACCESS_KEY": "demo", "AWS_DEFAULT_REGION": "us-east-1"}


@dataclass(frozen=True, slots=True, repr=False)
class Place(MaskedRepr):
    """A stack that is up, and the addresses of its distributions."""

    stack: State
    # How the bucket answered a request without credentials.
    bucket_answer: Answer
    # The local address for each distribution's https://NAME.
    addresses: Mapping[str, str]

    def site(self, kind: str) -> str:
        """The distribution's own name, for which URLs are signed."""
        return f"https://{self.stack.domain_names[kind]}"

    def local(self, url: str) -> str:
        """The URL to fetch for a URL of a distribution."""
        for site, address in self.addresses.items():
            url = url.replace(site, address, 1)
        return url


class _Observer:
    """Prints what the set-up reports, and requests the video from the bucket as soon as it is uploaded.

    Not later: moto's bucket policies have no principals, so a policy that lets CloudFront read lets everybody read.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self.bucket_answer = Answer(0, "it was not requested")

    def __call__(self, event: Event) -> None:
        print(f"  {event.text}")
        if event.kind is Kind.UPLOADED:
            self.bucket_answer = fetch(self._url)


def at_aws(bucket: str, folder: Path) -> Place:
    """Set up a stack at AWS, with the credentials of the environment. Its key and state file stay."""
    paths = Path("cloudfront-signer.json"), Path("private_key.pem"), folder / "content"
    settings = Settings(bucket, *paths, options=_BOTH)
    session = boto3.session.Session()
    observer = _Observer(f"https://{bucket}.s3.{session.region_name}.amazonaws.com/video.mp4")
    stack = up(session, settings, observer)
    print("`cloudfront-signer aws down --delete-content` removes everything", file=sys.stderr)
    return Place(stack, observer.bucket_answer, {})


@contextmanager
def on_this_machine(folder: Path, port: int, log: Log) -> Iterator[Place]:
    """Set up a stack at moto's server, and serve its distributions, the signed one on ``port`` (0 for a free one)."""
    with moto_server() as endpoint, ExitStack() as edges:
        session = boto3.session.Session()
        paths = folder / "state.json", folder / "key.pem", folder / "content"
        settings = Settings("my-videos", *paths, interval=0.1, options=_BOTH)
        observer = _Observer(f"{endpoint}/my-videos/video.mp4")
        stack = up(session, settings, observer, endpoint_url=endpoint)
        cloudfront = session.client("cloudfront", endpoint_url=endpoint)
        addresses = {}
        for kind, distribution_id in stack.distributions.items():
            chosen = port if kind == "signed" else 0
            configuration = read_distribution(cloudfront, distribution_id, endpoint_url=endpoint, port=chosen)
            address = edges.enter_context(running(configuration, log))
            addresses[f"https://{stack.domain_names[kind]}"] = address
            observer(Event(Kind.READY, f"{kind} distribution on this machine: {address}"))
        yield Place(stack, observer.bucket_answer, addresses)


@contextmanager
def moto_server() -> Iterator[str]:
    """moto's server on a free port, and credentials for it."""
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
