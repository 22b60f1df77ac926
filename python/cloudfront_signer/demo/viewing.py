"""A video behind the edge: fetched unsigned, signed, tampered, expired and with cookies (extra ``[edge]``)."""

import sys
import tempfile
import threading
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from io import StringIO
from pathlib import Path
from string import Template

import httpx

from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError, PrivateKey
from cloudfront_signer.edge import Behavior, Configuration, running
from cloudfront_signer.edge.log import Log

_KEY_ID = "K2JCJMDEHXQW5F"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request, and what the edge should answer: a status, and a code where it denies."""

    what: str
    url: str
    status: int
    code: str = ""
    headers: Mapping[str, str] | None = None


def main(*, serve: bool = False, port: int = 0) -> int:
    """Print a table of what was asked and what came back; 0 if every line is as expected."""
    video = files("cloudfront_signer.demo").joinpath("video.mp4").read_bytes()
    key = PrivateKey.generate()
    signer = CloudFrontSigner(_KEY_ID, key)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "video.mp4").write_bytes(video)
        behaviors = (Behavior("/index.html", folder), Behavior("*", folder, {_KEY_ID: key.public_key()}))
        configuration = Configuration(behaviors, port=port)
        try:
            with running(configuration, Log(stream=sys.stderr if serve else StringIO())) as site:
                fine = _show(attempts(signer, site), video)
                if serve:
                    _serve(signer, site, Path(folder, "index.html"))
        except CloudFrontSignerError as error:
            print(f"demo: {error}", file=sys.stderr)
            return 1
    return 0 if fine else 1


def attempts(signer: CloudFrontSigner, site: str) -> list[Attempt]:
    """Every way of asking for the video."""
    url, hour, now = f"{site}/video.mp4", timedelta(hours=1), datetime.now(UTC)
    signed = signer.sign_url(url, expires=now + hour)
    later = int((now + 2 * hour).timestamp())
    tampered = signed.replace(signed.split("Expires=")[1].split("&")[0], str(later), 1)
    cookies = signer.sign_cookies(f"{site}/*", expires=now + hour)
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return [
        Attempt("unsigned", url, 403, "MissingKey"),
        Attempt("signed", signed, 200),
        Attempt("signed, a range of it", signed, 206, headers={"Range": "bytes=0-99"}),
        Attempt("tampered: a later expiry", tampered, 403, "AccessDenied"),
        Attempt("expired", signer.sign_url(url, expires=now - timedelta(minutes=12)), 403, "AccessDenied"),
        Attempt("with cookies", url, 200, headers={"Cookie": header}),
    ]


def _show(all_attempts: list[Attempt], video: bytes) -> bool:
    print("\na video behind the local edge")
    fine = True
    with httpx.Client(trust_env=False) as client:
        for attempt in all_attempts:
            expected, told = _judge(attempt, client.get(attempt.url, headers=attempt.headers), video)
            fine = fine and expected
            print(f"  {attempt.what:<26}{told}{'' if expected else '   NOT AS EXPECTED'}")
    return fine


def _judge(attempt: Attempt, answer: httpx.Response, video: bytes) -> tuple[bool, str]:
    """Whether the answer is as expected, and what it was."""
    right_status = answer.status_code == attempt.status
    if answer.is_success:
        told = "the same bytes" if answer.content == video else f"{len(answer.content)} bytes"
        return right_status and video.startswith(answer.content), f"{answer.status_code}  {told}"
    code = answer.text.partition("<Code>")[2].partition("</Code>")[0]
    reason = answer.headers.get("x-signer-reason", "")
    return right_status and code == attempt.code, f"{answer.status_code}  {code:<13} {reason}"


def _serve(signer: CloudFrontSigner, site: str, page: Path) -> None:
    end = datetime.now(UTC) + timedelta(hours=12)
    unsigned, signed, _, tampered, expired, _ = (attempt.url for attempt in attempts(signer, site))
    signed = signer.sign_url(unsigned, expires=end)
    template = Template(files("cloudfront_signer.demo").joinpath("page.html").read_text("utf-8"))
    values = {"signed": signed, "unsigned": unsigned, "tampered": tampered, "expired": expired}
    escaped = {name: url.replace("&", "&amp;") for name, url in values.items()}
    page.write_text(template.substitute(escaped, end=f"{end:%Y-%m-%d %H:%M} UTC"), "utf-8")
    print(f"\n{site}/index.html plays it; Ctrl-C ends", flush=True)
    webbrowser.open(f"{site}/index.html")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return
