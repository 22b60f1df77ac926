"""HLS playlists and DASH MPDs: a film of 1,200 segments against plain Python and botocore, and a million lines.

python benches/manifests.py

Prints how long each way takes and how many times as fast ours is. The ways are measured in turns; of each, the fastest
counts, since machines are shared and a film takes less than a millisecond. Exits with 1 if a goal is missed.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter, process_time
from typing import Any, NamedTuple
from urllib.parse import urljoin
from xml.etree import ElementTree

import botocore.signers
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from cloudfront_signer import CloudFrontSigner, Grant, PrivateKey
from cloudfront_signer.manifest import sign_dash, sign_hls

BASE = "https://d111111abcdef8.cloudfront.net/film/1080p/index.m3u8"
MPD = "https://d111111abcdef8.cloudfront.net/film/index.mpd"
FOLDER = "https://d111111abcdef8.cloudfront.net/film/*"
END = datetime(2033, 1, 1, tzinfo=UTC)
DASH = "urn:mpeg:dash:schema:mpd:2011"
# Two hours in segments of six seconds.
SEGMENTS, ROUNDS, BOTOCORE_ROUNDS = 1_200, 60, 3
LINES, MILLION_ROUNDS = 1_000_000, 7
FILM_MS, PYTHON_RATIO, TREE_RATIO, MEGABYTES = 1.0, 20.0, 10.0, 200.0


def playlist(segments: int) -> str:
    """A video on demand."""
    lines = "".join(f"#EXTINF:6.00000,\nsegment_{number:08}.m4s\n" for number in range(segments))
    return f'#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-MAP:URI="init.mp4"\n{lines}#EXT-X-ENDLIST\n'


def python_rewriter(text: str, grant: Grant) -> str:
    """What people write: each URI is resolved, checked and signed by the same grant."""
    signed = []
    for line in text.splitlines(keepends=True):
        uri = line.strip()
        if uri and not uri.startswith("#"):
            line = line.replace(uri, grant.url(urljoin(BASE, uri)))
        elif 'URI="' in line:
            line = re.sub('URI="([^"]+)"', lambda found: f'URI="{grant.url(urljoin(BASE, found[1]))}"', line)
        signed.append(line)
    return "".join(signed)


def shortest_rewriter(text: str, query: str) -> str:
    """The least that signs this playlist: nothing is resolved or checked."""
    signed = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            line = f"{line}?{query}"
        elif 'URI="' in line:
            line = re.sub('URI="([^"]+)"', lambda found: f'URI="{found[1]}?{query}"', line)
        signed.append(line)
    return "\n".join(signed) + "\n"


def botocore_rewriter(text: str, pem: str) -> str:
    """A signature for each URI, by botocore with a key of `cryptography`."""
    key: Any = serialization.load_pem_private_key(pem.encode(), None)
    signer = botocore.signers.CloudFrontSigner(
        "K2JCJMDEHXQW5F", lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA1())
    )
    signed = []
    for line in text.splitlines(keepends=True):
        uri = line.strip()
        if uri and not uri.startswith("#"):
            line = line.replace(uri, signer.generate_presigned_url(urljoin(BASE, uri), END))
        signed.append(line)
    return "".join(signed)


class Way(NamedTuple):
    """One way to sign the film."""

    name: str
    work: Callable[[], object]
    rounds: int


def fastest(ways: list[Way]) -> dict[str, float]:
    """Milliseconds of each way, measured in turns."""
    times: dict[str, list[float]] = {way.name: [] for way in ways}
    for turn in range(max(way.rounds for way in ways)):
        for way in ways:
            if turn < way.rounds:
                start = perf_counter()
                way.work()
                times[way.name].append(1_000 * (perf_counter() - start))
    return {name: min(found) for name, found in times.items()}


def film() -> bool:
    """Whether the goals of the film are met."""
    rsa, ecdsa = PrivateKey.generate(), PrivateKey.generate("ecdsa-p256")
    signer, ec_signer = (CloudFrontSigner("K2JCJMDEHXQW5F", key) for key in (rsa, ecdsa))
    grant, text, pem = signer.grant(FOLDER, expires=END), playlist(SEGMENTS), rsa.to_pem()
    data = text.encode()
    assert sign_hls(text, base_url=BASE, grant=grant) == shortest_rewriter(text, grant.query)
    assert sign_hls(text, base_url=BASE, grant=grant, absolute=True) == python_rewriter(text, grant)
    ways = [
        Way("a grant, str", lambda: sign_hls(text, base_url=BASE, grant=grant), ROUNDS),
        Way("a grant, bytes", lambda: sign_hls(data, base_url=BASE, grant=grant), ROUNDS),
        Way("a signer, RSA-2048", lambda: sign_hls(text, base_url=BASE, signer=signer, expires=END), ROUNDS),
        Way("static", lambda: sign_hls(text, base_url=BASE, mode="query"), ROUNDS),
        Way(
            "a policy for each URI, ECDSA",
            lambda: sign_hls(text, base_url=BASE, signer=ec_signer, expires=END, scope="uri"),
            BOTOCORE_ROUNDS,
        ),
        Way("Python, the same grant", lambda: python_rewriter(text, grant), ROUNDS),
        Way("Python, nothing checked", lambda: shortest_rewriter(text, grant.query), ROUNDS),
        Way("botocore, RSA-2048", lambda: botocore_rewriter(text, pem), BOTOCORE_ROUNDS),
    ]
    found = fastest(ways)
    ours = found["a grant, str"]
    print(f"{SEGMENTS} segments:")
    for name, time in found.items():
        print(f"  {name:<30} {time:>10.3f} ms {time / ours:>8.1f}×")
    return ours <= FILM_MS and found["Python, the same grant"] / ours >= PYTHON_RATIO


def mpd(segments: int) -> str:
    """The same film as a list of DASH, which names each segment."""
    urls = "".join(f'        <SegmentURL media="segment_{number:08}.m4s"/>\n' for number in range(segments))
    return (
        f'<MPD xmlns="{DASH}">\n  <Period>\n    <AdaptationSet>\n      <Representation id="1">\n'
        f'      <BaseURL>1080p/</BaseURL>\n      <SegmentList>\n        <Initialization sourceURL="init.mp4"/>\n{urls}'
        "      </SegmentList>\n      </Representation>\n    </AdaptationSet>\n  </Period>\n</MPD>\n"
    )


def tree_rewriter(text: str, grant: Grant) -> str:
    """What people write: a tree is read, changed and written, without comments and the layout of tags."""
    ElementTree.register_namespace("", DASH)
    root = ElementTree.fromstring(text)
    for element in root.iter():
        for name in ("media", "sourceURL"):
            if name in element.attrib:
                element.set(name, grant.url(urljoin(f"{MPD}1080p/", element.attrib[name])))
    return ElementTree.tostring(root, "unicode")


def dash_film() -> bool:
    """Whether a list of DASH is signed as fast as it has to be."""
    grant = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate()).grant(FOLDER, expires=END)
    text = mpd(SEGMENTS)
    signed = sign_dash(text, base_url=MPD, grant=grant)
    assert signed == re.sub('(media|sourceURL)="([^"]+)', rf'\1="\2?{grant.query.replace("&", "&amp;")}', text)
    ways = [
        Way("a grant, str", lambda: sign_dash(text, base_url=MPD, grant=grant), ROUNDS),
        Way("static", lambda: sign_dash(text, base_url=MPD, mode="query"), ROUNDS),
        Way("Python, xml.etree", lambda: tree_rewriter(text, grant), BOTOCORE_ROUNDS),
    ]
    found = fastest(ways)
    ours = found["a grant, str"]
    print(f"DASH, {SEGMENTS} segments: {1e6 * ours / (SEGMENTS + 1):.0f} ns for each URI")
    for name, time in found.items():
        print(f"  {name:<30} {time:>10.3f} ms {time / ours:>8.1f}×")
    return ours <= FILM_MS and found["Python, xml.etree"] / ours >= TREE_RATIO


def million(mode: str, *, huge_pages: bool = False) -> bool:
    """Sign a million lines in a process of its own, so that its peak of memory is that of this work.

    Signed lines are ten times as long, and most of the time is the kernel's, which hands the pages of the result out.
    With huge pages the rest is seen.
    """
    environment = os.environ | ({"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"} if huge_pages else {})
    command = [sys.executable, __file__, mode]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    size, result, added, *times = map(float, done.stdout.split())
    read, written = (one / min(times) / 1e6 for one in (size, size + result))
    print(
        f"{LINES:,} lines, {mode}{', huge pages' if huge_pages else ''}: "
        f"{size / 1e6:.1f} MB in, {result / 1e6:.1f} MB out, {1_000 * min(times):.0f} ms: "
        f"{read:.0f} MB/s of the input, {written:.0f} MB/s in and out; "
        f"memory beyond the result {(added - result) / size:.2f} times the input"
    )
    if mode.startswith("dash"):
        print(f"  {1e9 * min(times) / LINES:.0f} ns for each URI")
        return added - result <= 3 * size
    fast_enough = read >= MEGABYTES if mode == "static" or huge_pages else written >= MEGABYTES
    return fast_enough and added - result <= 3 * size


def measured(mode: str) -> None:
    """Print the sizes of input and result in bytes, the memory that was added at the peak, and seconds."""
    grant = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256")).grant(FOLDER, expires=END)
    is_dash = mode.startswith("dash")
    data = (mpd(LINES) if is_dash else playlist(LINES // 2)).encode()
    work: dict[str, Callable[[], bytes]] = {
        "dash": lambda: sign_dash(data, base_url=MPD, grant=grant),
        "dash static": lambda: sign_dash(data, base_url=MPD, mode="query"),
        "inline": lambda: sign_hls(data, base_url=BASE, grant=grant),
        "static": lambda: sign_hls(data, base_url=BASE, mode="query"),
    }
    before, times, result = memory("VmRSS"), [], b""
    for _ in range(MILLION_ROUNDS):
        result = b""
        # Of this core: other processes do not count.
        start = process_time()
        result = work[mode]()
        times.append(process_time() - start)
    print(len(data), len(result), memory("VmHWM") - before, *times)


def memory(which: str) -> int:
    """What this process has now (VmRSS), or had at most (VmHWM), in bytes."""
    with open("/proc/self/status") as status:
        return 1_024 * int(next(line for line in status if line.startswith(which)).split()[1])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measured(sys.argv[1])
        sys.exit()
    modes = ("static", "inline", "dash static", "dash")
    works = [film(), dash_film(), *(million(mode) for mode in modes)]
    if sys.platform == "linux":
        works.append(million("inline", huge_pages=True))
    sys.exit(not all(works))
