"""An AWS Lambda handler behind a function URL or an HTTP API: GET /?name=video.mp4 redirects to the signed URL.

Variables of the function: CLOUDFRONT_SIGNER_DOMAIN, CLOUDFRONT_SIGNER_KEY_PAIR_ID, and either
CLOUDFRONT_SIGNER_PRIVATE_KEY (PEM, or base64 of it) or PRIVATE_KEY_SECRET (the name or ARN of a secret in Secrets
Manager). The signer is made at the cold start, and reused.
"""

import json
import os
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

from cloudfront_signer import CloudFrontSigner, InvalidUrlError, quote_path


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer an event of the payload format 2.0."""
    if event["requestContext"]["http"]["method"] not in ("GET", "HEAD"):
        return _refused(405, "the method is not GET or HEAD")
    # Not queryStringParameters: it joins repeated parameters with commas, which a name may contain.
    names = parse_qs(event.get("rawQueryString", "")).get("name", [])
    if len(names) != 1:
        return _refused(400, f"expected one parameter 'name', found {len(names)}")
    try:
        url = SIGNER.sign_url(f"https://{DOMAIN}/{quote_path(names[0])}", expires=timedelta(minutes=5))
    except InvalidUrlError as error:
        return _refused(400, str(error))
    return {"statusCode": 302, "headers": {"location": url, "cache-control": "no-store"}}


def _refused(status: int, problem: str) -> dict[str, Any]:
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps({"error": problem})}


def _signer() -> CloudFrontSigner:
    """Fail at the cold start, not at the first request, if a setting is missing or the key cannot be read."""
    secret = os.environ.get("PRIVATE_KEY_SECRET")
    if secret is None:
        return CloudFrontSigner.from_env()
    # The import of boto3, which is part of the runtime, takes longer than all the rest.
    from cloudfront_signer.keys import from_secrets_manager

    source = from_secrets_manager(secret)
    source.private_key()
    return source.signer(os.environ["CLOUDFRONT_SIGNER_KEY_PAIR_ID"], domain=DOMAIN)


DOMAIN = os.environ["CLOUDFRONT_SIGNER_DOMAIN"]
SIGNER = _signer()
