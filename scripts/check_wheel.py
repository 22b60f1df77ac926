"""Checks wheels before they are published.

    python scripts/check_wheel.py WHEEL...

Contents, licences, bill of materials, list of crates, metadata, size and build paths; then auditwheel and abi3audit.
Prints one line for each fault and exits with 1 if there are any.
"""

import json
import re
import subprocess
import sys
import tomllib
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "cloudfront_signer"
LARGEST = 2_000_000
LICENCES = ("LICENSE-APACHE", "LICENSE-MIT", "LICENSE-THIRD-PARTY.txt")
PLATFORMS = re.compile(
    r"manylinux2014_(x86_64|aarch64)\.manylinux_2_17_\1|manylinux_2_17_(x86_64|aarch64)\.manylinux2014_\2"
    r"|musllinux_1_2_(x86_64|aarch64)|macosx_\d+_\d+_universal2"
    r"|macosx_\d+_\d+_x86_64\.macosx_\d+_\d+_arm64\.macosx_\d+_\d+_universal2|win_amd64|win_arm64|pyemscripten_\w+_wasm32"
)
ABIS = ("cp311-abi3", "cp314-cp314t", "cp315-abi3.abi3t", "cp314-cp314")
# Of a machine that built the library: homes, temporary folders, cargo's registry. Rust's own `/rustc/…` says nothing.
BUILD_PATHS = re.compile(
    rb"(?<![\w.-])/(?:home|root|Users|tmp|work|builds|private/var|var/folders)/[\w.+/-]+"
    rb"|[\w./+-]*\.cargo/registry[\w./+-]*|(?<!\w)[A-Za-z]:\\(?:Users|a|hostedtoolcache)\\[\w.\\+-]*"
    + b"".join(b"|" + re.escape(str(path).encode()) for path in (ROOT, Path.home()))
)
# auditwheel expects Alpine's name of musl. zig links by musl's own, which its loader takes for itself on each system.
MUSL = 'required by the wheel: { "libc.so": null }'
NATIVE = re.compile(rf"{PACKAGE}/_native(\.[\w-]+)*\.(so|pyd)")


@dataclass
class Wheel:
    """A wheel's name, its size in bytes, and its files."""

    name: str
    size: int
    files: dict[str, bytes]

    @classmethod
    def read(cls, path: Path) -> "Wheel":
        with zipfile.ZipFile(path) as archive:
            files = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
        return cls(path.name, path.stat().st_size, files)

    @property
    def info(self) -> str:
        return f"{PACKAGE}-{self.name.split('-')[1]}.dist-info"

    @property
    def metadata(self) -> Message:
        return BytesParser().parsebytes(self.files.get(f"{self.info}/METADATA", b""))

    @property
    def libraries(self) -> list[str]:
        return [name for name in self.files if name.endswith((".so", ".pyd", ".dylib", ".dll"))]


def main(paths: list[str]) -> int:
    if not paths:
        sys.exit("no wheel given")
    found = 0
    for path in map(Path, paths):
        faults = [*check(Wheel.read(path)), *check_with_tools(path)]
        found += len(faults)
        for fault in faults:
            print(f"{path.name}: {fault}", file=sys.stderr)
        if not faults:
            print(f"{path.name}: {path.stat().st_size / 1024:,.0f} KiB, no fault")
    return 1 if found else 0


def check(wheel: Wheel) -> Iterator[str]:
    """The faults that reading the wheel shows."""
    for rule in (tags, size, contents, library, build_paths, licences, materials, auditable, metadata):
        yield from rule(wheel)


def tags(wheel: Wheel) -> Iterator[str]:
    _, _, abi, platform = re.fullmatch(r"([^-]+)-([^-]+)-(.+)-([^-]+)\.whl", wheel.name).groups()  # type: ignore[union-attr]
    if abi not in ABIS:
        yield f"the tag {abi} is none of {', '.join(ABIS)}"
    if not PLATFORMS.fullmatch(platform):
        yield f"the tag {platform} is none of the platforms that are published"


def size(wheel: Wheel) -> Iterator[str]:
    if wheel.size > LARGEST:
        yield f"{wheel.size:,} bytes, {LARGEST:,} at most"


def contents(wheel: Wheel) -> Iterator[str]:
    """The package's files, all of them, and the metadata."""
    source = ROOT / "python" / PACKAGE
    expected = {
        f"{PACKAGE}/{path.relative_to(source).as_posix()}"
        for path in source.rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".so", ".pyd"}
    }
    packed = {name for name in wheel.files if name.startswith(f"{PACKAGE}/")} - set(wheel.libraries)
    for name in sorted(expected - packed):
        yield f"{name} is missing"
    for name in sorted(packed - expected):
        yield f"{name} is not in the source"
    for name in sorted(wheel.files):
        if not name.startswith((f"{PACKAGE}/", f"{wheel.info}/")):
            yield f"{name} is outside the package"


def library(wheel: Wheel) -> Iterator[str]:
    if len(wheel.libraries) != 1 or not NATIVE.fullmatch(wheel.libraries[0]):
        yield f"one native module is expected, not {', '.join(wheel.libraries) or 'none'}"
    for name in wheel.libraries:
        if wheel.files[name].startswith(b"\x7fELF") and b"\0.symtab\0" in wheel.files[name]:
            yield f"{name} has symbols: strip it"


