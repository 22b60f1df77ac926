"""An AWS Lambda handler for a function URL or an HTTP API: GET /?name=video.mp4 redirects to the signed URL.

Variables of the function: CLOUDFRONT_SIGNER_DOMAIN, CLOUDFRONT_SIGNER_KEY_PAIR_ID, and CLOUDFRONT_SIGNER_PRIVATE_KEY
as PEM or base64 of it. The signer is made at the cold start, and reused.
"""

import json
from datetime import timedelta
from typing import Any

from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError, quote_path

SIGNER = CloudFrontSigner.from_env()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    name = (event.get("queryStringParameters") or {}).get("name")
    if not name:
        return _refused("the parameter 'name' is missing")
    try:
        url = SIGNER.sign_url(f"https://{SIGNER.domain}/{quote_path(name)}", expires=timedelta(minutes=5))
    except CloudFrontSignerError as error:
        return _refused(str(error))
    return {"statusCode": 302, "headers": {"location": url, "cache-control": "no-store"}}


def _refused(problem: str) -> dict[str, Any]:
    headers = {"content-type": "application/json"}
    return {"statusCode": 400, "headers": headers, "body": json.dumps({"error": problem})}
