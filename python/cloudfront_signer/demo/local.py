"""Runs a command with a distribution on this machine: moto's server is AWS, and a local edge serves private content.

    python -m cloudfront_signer.demo.local flask --app examples/flask/app run

The content is twenty pictures and a video, as ``content`` makes them. The command has the settings of the distribution
in its environment (``CLOUDFRONT_SIGNER_DOMAIN`` and so on), and a ``SECRET_KEY`` for its sessions. Everything ends with
it.
"""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from cloudfront_signer._native import excerpt
from cloudfront_signer._signals import Terminated, terminated_in_order
from cloudfront_signer.aws import Settings, up
from cloudfront_signer.demo.content import make_content
from cloudfront_signer.demo.place import moto_server
from cloudfront_signer.edge import read_distribution, running
from cloudfront_signer.edge.log import Log

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_BUCKET = "my-media"
# CloudFront keeps the files for a day. A browser asks before it shows its copy, so that a logout takes effect at once.
_CACHE_CONTROL = "max-age=0, must-revalidate, s-maxage=86400"


@contextmanager
def local_distribution() -> Iterator[dict[str, str]]:
    """Set up a bucket, a key pair and a distribution at moto's server, and serve it for the duration of the block.

    The target is the environment of an application: the settings of the distribution, and where AWS's APIs are.
    """
    with tempfile.TemporaryDirectory() as name, moto_server() as endpoint:
        folder = Path(name)
        session = boto3.session.Session()
        settings = Settings(_BUCKET, folder / "state.json", folder / "key.pem", interval=0.1)
        stack = up(session, settings, endpoint_url=endpoint)
        _upload(session.client("s3", endpoint_url=endpoint))
        cloudfront = session.client("cloudfront", endpoint_url=endpoint)
        # URLs are signed for the address of the edge, where the browser fetches them.
        place = {"endpoint_url": endpoint, "port": 0, "pretend": None}
        configuration = read_distribution(cloudfront, stack.distributions["signed"], **place)
        with running(configuration, Log(stream=StringIO())) as address:
            yield {
                "AWS_ENDPOINT_URL": endpoint,
                "CLOUDFRONT_SIGNER_BASE_URL": address,
                "CLOUDFRONT_SIGNER_DOMAIN": stack.domain_names["signed"],
                "CLOUDFRONT_SIGNER_KEY_PAIR_ID": stack.public_key,
                "CLOUDFRONT_SIGNER_PRIVATE_KEY": stack.private_key,
            }


def _upload(s3: "S3Client") -> None:
    for name, (content, content_type) in make_content().items():
        s3.put_object(Bucket=_BUCKET, Key=name, Body=content, ContentType=content_type, CacheControl=_CACHE_CONTROL)


def main(command: Sequence[str]) -> int:
    """Run a command with the distribution, and return its exit status."""
    if not command:
        print("usage: python -m cloudfront_signer.demo.local COMMAND [ARGUMENT]...", file=sys.stderr)
        return 2
    with terminated_in_order(), local_distribution() as settings:
        print(f"private content: {settings['CLOUDFRONT_SIGNER_BASE_URL']}/", file=sys.stderr, flush=True)
        return _run(command, {"SECRET_KEY": secrets.token_hex(), **os.environ, **settings})


def _run(command: Sequence[str], environment: dict[str, str]) -> int:
    # Programs of the same virtual environment come first, even if it is not activated.
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", os.defpath)])
    program = shutil.which(command[0], path=environment["PATH"])
    if program is None:
        print(f"{excerpt(command[0])}: no such program", file=sys.stderr)
        return 127
    process = subprocess.Popen([program, *command[1:]], env=environment)
    try:
        status = process.wait()
    except KeyboardInterrupt:
        # The terminal has sent it to both.
        status = process.wait()
    except Terminated:
        process.terminate()
        status = process.wait()
    finally:
        process.kill()
    # As shells report a signal.
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
