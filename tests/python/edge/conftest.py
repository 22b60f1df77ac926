"""An edge before a folder, one before a recording origin, and AWS as moto has it."""

import boto3
import pytest
from moto.server import ThreadedMotoServer

from cloudfront_signer.edge import Behavior, Configuration

from support.edges import KEYS, SITE, Recorder, running
from support.threads import in_thread


@pytest.fixture
def folder(tmp_path):
    content = tmp_path / "content"
    (content / "public").mkdir(parents=True)
    (content / "video.mp4").write_bytes(bytes(range(256)) * 4)
    (content / "public" / "a.txt").write_text("open to all\n")
    (content / "a b.txt").write_text("a blank\n")
    (content / "index.html").write_text("<p>root</p>\n")
    (tmp_path / "secret.txt").write_text("outside\n")
    (content / "link.txt").symlink_to(tmp_path / "secret.txt")
    (content / "inner.txt").symlink_to(content / "video.mp4")
    return content


@pytest.fixture
def edge(folder):
    behaviors = (Behavior("/public/*", str(folder)), Behavior("*", str(folder), KEYS))
    with running(Configuration(behaviors, pretend=SITE)) as server:
        yield server


@pytest.fixture
def origin():
    with in_thread(Recorder()) as server:
        try:
            yield server
        finally:
            server.release.set()


@pytest.fixture
def relaying(origin):
    address = f"http://127.0.0.1:{origin.server_address[1]}"
    behaviors = (Behavior("/upload*", address, None, frozenset({"GET", "POST"})), Behavior("*", address, KEYS))
    with running(Configuration(behaviors, pretend=SITE)) as server:
        yield server


@pytest.fixture(scope="module")
def aws():
    """moto's server, with a bucket that holds two objects."""
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        session = boto3.session.Session()
        endpoint = f"http://{host}:{port}"

        def client(name):
            return session.client(name, endpoint_url=endpoint)

        client("s3").create_bucket(Bucket="content")
        client("s3").put_object(Bucket="content", Key="v/a b+c.txt", Body=b"0123456789")
        client("s3").put_object(Bucket="content", Key="index.html", Body=b"root")
        yield client, endpoint
    server.stop()
