"""Rewrites a wheel: without the path of the folder it was built in, and as small as its format allows.

maturin writes the path of the checkout into the bill of materials. zopfli compresses to 4 % less than zlib, and its
version is pinned, so that the result is the same everywhere.
"""

import base64
import hashlib
import struct
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import zopfli.zlib

ROOT = Path(__file__).parents[1]


def without_build_paths(wheel: Path) -> None:
    """Rewrite a wheel in place. The same content gives the same bytes."""
    with zipfile.ZipFile(wheel) as archive:
        entries = [(info, archive.read(info)) for info in archive.infolist()]
    changed = [(info, neutral(data) if "/sboms/" in info.filename else data) for info, data in entries]
    hashes = {info.filename: (digest(data), len(data)) for info, data in changed}
    recorded = ((info, record(data, hashes) if info.filename.endswith("/RECORD") else data) for info, data in changed)
    wheel.write_bytes(zipped(recorded))


def neutral(bill: bytes) -> bytes:
    """A bill of materials without the path of the checkout."""
    return bill.replace(f"path+{ROOT.as_uri()}".encode(), b"cloudfront-signer").replace(b"?download_url=file://.", b"")


def record(text: bytes, hashes: dict[str, tuple[str, int]]) -> bytes:
    """RECORD with the hash and size of each file as it is now."""
    lines = []
    for line in text.decode().splitlines():
        name, old, _ = line.rsplit(",", 2)
        lines.append(f"{name},{hashes[name][0]},{hashes[name][1]}" if old else line)
    return "".join(f"{line}\n" for line in lines).encode()


def digest(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def zipped(entries: Iterable[tuple[zipfile.ZipInfo, bytes]]) -> bytes:
    """A ZIP archive of deflated entries, which the standard library cannot write with another compressor."""
    body, directory, count = bytearray(), bytearray(), 0
    for info, data in entries:
        deflated = zopfli.zlib.compress(data, numiterations=15)[2:-4]
        name = info.filename.encode()
        year, month, day, hour, minute, second = info.date_time
        moment = (hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day)
        # Version 2.0 of the format, names in UTF-8, deflated.
        common = struct.pack(
            "<HHHHHLLLHH", 20, 0x800, 8, *moment, zlib.crc32(data), len(deflated), len(data), len(name), 0
        )
        unix = 3 << 8 | 20
        directory += struct.pack("<4sH", b"PK\1\2", unix) + common
        directory += struct.pack("<HHHLL", 0, 0, 0, info.external_attr, len(body)) + name
        body += struct.pack("<4s", b"PK\3\4") + common + name + deflated
        count += 1
    return bytes(body + directory) + struct.pack(
        "<4sHHHHLLH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0
    )
