"""boto 2's ``create_signed_url``, with the same arguments and the same result."""

import json
import os
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import IO

from cloudfront_signer._native import CloudFrontSigner, Policy, PrivateKey, excerpt, wire_url
from cloudfront_signer.errors import InvalidKeyError, InvalidPolicyError

_DAY = 86_400

# As text, Expires=1900000000 was a canned policy that worked.
_Time = float | Decimal | str | datetime
_File = str | bytes | os.PathLike[str] | IO[str] | IO[bytes]


def create_signed_url(
    url: str,
    keypair_id: str,
    expire_time: _Time | None = None,
    valid_after_time: _Time | None = None,
    ip_address: str | None = None,
    policy_url: str | None = None,
    private_key_file: _File | None = None,
    private_key_string: str | bytes | None = None,
) -> str:
    """Sign a URL as ``boto.cloudfront.distribution.Distribution.create_signed_url`` did.

    An argument that is empty or 0 counts as not given, as in boto 2.

    Args:
        url: The URL to sign.
        keypair_id: The id of the key pair or public key.
        expire_time: When access ends, in seconds since 1970; a day from now when left out.
        valid_after_time: When access starts, in seconds since 1970.
        ip_address: One IPv4 address or range.
        policy_url: The resource, which may hold wildcards; the URL itself, which holds none, when left out.
        private_key_file: The private key's path, or a file that is open for reading.
        private_key_string: The private key in PEM. Give one of the two.

    Returns:
        The signed URL: with a canned policy where only ``expire_time`` is given, a custom one otherwise.

    Raises:
        CloudFrontSignerError: For everything that CloudFront would not accept.

    >>> from cloudfront_signer import PrivateKey
    >>> pem = PrivateKey.generate().to_pem()
    >>> create_signed_url("http://d.example/a", "APKA1", expire_time=2000000000, private_key_string=pem)[:40]
    'http://d.example/a?Expires=2000000000&Si'
    """
    signer = CloudFrontSigner(keypair_id, _private_key(private_key_file, private_key_string), hash_algorithm="SHA1")
    end, not_before, address = _moment(expire_time), _moment(valid_after_time), ip_address or None
    expires = int(time.time()) + _DAY if end is None else end
    if end is not None and not (not_before or address or policy_url):
        return signer.sign_url(url, expires=expires)
    url, mark, fragment = url.partition("#")
    # A URL that the policy is made from has no wildcards.
    url = url if policy_url else wire_url(url)
    policy = Policy(policy_url or url, expires=expires, not_before=not_before, ip_address=address)
    return signer.sign_url(url, policy=_in_order(policy)) + mark + fragment


def _moment(given: _Time | None) -> float | datetime | None:
    """A naive datetime is UTC, as everywhere in boto 2; an empty time is none."""
    if isinstance(given, datetime) and given.tzinfo is None:
        return given.replace(tzinfo=UTC)
    if given and isinstance(given, str | Decimal):
        try:
            return float(given)
        except ValueError:
            raise InvalidPolicyError(f"time '{excerpt(str(given))}': expected seconds since 1970") from None
    return given or None  # type: ignore[return-value]  # neither text nor Decimal: that was above, or is empty


def _in_order(policy: Policy) -> Policy:
    """Write the conditions in boto 2's order, which is not botocore's."""
    document = json.loads(policy.to_json())
    condition = document["Statement"][0]["Condition"]
    if "IpAddress" in condition:
        condition["IpAddress"] = condition.pop("IpAddress")
    return Policy.from_json(json.dumps(document, separators=(",", ":")))


def _private_key(file: _File | None, pem: str | bytes | None) -> PrivateKey:
    if bool(file) == bool(pem):
        raise InvalidKeyError("give either private_key_file or private_key_string")
    if pem:
        return PrivateKey.from_pem(pem)
    if isinstance(file, str | bytes | os.PathLike):
        return PrivateKey.from_file(os.fsdecode(file))
    if not hasattr(file, "read"):
        raise TypeError(f"private_key_file: expected a path or a file open for reading, found {type(file).__name__}")
    return PrivateKey.from_pem(file.read())  # type: ignore[union-attr]  # not None: one of the two was given
