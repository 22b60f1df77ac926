"""Batches of RSA-2048 against peers that sign one by one, and docs/batch.svg: the second half of `make bench`.

Each engine signs in a separate process, since a process chooses once. OPENSSL_ia32cap masks AVX-512 IFMA, as on other
CPUs, and the ADX path of AWS-LC. The processes sign in turns, all pinned to the same core.
"""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import NamedTuple

SIZES = (1, 2, 8, 64, 1024)
ROUNDS = 9
# A turn lasts about so many signatures.
TURN = 64

# No IFMA: bit 21 of the second word; no ADX either: bit 19. OpenSSL and AWS-LC read the same variable.
WITHOUT_IFMA = {"OPENSSL_ia32cap": ":~0x200000"}
WITHOUT_IFMA_AND_ADX = {"OPENSSL_ia32cap": ":~0x280000"}


class Signer(NamedTuple):
    """Who signs, and with which environment."""

    name: str
    library: str
    environment: dict[str, str]


def signers(kernels: list[str]) -> list[Signer]:
    """This CPU unchanged, and without AVX-512 IFMA."""
    # The rest of a batch for AVX2 is signed by AWS-LC, which has no IFMA there either.
    masked = {"lanes-avx2": WITHOUT_IFMA}
    ours = [Signer(name, "sign_many", {"CLOUDFRONT_SIGNER_ENGINE": name, **masked.get(name, {})}) for name in kernels]
    return [
        *ours,
        Signer("engine aws-lc", "sign_many", {"CLOUDFRONT_SIGNER_ENGINE": "aws-lc"}),
        Signer("cryptography", "cryptography", {}),
        Signer("engine aws-lc, no IFMA", "sign_many", {"CLOUDFRONT_SIGNER_ENGINE": "aws-lc", **WITHOUT_IFMA}),
        Signer(
            "engine aws-lc, no IFMA, no ADX",
            "sign_many",
            {"CLOUDFRONT_SIGNER_ENGINE": "aws-lc", **WITHOUT_IFMA_AND_ADX},
        ),
        Signer("cryptography, no IFMA", "cryptography", WITHOUT_IFMA),
    ]


# Reads a batch's size and a number of repetitions a line, answers with the seconds of the CPU that a signature took.
WORKER = """
import json, os, sys, time
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cloudfront_signer import CloudFrontSigner, PrivateKey
pem, library, core = json.loads(sys.stdin.readline())
if core is not None:
    os.sched_setaffinity(0, {core})
ours, peer = PrivateKey.from_pem(pem), serialization.load_pem_private_key(pem.encode(), None)
signer = CloudFrontSigner("K1", ours)
scheme, sha1 = padding.PKCS1v15(), hashes.SHA1()
def work(messages):
    if library == "cryptography":
        return [peer.sign(message, scheme, sha1) for message in messages]
    if library == "sign_urls":
        return signer.sign_urls([f"https://d1.example/{m.hex()}" for m in messages], expires=1893456000)
    return ours.sign_many(messages)
for line in sys.stdin:
    size, repetitions = json.loads(line)
    messages = [os.urandom(140) for _ in range(size)]
    start, wall = time.process_time(), time.perf_counter()
    for _ in range(repetitions):
        work(messages)
    cpu, wall = time.process_time() - start, time.perf_counter() - wall
    print(json.dumps([cpu / size / repetitions, wall / size / repetitions]), flush=True)
"""


