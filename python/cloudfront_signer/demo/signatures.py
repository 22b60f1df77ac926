"""Generates keys, signs a URL, a wildcard policy and cookies, and verifies the signatures with openssl."""

import shutil
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cloudfront_signer import CloudFrontSigner, Policy, PrivateKey, decode_base64

_HOST = "https://d111111abcdef8.cloudfront.net"


def main() -> int:
    """Print one line per check; returns 0 if openssl accepts every signature, else 1."""
    if shutil.which("openssl") is None:
        print("demo: openssl is not on the PATH: install it to verify the signatures", file=sys.stderr)
        return 1
    fine = True
    for kind in ("rsa-2048", "ecdsa-p256"):
        key = PrivateKey.generate(kind)
        signer = CloudFrontSigner("K2JCJMDEHXQW5F", key)
        print(f"{kind} key, signatures over {signer.hash_algorithm}")
        for what, policy, signature in _signed(signer):
            verified = _openssl_accepts(key, signer.hash_algorithm, policy, decode_base64(signature))
            fine = fine and verified
            verdict = "openssl accepts it" if verified else "openssl REFUSES it"
            print(f"  {what:<14} signature {signature[:12]}…  {verdict}\n                 {policy}")
    return 0 if fine else 1


def _signed(signer: CloudFrontSigner) -> list[tuple[str, str, str]]:
    """For each way of signing: its name, the policy in JSON, and the signature."""
    hour = timedelta(hours=1)
    url = signer.sign_url(f"{_HOST}/video.mp4", expires=hour)
    values = _query(url)
    canned = Policy(f"{_HOST}/video.mp4", expires=int(values["Expires"])).to_json()
    wildcard = _query(signer.sign_url(f"{_HOST}/hls/1.ts", expires=hour, resource=f"{_HOST}/hls/*"))
    cookies = signer.sign_cookies(f"{_HOST}/members/*", expires=hour, ip_address="192.0.2.0/24")
    return [
        ("URL", canned, values["Signature"]),
        ("wildcard URL", Policy.from_encoded(wildcard["Policy"]).to_json(), wildcard["Signature"]),
        (
            "cookies",
            Policy.from_encoded(cookies["CloudFront-Policy"]).to_json(),
            cookies["CloudFront-Signature"],
        ),
    ]


def _query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def _openssl_accepts(key: PrivateKey, hash_algorithm: str, policy: str, signature: bytes) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        public, signed = Path(folder, "public.pem"), Path(folder, "signature")
        public.write_text(key.public_key().to_pem())
        signed.write_bytes(signature)
        command = ["openssl", "dgst", f"-{hash_algorithm.lower()}", "-verify", str(public), "-signature", str(signed)]
        return subprocess.run(command, input=policy.encode(), capture_output=True, check=False).returncode == 0
