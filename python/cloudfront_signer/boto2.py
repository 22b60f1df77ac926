"""boto 2's ``create_signed_url``, with the same arguments and the same result."""

import json
import os
import time
from pathlib import Path
from typing import Any

from cloudfront_signer._native import CloudFrontSigner, Policy, PrivateKey
from cloudfront_signer.errors import InvalidKeyError

_DAY = 86_400


def create_signed_url(
    url: str,
    keypair_id: str,
    expire_time: int | None = None,
    valid_after_time: int | None = None,
    ip_address: str | None = None,
    policy_url: str | None = None,
    private_key_file: str | os.PathLike[str] | None = None,
    private_key_string: str | bytes | None = None,
) -> str:
    """Sign a URL as ``boto.cloudfront.distribution.Distribution.create_signed_url`` did.

    Args:
        url: The URL to sign.
        keypair_id: The id of the key pair or public key.
        expire_time: When access ends, in seconds since 1970; a day from now when left out.
        valid_after_time: When access starts, in seconds since 1970.
        ip_address: One IPv4 address or range.
        policy_url: The resource, which may hold wildcards; the URL itself when left out.
        private_key_file: The path of the private key.
        private_key_string: The private key in PEM. Give one of the two.

    Returns:
        The signed URL: with a canned policy where only ``expire_time`` is given, a custom one otherwise.

    Raises:
        CloudFrontSignerError: For everything that CloudFront would not accept.

    >>> from cloudfront_signer import PrivateKey
    >>> pem = PrivateKey.generate().to_pem()
    >>> create_signed_url("http://d.example/a", "APKA1", expire_time=1767290400, private_key_string=pem)[:40]
    'http://d.example/a?Expires=1767290400&Si'
    """
    signer = CloudFrontSigner(keypair_id, _private_key(private_key_file, private_key_string), hash_algorithm="SHA1")
    if expire_time and not (valid_after_time or ip_address or policy_url):
        return signer.sign_url(url, policy=None, expires=expire_time)
    # boto 2's own order of the conditions, which is not botocore's.
    condition: dict[str, Any] = {"DateLessThan": {"AWS:EpochTime": expire_time or int(time.time()) + _DAY}}
    if valid_after_time:
        condition["DateGreaterThan"] = {"AWS:EpochTime": valid_after_time}
    if ip_address:
        condition["IpAddress"] = {"AWS:SourceIp": ip_address if "/" in ip_address else f"{ip_address}/32"}
    statement = {"Resource": policy_url if policy_url is not None else url, "Condition": condition}
    policy = Policy.from_json(json.dumps({"Statement": [statement]}, separators=(",", ":")))
    return signer.sign_url(url, policy=policy)


def _private_key(path: str | os.PathLike[str] | None, pem: str | bytes | None) -> PrivateKey:
    if (path is None) == (pem is None):
        raise InvalidKeyError("give either private_key_file or private_key_string")
    return PrivateKey.from_pem(pem) if pem is not None else PrivateKey.from_file(Path(os.fspath(path or "")))
