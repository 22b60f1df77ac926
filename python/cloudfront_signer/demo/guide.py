"""The eight steps of the set-up, and every way to request the video, on this machine or at AWS.

At AWS the distributions are real, and take some minutes to deploy.
"""

import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import httpx

from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError, ExpiredWarning, PrivateKey
from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.demo.events import Event, Step
from cloudfront_signer.demo.page import serve_page
from cloudfront_signer.demo.place import Place, at_aws, on_this_machine
from cloudfront_signer.demo.video import make_video
from cloudfront_signer.edge.log import Log


@dataclass(frozen=True, slots=True, repr=False)
class Attempt(MaskedRepr):
    """One request and the expected response: a status and, for a denial, a code."""

    step: Step
    url: str
    status: int
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def main(*, serve: bool = False, port: int = 0, bucket: str | None = None) -> int:
    """Run all steps and print one line each; returns 0 if every line is as expected, else 1.

    ``serve`` keeps the edges running, the signed one on ``port``, and opens a page that plays the video. ``bucket``
    names a bucket to create at AWS, with the credentials of the environment.
    """
    video, fine = make_video(), True
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            (folder / "content").mkdir()
            (folder / "content" / "video.mp4").write_bytes(video)
            log = Log(stream=sys.stderr if serve else StringIO())
            place = at_aws(bucket, folder) if bucket else stack.enter_context(on_this_machine(folder, port, log))
            print("\nthe steps, and the responses")
            for event in steps(place, video):
                print(event)
                fine = fine and event.fine
            if serve:
                serve_page(place, {attempt.step: attempt.url for attempt in attempts(place)})
    except CloudFrontSignerError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0 if fine else 1


def steps(place: Place, video: bytes) -> Iterator[Event]:
    """Every step as an event: what was created, then the response to each attempt."""
    stack, bucket_answer = place.stack, place.bucket_answer
    yield Event(Step.UPLOAD, f"s3://{stack.bucket}/video.mp4")
    yield Event(Step.BUCKET, str(bucket_answer), None if bucket_answer.status == 403 else "403")
    yield Event(Step.ACCESS_CONTROL, stack.origin_access_control)
    yield Event(Step.GRANT, "both distributions, by their ARNs")
    yield Event(Step.DISTRIBUTIONS, ", ".join(f"{kind} {one}" for kind, one in stack.distributions.items()))
    yield Event(Step.KEYS, f"{stack.public_key}, {stack.key_group}")
    with httpx.Client(trust_env=False, timeout=60) as client:
        for attempt in attempts(place):
            yield _event(attempt, client.get(place.local(attempt.url), headers=attempt.headers), video)


def attempts(place: Place) -> list[Attempt]:
    """Every way to request the video."""
    signer = CloudFrontSigner(place.stack.public_key, PrivateKey.from_file(place.stack.private_key))
    unsigned_site, signed_site = place.site("open"), place.site("signed")
    url, hour, now = f"{signed_site}/video.mp4", timedelta(hours=1), datetime.now(UTC)
    with warnings.catch_warnings(action="ignore", category=ExpiredWarning):
        expired = signer.sign_url(url, expires=now - timedelta(minutes=12))
    signed = signer.sign_url(url, expires=now + hour)
    later = int((now + 2 * hour).timestamp())
    tampered = signed.replace(signed.split("Expires=")[1].split("&")[0], str(later), 1)
    cookies = signer.sign_cookies(f"{signed_site}/*", expires=now + hour)
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return [
        Attempt(Step.OPEN, f"{unsigned_site}/video.mp4", 200),
        Attempt(Step.UNSIGNED, url, 403, "MissingKey"),
        Attempt(Step.SIGNED, signed, 200),
        Attempt(Step.RANGE, signed, 206, headers={"Range": "bytes=0-99"}),
        Attempt(Step.COOKIES, url, 200, headers={"Cookie": header}),
        Attempt(Step.TAMPERED, tampered, 403, "AccessDenied"),
        Attempt(Step.EXPIRED, expired, 403, "AccessDenied"),
    ]


def _event(attempt: Attempt, answer: httpx.Response, video: bytes) -> Event:
    expected = f"{attempt.status} {attempt.code}".rstrip()
    if answer.is_success:
        content = "the same bytes" if answer.content == video else f"{len(answer.content)} bytes"
        fine = answer.status_code == attempt.status and video.startswith(answer.content)
        return Event(attempt.step, f"{answer.status_code}  {content}", None if fine else expected)
    code = answer.text.partition("<Code>")[2].partition("</Code>")[0]
    reason = answer.headers.get("x-signer-reason", "")
    fine = (answer.status_code, code) == (attempt.status, attempt.code)
    return Event(attempt.step, f"{answer.status_code}  {code:<13} {reason}".rstrip(), None if fine else expected)
