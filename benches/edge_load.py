"""Viewers against the local edge: requests, errors, and the edge's memory over time (Linux).

python benches/edge_load.py [VIEWERS [SECONDS]]
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import httpx

from cloudfront_signer import CloudFrontSigner, PrivateKey

VIEWERS, SECONDS = 200, 20
SITE = "https://d111111abcdef8.cloudfront.net"


def main(viewers: int = VIEWERS, seconds: int = SECONDS) -> int:
    """Print what happened; 1 if any request failed."""
    key = PrivateKey.generate()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "video.bin").write_bytes(bytes(1 << 20))
        public = Path(folder, "public.pem")
        public.write_text(key.public_key().to_pem())
        command = [
            sys.executable,
            "-m",
            "cloudfront_signer.cli",
            "edge",
            "--origin",
            folder,
            "--as",
            SITE,
            "--port",
            "0",
        ]
        command += ["--public-key", f"K1={public}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as edge:
            try:
                address = edge.stdout.readline().strip()
                signed = CloudFrontSigner("K1", key).sign_url(f"{SITE}/video.bin", expires=timedelta(hours=1))
                target = address + signed.removeprefix(SITE)
                return asyncio.run(load(target, edge.pid, viewers, seconds))
            finally:
                edge.terminate()


async def load(url: str, pid: int, viewers: int, seconds: int) -> int:
    """Every viewer asks for the file, or a range of it, again and again until the time is over."""
    end, done, failed = time.monotonic() + seconds, 0, 0

    async def view(client: httpx.AsyncClient, number: int) -> None:
        nonlocal done, failed
        headers = {"Range": f"bytes={number}-{number + 65_535}"} if number % 2 else {}
        while time.monotonic() < end:
            try:
                answer = await client.get(url, headers=headers)
                failed += len(answer.content) != (65_536 if headers else 1 << 20)
            except httpx.HTTPError:
                failed += 1
            done += 1

    memory = []

    async def watch() -> None:
        while time.monotonic() < end:
            memory.append(resident(pid))
            await asyncio.sleep(seconds / 10)

    limits = httpx.Limits(max_connections=viewers)
    async with httpx.AsyncClient(limits=limits, timeout=120, trust_env=False) as client:
        await asyncio.gather(watch(), *(view(client, number) for number in range(viewers)))
    print(f"{viewers} viewers, {seconds} s: {done} requests, {failed} failed")
    print("resident MiB over time: " + " ".join(f"{kib / 1024:.0f}" for kib in [*memory, resident(pid)]))
    return 1 if failed else 0


def resident(pid: int) -> int:
    """KiB that a process holds."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