class Worker:
    """A process that signs on request."""

    def __init__(self, signer: Signer, pem: str, core: int | None) -> None:
        self.signer = signer
        environment = {**os.environ, **signer.environment}
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.ask(pem, signer.library, core, answer=False)

    def ask(self, *request: object, answer: bool = True) -> list[float]:
        """Seconds of the CPU, and of the clock, for one signature."""
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline()) if answer else []

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def in_turns(workers: list[Worker], size: int, clock: int) -> dict[str, list[float]]:
    """Microseconds a signature of each, round by round; clock 0 is the CPU's, 1 the wall's."""
    times: dict[str, list[float]] = {worker.signer.name: [] for worker in workers}
    for turn in range(ROUNDS):
        for worker in workers if turn % 2 else reversed(workers):
            times[worker.signer.name].append(worker.ask(size, max(1, TURN // size))[clock] * 1e6)
    return times


def ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of how many times as fast ours was in the same round."""
    return median(slow / fast for fast, slow in zip(ours, theirs, strict=True))


def measure(pem: str, kernels: list[str]) -> dict[str, list[float]]:
    """Print the table of one pinned core; signatures a second of each, by batch size."""
    workers = [Worker(signer, pem, min(os.sched_getaffinity(0))) for signer in signers(kernels)]
    rates: dict[str, list[float]] = {worker.signer.name: [] for worker in workers}
    for size in SIZES:
        times = in_turns(workers, size, 0)
        print(f"batches of {size}, one core, microseconds of CPU a signature")
        for name, samples in times.items():
            rates[name].append(1e6 / median(samples))
            against = ", ".join(
                f"{ratio(samples, times[peer]):.2f}x {peer}"
                for peer in times
                if name in kernels and peer not in kernels
            )
            print(f"  {name:<32}{median(samples):>8.0f}  {against}", flush=True)
    for worker in workers:
        worker.close()
    return rates


def other_rows(pem: str, kernel: str) -> None:
    """`sign_urls` on one core, and a batch on two."""
    chosen = {"CLOUDFRONT_SIGNER_ENGINE": kernel}
    core = min(os.sched_getaffinity(0))
    peers = [Signer("cryptography", "cryptography", {}), Signer("cryptography, no IFMA", "cryptography", WITHOUT_IFMA)]
    for name, size, cores, clock in (("sign_urls", 100, core, 0), ("sign_many", 1024, None, 1)):
        ours = Worker(Signer(kernel, name, chosen), pem, cores)
        workers = [ours, *(Worker(peer, pem, core) for peer in peers)]
        times = in_turns(workers, size, clock)
        where = "one core" if cores is not None else f"{len(os.sched_getaffinity(0))} cores against one"
        rows = ", ".join(f"{ratio(times[kernel], times[peer.name]):.2f}x {peer.name}" for peer in peers)
        print(f"{name} of {size}, {where}: {median(times[kernel]):.0f} microseconds, {rows}", flush=True)
        for worker in workers:
            worker.close()


def draw(rates: dict[str, list[float]], path: Path) -> None:
    """Signatures a second against batch size."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "cloudfront-signer", "font.family": "sans-serif", "font.size": 11})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 4.6), layout="constrained")
    places = []
    for name, values in rates.items():
        if name.startswith("lanes"):
            label, style = f"cloudfront-signer, {name}", {"color": "#d97706", "linewidth": 2.2, "marker": "o"}
        else:
            label, style = name, {"color": "#6b7280", "linewidth": 1.4, "marker": "."}
        axes.plot(SIZES, values, linestyle="--" if "avx2" in name or "no IFMA" in name else "-", **style)
        places.append([values[-1], label, style["color"]])
    # Labels next to their lines, moved apart where lines are close.
    places.sort()
    gap = max(value for value, *_ in places) / 19
    for below, above in itertools.pairwise(places):
        above[0] = max(above[0], below[0] + gap)
    for height, label, color in places:
        axes.annotate(label, (SIZES[-1], height), xytext=(9, 0), textcoords="offset points", va="center", color=color)
    axes.set_xscale("log", base=2)
    axes.set_xticks(SIZES, [str(size) for size in SIZES])
    axes.set_ylim(0)
    axes.yaxis.set_major_formatter(lambda value, _position: f"{value:,.0f}")
    axes.set_xlabel("messages in a batch")
    axes.set_title("RSA-2048 signatures per second on one core (dashed: AVX-512 IFMA not used)", fontsize=12)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Print the ratios, and draw the chart into the file that is named as the only argument."""
    from cloudfront_signer import PrivateKey, engine_info

    pem = PrivateKey.generate().to_pem()
    kernels = [name for name in ("lanes-ifma", "lanes-avx2") if runs(name)]
    print(f"batches are signed by {engine_info()['batch']}")
    rates = measure(pem, kernels)
    if kernels:
        other_rows(pem, kernels[0])
        other_rows(pem, kernels[-1])
    if len(sys.argv) > 1:
        draw(rates, Path(sys.argv[1]))


def runs(kernel: str) -> bool:
    """Whether this CPU has the instructions of a kernel."""
    code = "from cloudfront_signer import engine_info; engine_info()"
    environment = {**os.environ, "CLOUDFRONT_SIGNER_ENGINE": kernel}
    return (
        subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False).returncode == 0
    )


if __name__ == "__main__":
    main()