def build_paths(wheel: Wheel) -> Iterator[str]:
    for name, data in wheel.files.items():
        if name in wheel.libraries or "/sboms/" in name:
            for path in sorted(set(BUILD_PATHS.findall(data))):
                yield f"{name} has a path of the machine that built it: {path.decode()}"


def licences(wheel: Wheel) -> Iterator[str]:
    """The texts are those of the checkout, and of every crate in the bill of materials."""
    listed = wheel.metadata.get_all("License-File", [])
    for name in LICENCES:
        packed = wheel.files.get(f"{wheel.info}/licenses/{name}")
        if packed is None or name not in listed:
            yield f"the licence {name} is missing"
        elif packed != (ROOT / name).read_bytes():
            yield f"the licence {name} is not that of the checkout"
    texts = wheel.files.get(f"{wheel.info}/licenses/{LICENCES[-1]}", b"").decode()
    for crate in sorted(crates(wheel)):
        if not re.search(rf"^{re.escape(crate)}: ", texts, re.MULTILINE):
            yield f"the licence of the crate {crate} is missing: run `make licences`"


def crates(wheel: Wheel) -> set[str]:
    """The crates in the bill of materials, without this one."""
    bill = json.loads(wheel.files.get(f"{wheel.info}/sboms/{PACKAGE}.cyclonedx.json", b"{}"))
    return {component["name"] for component in bill.get("components", [])}


def materials(wheel: Wheel) -> Iterator[str]:
    packed = wheel.files.get(f"{wheel.info}/sboms/{PACKAGE}.cyclonedx.json")
    if packed is None:
        yield "the bill of materials is missing"
        return
    bill = json.loads(packed)
    described = bill["metadata"]["component"]
    version = (described["name"], described["version"])
    if bill["bomFormat"] != "CycloneDX" or version != (PACKAGE, wheel.metadata["Version"]):
        yield f"the bill of materials describes {' '.join(version)}"
    engine = "pyo3" if "emscripten" in wheel.name else "aws-lc-sys"
    if engine not in crates(wheel):
        yield f"the bill of materials does not have {engine}"
    for component in bill["components"]:
        if not component.get("licenses") or not component.get("purl"):
            yield f"the bill of materials has no licence or no address of {component['name']}"


def auditable(wheel: Wheel) -> Iterator[str]:
    """The library has cargo-auditable's list of crates: those of the bill of materials."""
    if "emscripten" in wheel.name:
        return
    for name in wheel.libraries:
        listed = listed_crates(wheel.files[name])
        if listed is None:
            yield f"{name} has no list of crates: it was built without cargo-auditable"
        elif missing := sorted(listed - crates(wheel) - {PACKAGE}) or sorted({"aws-lc-sys", PACKAGE} - listed):
            yield f"the list of crates in {name} differs from the bill of materials: {', '.join(missing)}"


def listed_crates(library: bytes) -> set[str] | None:
    """The names in the list, which is compressed JSON, wherever the format of the library has its section."""
    for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", library):
        try:
            text = zlib.decompressobj().decompress(library[found.start() :], 1 << 20)
        except zlib.error:
            continue
        if text.startswith(b'{"packages":'):
            return {package["name"] for package in json.loads(text)["packages"]}
    return None


def metadata(wheel: Wheel) -> Iterator[str]:
    with (ROOT / "Cargo.toml").open("rb") as file:
        version = tomllib.load(file)["package"]["version"]
    found = wheel.metadata
    if found["Version"] != version or wheel.name.split("-")[1] != version:
        yield f"version {found['Version']}, but {version} in Cargo.toml"
    for field in ("Summary", "Requires-Python", "License-Expression", "Keywords", "Description-Content-Type"):
        if not found[field]:
            yield f"the metadata has no {field}"
    labels = {line.partition(",")[0] for line in found.get_all("Project-URL", [])}
    for label in sorted({"Documentation", "Repository", "Changelog", "Issues"} - labels):
        yield f"the metadata has no Project-URL {label}"
    if not found.get_all("Classifier"):
        yield "the metadata has no classifiers"


def check_with_tools(path: Path) -> Iterator[str]:
    """What auditwheel says of the platform, and abi3audit of the stable ABI."""
    if "linux" in path.name:
        # Without the libraries of this machine: a wheel for another C library must not be compared with them.
        done = run("auditwheel", "show", "--ldpaths", ROOT / "scripts", path)
        platforms = path.name.removesuffix(".whl").rpartition("-")[2].split(".")
        consistent = any(f'platform tag: "{platform}"' in done for platform in platforms)
        if not consistent and not ("musllinux" in path.name and MUSL in done):
            yield f"auditwheel does not find it consistent with its platform: {done}"
    if "abi3" in path.name:
        done = run("abi3audit", "--strict", "--report", path)
        try:
            result = next(iter(json.loads(done)["specs"].values()))["wheel"][0]["result"]
            passed = result["is_abi3"] and result["is_abi3_baseline_compatible"]
        except (ValueError, LookupError, StopIteration):
            passed = False
        if not passed:
            yield f"abi3audit finds symbols outside the stable ABI: {done}"


def run(tool: str, *arguments: str | Path) -> str:
    """The output of a tool of this environment, as one line."""
    command = [sys.executable, "-m", tool, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return " ".join((done.stdout or done.stderr).split())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
