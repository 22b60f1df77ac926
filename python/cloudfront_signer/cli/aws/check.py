"""``check`` and ``try``: steps 5, 7 and 8, requests as a viewer sends them."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier, explain_answer
from cloudfront_signer.cli.aws.legacy import show_player
from cloudfront_signer.cli.aws.options import STATE, StateFile, load_complete_state
from cloudfront_signer.cli.options import Endpoint, Json
from cloudfront_signer.cli.output import result, show_json, show_rows, tell

if TYPE_CHECKING:
    from cloudfront_signer.aws.checks import Answer, Check

_HOUR = timedelta(hours=1)


def check(
    path: Annotated[str, typer.Argument(metavar="OBJECT", help="The key of an object in the bucket.")],
    state_path: StateFile = STATE,
    as_json: Json = False,
    endpoint_url: Endpoint = None,
) -> None:
    """Step 5: check that the bucket denies public access and that the signed distribution requires a signature.

    An unsigned distribution, if there is one, must serve the object. Exits with status 1 if a check fails.

    With --json, print one object with "fine" (true or false) and "checks", a list of {"check", "url", "expected",
    "seen", "fine", "advice"}; "advice" is null if the check passed.
    """
    from cloudfront_signer.aws import checks

    made = load_complete_state(state_path)
    regional = f"https://{made.bucket}.s3.{made.region}.amazonaws.com"
    kinds = {"open": checks.check_open, "signed": checks.check_signed}
    results = [
        checks.check_bucket(checks.object_url(f"{endpoint_url}/{made.bucket}" if endpoint_url else regional, path)),
        *(kinds[kind](checks.object_url(f"https://{name}", path)) for kind, name in sorted(made.domain_names.items())),
    ]
    fine = all(one.fine for one in results)
    if as_json:
        show_json({"fine": fine, "checks": [_as_json(one) for one in results]})
    else:
        show_rows([(one.what, one.seen, _verdict(one)) for one in results], (8, 22))
    if not fine:
        raise typer.Exit(1)


def _verdict(check: "Check") -> str:
    return "as expected" if check.fine else f"expected {check.expected}: {check.advice}"


def _as_json(check: "Check") -> dict[str, Any]:
    return {
        "check": check.what,
        "url": check.url,
        "expected": check.expected,
        "seen": check.seen,
        "fine": check.fine,
        "advice": None if check.fine else check.advice,
    }


def try_it(
    path: Annotated[str, typer.Argument(metavar="OBJECT", help="An object key, for example video.mp4.")],
    state_path: StateFile = STATE,
    legacy: Annotated[
        bool, typer.Option("--legacy", help="Print the RTMP stream name and the Flash player snippet.")
    ] = False,
) -> None:
    """Steps 7 and 8: sign a URL, fetch it and explain a denial."""
    from cloudfront_signer.aws.checks import fetch, object_url

    made = load_complete_state(state_path).for_signers()
    private_key = PrivateKey.from_file(made.private_key)
    signer, site = CloudFrontSigner(made.public_key, private_key), made.domain_names["signed"]
    if legacy:
        show_player(signer, site, path, expires=_HOUR)
        return
    url = signer.sign_url(object_url(f"https://{site}", path), expires=_HOUR)
    result(url)
    answer = fetch(url)
    for line in explain(url, answer, Verifier({made.public_key: private_key.public_key()})):
        tell(line)
    if answer.status != 200:
        raise typer.Exit(1)


def explain(url: str, answer: "Answer", verifier: Verifier) -> list[str]:
    """The response, and the reasons if the object was not served."""
    if answer.status == 0:
        return [f"no response: {answer.text}"]
    mistakes = explain_answer(url, answer.status, answer.text, verifier=verifier)
    if not mistakes:
        return [f"{answer.status}: the object is served"]
    return [str(answer), *(f"{mistake.found}: {mistake.advice}" for mistake in mistakes)]
