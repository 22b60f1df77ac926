"""Uses the installed package as a program would: signs, verifies, explains. No other package is needed.

    python -I scripts/smoke.py [VERSION]

Exits with 1 at the first result that is wrong. A VERSION is compared with that of the package.
"""

import datetime
import sys
import warnings

import cloudfront_signer
from cloudfront_signer import CloudFrontSigner, Policy, PrivateKey, Verifier, engine_info, inspect, rsa_signer
from cloudfront_signer.errors import InvalidUrlError

URL = "https://d111111abcdef8.cloudfront.net/film.m3u8?size=large"
IN_AN_HOUR = datetime.timedelta(hours=1)


def main(version: str | None) -> None:
    warnings.simplefilter("error")
    check(version in (None, cloudfront_signer.__version__), f"version {cloudfront_signer.__version__}")
    for kind in ("rsa-2048", "ecdsa-p256"):
        key = PrivateKey.generate(kind)
        signs_and_verifies(key)
        reads_what_it_writes(key)
    refuses()
    print(f"cloudfront-signer {cloudfront_signer.__version__}, Python {sys.version.split()[0]}: {engine_info()}")


def signs_and_verifies(key: PrivateKey) -> None:
    signer = CloudFrontSigner("K2JCJMDEHXQW5F", key)
    verifier = Verifier({"K2JCJMDEHXQW5F": key.public_key()})
    url = signer.sign_url(URL, expires=IN_AN_HOUR)
    check(bool(verifier.check(url)), "a signed URL is allowed")
    changed = verifier.check(url.replace("film", "other"))
    check(not changed and changed.status == 403, "another URL with this signature is denied")
    urls = [f"https://d111111abcdef8.cloudfront.net/{number}.ts" for number in range(9)]
    signed = signer.sign_urls(urls, expires=IN_AN_HOUR)
    check(all(map(verifier.check, signed)) and len(signed) == len(urls), "each URL of a batch is allowed")
    cookies = signer.sign_cookies("https://d111111abcdef8.cloudfront.net/*", expires=IN_AN_HOUR)
    check(bool(verifier.check(URL, cookies=dict(cookies))), "a request with signed cookies is allowed")
    policy = Policy(URL, expires=IN_AN_HOUR, ip_address="192.0.2.0/24")
    limited = signer.sign_url(URL, policy=policy)
    check(bool(verifier.check(limited, ip_address="192.0.2.7")), "an address in the policy's range is allowed")
    check(not verifier.check(limited, ip_address="198.51.100.7"), "another address is denied")
    check("192.0.2.0/24" in str(inspect(limited)), "the policy of a signed URL is shown")


def reads_what_it_writes(key: PrivateKey) -> None:
    again = PrivateKey.from_pem(key.to_pem(passphrase="smoke"), passphrase="smoke")
    check(again.public_key() == key.public_key(), "an encrypted key is read again")
    message = b"message"
    rsa = "rsa" in str(key.kind).lower()
    verified = key.public_key().verify(message, again.sign(message), "SHA1" if rsa else "SHA256")
    check(verified, "a signature of bytes is verified")
    if rsa:
        check(rsa_signer(key)(message) == key.sign(message), "rsa_signer signs as the key does")


def refuses() -> None:
    try:
        CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate()).sign_url("film.m3u8", expires=IN_AN_HOUR)
    except InvalidUrlError:
        return
    check(False, "a URL without a host is refused")


def check(result: bool, what: str) -> None:
    if not result:
        sys.exit(f"failed: {what}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
