"""What `make bench` prints: ratios to peers, measured in turns in one run (machines are shared and noisy)."""

import subprocess
import sys
import time
from datetime import datetime, timedelta
from statistics import median

import botocore.signers
import rsa as pure_python_rsa
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from cloudfront_signer import CloudFrontSigner, PrivateKey, rsa_signer

URL = "https://d111111abcdef8.cloudfront.net/videos/a.mp4"
END = datetime(2030, 1, 1)


def main() -> None:
    """Print a line for each comparison: what, ours, the peer's, and how many times as fast ours is."""
    key = PrivateKey.generate()
    pem = key.to_pem().encode()
    theirs = serialization.load_pem_private_key(pem, None)
    ec_key = PrivateKey.generate("ecdsa-p256")
    ec_theirs = serialization.load_pem_private_key(ec_key.to_pem().encode(), None)
    pure = pure_python_rsa.PrivateKey.load_pkcs1(
        theirs.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )

    def sign(message):
        return theirs.sign(message, padding.PKCS1v15(), hashes.SHA1())

    def sign_as_the_guide(message):
        fresh = serialization.load_pem_private_key(pem, None)
        return fresh.sign(message, padding.PKCS1v15(), hashes.SHA1())

    def peer(signer):
        return botocore.signers.CloudFrontSigner("K1", signer)

    def constant(message):
        return b"x" * 256

    signer, free = CloudFrontSigner("K1", key), CloudFrontSigner("K1", constant)
    grant = signer.grant("https://d111111abcdef8.cloudfront.net/videos/*", expires=END)
    hour, message = timedelta(hours=1), b"m" * 140
    ours = lambda: signer.generate_presigned_url(URL, END)  # noqa: E731
    rows = [
        ("one signature / cryptography", lambda: key.sign(message), lambda: sign(message), 50),
        ("signed URL / botocore + cryptography", ours, lambda: peer(sign).generate_presigned_url(URL, END), 50),
        (
            "signed URL / botocore + rsa",
            ours,
            lambda: peer(lambda m: pure_python_rsa.sign(m, pure, "SHA-1")).generate_presigned_url(URL, END),
            3,
        ),
        ("signed URL / the guide's way", ours, lambda: peer(sign_as_the_guide).generate_presigned_url(URL, END), 3),
        (
            "botocore's class, our rsa_signer / cryptography's",
            lambda: peer(rsa_signer(key)).generate_presigned_url(URL, END),
            lambda: peer(sign).generate_presigned_url(URL, END),
            50,
        ),
        (
            "all but the signature / botocore",
            lambda: free.generate_presigned_url(URL, END),
            lambda: peer(constant).generate_presigned_url(URL, END),
            2_000,
        ),
        (
            "ECDSA P-256 / cryptography",
            lambda: ec_key.sign(message),
            lambda: ec_theirs.sign(message, ec.ECDSA(hashes.SHA256())),
            500,
        ),
        (
            "loading a PEM / cryptography, checked",
            lambda: PrivateKey.from_pem(pem),
            lambda: serialization.load_pem_private_key(pem, None),
            5,
        ),
        ("grant.url / signed URL", lambda: grant.url(URL), ours, 100),
        ("aligned again / signed URL", lambda: signer.sign_url(URL, expires=hour, align=hour), ours, 100),
        (
            "sign_urls of 200, a URL / one by one",
            lambda: signer.sign_urls([f"{URL}?{number}" for number in range(200)], expires=END),
            lambda: [signer.sign_url(f"{URL}?{number}", expires=END) for number in range(200)],
            1,
        ),
    ]
    print(f"{'':<52}{'ours µs':>10}{'peer µs':>12}{'times as fast':>15}")
    for what, mine, other, count in rows:
        mine_us, other_us = in_turns(mine, other, count)
        print(f"{what:<52}{mine_us:>10.1f}{other_us:>12.1f}{other_us / mine_us:>15.2f}")
    first = "import cloudfront_signer as c; c.PrivateKey.from_file('/dev/stdin').sign(b'm')"
    empty, full = in_turns(lambda: fresh("pass", pem), lambda: fresh(first, pem), 5)
    print(f"import and first signature above an empty interpreter: {(full - empty) / 1000:.1f} ms")


def in_turns(mine, other, count, rounds=7):
    """Median microseconds a call of each, measured in turns."""
    times = ([], [])
    for _ in range(rounds):
        for call, spent in zip((mine, other), times, strict=True):
            start = time.perf_counter()
            for _ in range(count):
                call()
            spent.append((time.perf_counter() - start) / count * 1e6)
    return median(times[0]), median(times[1])


def fresh(code, stdin):
    """Run code in a new interpreter."""
    subprocess.run([sys.executable, "-c", code], input=stdin, check=True)


if __name__ == "__main__":
    main()
