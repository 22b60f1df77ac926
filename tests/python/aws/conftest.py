"""AWS on the loopback address: moto's server, and what it lacks; and a stack there."""

from dataclasses import replace

import boto3
import pytest
from moto.moto_api import state_manager
from moto.moto_api._internal.models import moto_api_backend

from cloudfront_signer import aws

from support.aws import Fake, serving


@pytest.fixture
def fake(monkeypatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    yield Fake()
    moto_api_backend.reset()
    state_manager.unset_transition("cloudfront::distribution")


@pytest.fixture
def endpoint(fake):
    with serving(fake) as address:
        yield address


@pytest.fixture
def session(endpoint):
    return boto3.session.Session()


@pytest.fixture
def client(session, endpoint):
    return lambda name: session.client(name, endpoint_url=endpoint)


@pytest.fixture
def settings(tmp_path):
    content = tmp_path / "content"
    (content / "v").mkdir(parents=True)
    (content / "index.html").write_text("<p>hello</p>")
    (content / "v" / "a.mp4").write_bytes(b"video")
    return aws.Settings("my-bucket", tmp_path / "state.json", tmp_path / "key.pem", content, interval=0.0)


@pytest.fixture
def up(session, endpoint, settings):
    """``up`` with the settings above, changed by keyword: of Settings, of Options, or ``progress`` (of lines)."""

    def run(progress=lambda line: None, **changes):
        options = {name: changes.pop(name) for name in list(changes) if name in aws.Options.__dataclass_fields__}
        wanted = replace(settings, **changes, **({"options": aws.Options(**options)} if options else {}))
        return aws.up(session, wanted, lambda event: progress(event.text), endpoint_url=endpoint)

    return run


@pytest.fixture
def down(session, endpoint, settings):
    def run(state_path=settings.state_path, progress=lambda line: None, **options):
        report = lambda event: progress(event.text)  # noqa: E731
        aws.down(session, state_path, report, endpoint_url=endpoint, interval=0.0, **options)

    return run
