"""What `make bench` prints and draws: ratios to peers, measured in turns in one run (machines are shared and noisy)."""

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

import botocore.signers
import rsa as pure_python_rsa
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from cloudfront_signer import CloudFrontSigner, Policy, PrivateKey, Verifier, decode_base64, rsa_signer

URL = "https://d111111abcdef8.cloudfront.net/videos/a.mp4"
END = datetime(2030, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MESSAGE = b"m" * 140
LAMBDA = Path(__file__).parents[1] / "examples" / "lambda"


class Comparison(NamedTuple):
    """One row: what is compared with whom, both ways of doing it, and how many calls make a turn."""

    what: str
    peer: str
    ours: Callable[[], object]
    theirs: Callable[[], object]
    calls: int


class Row(NamedTuple):
    """A measured row: median microseconds a call, and how many times as fast ours is."""

    what: str
    peer: str
    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        """Above one: ours is faster."""
        return self.theirs / self.ours


class Keys:
    """One RSA-2048 and one P-256 key, as each library holds them."""

    def __init__(self) -> None:
        self.rsa = PrivateKey.generate()
        self.pem = self.rsa.to_pem().encode()
        self.rsa_theirs = serialization.load_pem_private_key(self.pem, None)
        self.ec = PrivateKey.generate("ecdsa-p256")
        self.ec_theirs = serialization.load_pem_private_key(self.ec.to_pem().encode(), None)
        pkcs1 = self.rsa_theirs.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        self.rsa_pure = pure_python_rsa.PrivateKey.load_pkcs1(pkcs1)

    def sign_with_cryptography(self, message: bytes) -> bytes:
        """What the documentation of boto3 shows, with the key read once."""
        return self.rsa_theirs.sign(message, padding.PKCS1v15(), hashes.SHA1())

    def sign_as_the_guide(self, message: bytes) -> bytes:
        """The guide's way: the PEM is read on each call."""
        fresh = serialization.load_pem_private_key(self.pem, None)
        return fresh.sign(message, padding.PKCS1v15(), hashes.SHA1())

    def sign_with_rsa(self, message: bytes) -> bytes:
        """The package `rsa`, pure Python."""
        return pure_python_rsa.sign(message, self.rsa_pure, "SHA-1")


def constant(_message: bytes) -> bytes:
    """A signer that costs nothing, to see what everything else costs."""
    return b"x" * 256


def comparisons(keys: Keys) -> list[Comparison]:
    """Every row of the table."""
    signer = CloudFrontSigner("K1", keys.rsa)
    grant = signer.grant("https://d111111abcdef8.cloudfront.net/videos/*", expires=END)
    page = [f"{URL}?{number}" for number in range(200)]

    def botocore_url(sign: Callable[[bytes], bytes]) -> Callable[[], str]:
        peer = botocore.signers.CloudFrontSigner("K1", sign)
        return lambda: peer.generate_presigned_url(URL, END)

    def our_url() -> str:
        return signer.generate_presigned_url(URL, END)

    free = CloudFrontSigner("K1", constant)
    signed, policy = our_url(), Policy(URL, expires=END).to_json().encode()
    verifier, public = Verifier({"K1": keys.rsa.public_key()}), keys.rsa_theirs.public_key()
    signature = decode_base64(signed.split("Signature=")[1].split("&")[0])
    return [
        Comparison(
            "one signature",
            "cryptography",
            lambda: keys.rsa.sign(MESSAGE),
            lambda: keys.sign_with_cryptography(MESSAGE),
            50,
        ),
        Comparison("a signed URL", "botocore + cryptography", our_url, botocore_url(keys.sign_with_cryptography), 50),
        Comparison("a signed URL", "botocore + rsa", our_url, botocore_url(keys.sign_with_rsa), 3),
        Comparison("a signed URL", "the guide's way", our_url, botocore_url(keys.sign_as_the_guide), 3),
        Comparison(
            "botocore with our rsa_signer",
            "botocore + cryptography",
            botocore_url(rsa_signer(keys.rsa)),
            botocore_url(keys.sign_with_cryptography),
            50,
        ),
        Comparison(
            "all but the signature",
            "botocore",
            lambda: free.generate_presigned_url(URL, END),
            botocore_url(constant),
            2_000,
        ),
        Comparison(
            "one ECDSA signature",
            "cryptography",
            lambda: keys.ec.sign(MESSAGE),
            lambda: keys.ec_theirs.sign(MESSAGE, ec.ECDSA(hashes.SHA256())),
            500,
        ),
        Comparison(
            "loading a PEM, checked",
            "cryptography",
            lambda: PrivateKey.from_pem(keys.pem),
            lambda: serialization.load_pem_private_key(keys.pem, None),
            5,
        ),
        Comparison(
            "deciding a request",
            "cryptography, the signature alone",
            lambda: verifier.check(signed, now=1_767_290_400),
            lambda: public.verify(signature, policy, padding.PKCS1v15(), hashes.SHA1()),
            200,
        ),
        Comparison("grant.url", "a signed URL", lambda: grant.url(URL), our_url, 100),
        Comparison(
            "an aligned URL, again",
            "a signed URL",
            lambda: signer.sign_url(URL, expires=HOUR, align=HOUR),
            our_url,
            100,
        ),
        Comparison(
            "sign_urls of 200, all cores",
            "one by one",
            lambda: signer.sign_urls(page, expires=END),
            lambda: [signer.sign_url(url, expires=END) for url in page],
            1,
        ),
        Comparison(
            "200 URLs on two threads",
            "on one",
            lambda: on_threads(signer, page, 2),
            lambda: on_threads(signer, page, 1),
            1,
        ),
    ]


def on_threads(signer: CloudFrontSigner, urls: list[str], count: int) -> None:
    """Sign the URLs one by one, shared out between Python threads."""

    def work(share: list[str]) -> None:
        for url in share:
            signer.sign_url(url, expires=END)

    threads = [threading.Thread(target=work, args=(urls[start::count],)) for start in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def in_turns(
    ours: Callable[[], object], theirs: Callable[[], object], calls: int, rounds: int = 15
) -> tuple[float, float]:
    """Median microseconds a call of each, measured in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for call, spent in zip((ours, theirs), times, strict=True):
            start = perf_counter()
            for _ in range(calls):
                call()
            spent.append((perf_counter() - start) / calls * 1e6)
    return median(times[0]), median(times[1])


def interpreters(keys: Keys) -> list[tuple[str, str]]:
    """What a fresh interpreter pays, in time and memory, above an empty one."""
    pem, rows = keys.pem.decode(), []
    guide = (
        "import botocore.signers, sys; from cryptography.hazmat.primitives import hashes, serialization\n"
        "from cryptography.hazmat.primitives.asymmetric import padding\n"
        "k = serialization.load_pem_private_key(sys.stdin.buffer.read(), None)\n"
        "k.sign(b'm', padding.PKCS1v15(), hashes.SHA1())"
    )
    ours = "import sys, cloudfront_signer as c; c.PrivateKey.from_pem(sys.stdin.read()).sign(b'm')"
    function = (
        f"import os, sys; sys.path.insert(0, {str(LAMBDA)!r}); sys.dont_write_bytecode = True\n"
        "given = {'DOMAIN': 'd111111abcdef8.cloudfront.net', 'KEY_PAIR_ID': 'K1', 'PRIVATE_KEY': sys.stdin.read()}\n"
        "os.environ |= {f'CLOUDFRONT_SIGNER_{name}': value for name, value in given.items()}\n"
        "from handler import handler\n"
        "event = {'rawQueryString': 'name=a.mp4', 'requestContext': {'http': {'method': 'GET'}}}\n"
        "assert handler(event, None)['statusCode'] == 302"
    )
    ways = (("cloudfront_signer", ours), ("examples/lambda", function), ("botocore + cryptography", guide))
    for name, code in ways:
        samples = [(fresh("pass", pem), fresh(code, pem)) for _ in range(9)]
        seconds = median(full[0] - empty[0] for empty, full in samples)
        memory = median(full[1] - empty[1] for empty, full in samples)
        rows.append((f"cold start to the first signature, {name}", f"{seconds * 1000:.0f} ms, {memory / 1024:.1f} MiB"))
    return rows


def fresh(code: str, stdin: str) -> tuple[float, int]:
    """Seconds that code takes in a new interpreter, and the most memory that it held, in KiB (Linux)."""
    # Not ru_maxrss: a child's begins with what its parent held.
    peak = "\nprint(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    start = perf_counter()
    done = subprocess.run([sys.executable, "-c", code + peak], input=stdin, text=True, check=True, capture_output=True)
    return perf_counter() - start, int(done.stdout)


def draw(rows: list[Row], path: Path) -> None:
    """The ratios as a bar chart, on a logarithmic scale since they span four orders."""
    import matplotlib as mpl

    mpl.use("svg")
    # The same ratios give the same file.
    mpl.rcParams.update({"svg.hashsalt": "cloudfront-signer", "font.family": "sans-serif", "font.size": 11})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 0.45 * len(rows) + 1.2), layout="constrained")
    names = [f"{row.what}  /  {row.peer}" for row in rows]
    # A bar begins at one, where both are as fast: to the left of it the peer would be faster.
    bars = axes.barh(names, [row.ratio - 1 for row in rows], left=1, color="#d97706", height=0.62)
    axes.bar_label(bars, [f"{row.ratio:,.2f}×" if row.ratio < 10 else f"{row.ratio:,.0f}×" for row in rows], padding=4)
    axes.axvline(1, color="#374151", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlim(0.8, max(row.ratio for row in rows) * 2.5)
    axes.xaxis.set_major_formatter(lambda value, _position: f"{value:,.0f}×")
    axes.invert_yaxis()
    figure.suptitle("Times as fast as the peer (RSA-2048 with SHA-1 where nothing else is said)", fontsize=12)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Print the table and draw the chart into the file that is named as the only argument."""
    keys, rows = Keys(), []
    print(f"{'':<56}{'ours µs':>10}{'peer µs':>12}{'times as fast':>15}")
    for comparison in comparisons(keys):
        ours, theirs = in_turns(comparison.ours, comparison.theirs, comparison.calls)
        row = Row(comparison.what, comparison.peer, ours, theirs)
        rows.append(row)
        print(f"{row.what + ' / ' + row.peer:<56}{row.ours:>10.1f}{row.theirs:>12.1f}{row.ratio:>15.2f}", flush=True)
    for what, figures in interpreters(keys):
        print(f"{what:<56}{figures:>22} above an empty interpreter")
    for wheel in Path("dist").glob("*.whl"):
        print(f"{wheel.name:<56}{wheel.stat().st_size / 1e6:>19.2f} MB")
    if len(sys.argv) > 1:
        draw(rows, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
