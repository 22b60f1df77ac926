"""Each rule of scripts/check_wheel.py finds a fault that is planted in a wheel without any."""

import dataclasses
import json
import sys
import zlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import check_wheel  # noqa: E402
import release  # noqa: E402
from check_wheel import LICENCES, PACKAGE, Wheel  # noqa: E402

VERSION = release.cargo(ROOT)["version"]
NAME = f"{PACKAGE}-{VERSION}-cp311-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
INFO = f"{PACKAGE}-{VERSION}.dist-info"
SBOM = f"{INFO}/sboms/{PACKAGE}.cyclonedx.json"
NATIVE = f"{PACKAGE}/_native.abi3.so"
METADATA = f"""\
Metadata-Version: 2.4
Name: cloudfront-signer
Version: {VERSION}
Summary: Signs
Keywords: aws
License-Expression: MIT OR Apache-2.0
Requires-Python: >=3.11
Description-Content-Type: text/markdown
Classifier: Typing :: Typed
License-File: LICENSE-APACHE
License-File: LICENSE-MIT
License-File: LICENSE-THIRD-PARTY.txt
Project-URL: Documentation, https://example.org/
Project-URL: Repository, https://example.org/
Project-URL: Changelog, https://example.org/
Project-URL: Issues, https://example.org/
"""


def bill(*crates, version=VERSION):
    components = [{"name": name, "purl": f"pkg:cargo/{name}", "licenses": [{"expression": "MIT"}]} for name in crates]
    described = {"name": PACKAGE, "version": version}
    return json.dumps({"bomFormat": "CycloneDX", "metadata": {"component": described}, "components": components})


def library(*crates):
    """A library that was built with cargo-auditable."""
    listed = {"packages": [{"name": name, "version": "1.0.0"} for name in crates]}
    text = b"\x7fELF /rustc/59807616/library/std/src/thread.rs crates/rsa-0.10.0/src/lib.rs \x78\x9c "
    return text + zlib.compress(json.dumps(listed, separators=(",", ":")).encode(), 7)


@pytest.fixture
def good():
    source = ROOT / "python" / PACKAGE
    files = {
        f"{PACKAGE}/{path.relative_to(source).as_posix()}": b""
        for path in source.rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".so"}
    }
    files[NATIVE] = library(PACKAGE, "aws-lc-sys", "pyo3", "rsa")
    files |= {f"{INFO}/licenses/{name}": (ROOT / name).read_bytes() for name in LICENCES}
    files |= {f"{INFO}/METADATA": METADATA.encode(), f"{INFO}/RECORD": b"", f"{INFO}/WHEEL": b""}
    files[SBOM] = bill("aws-lc-sys", "pyo3", "rsa").encode()
    return Wheel(NAME, 1_900_000, files)


def changed(wheel, name=None, old=b"", new=b"", **fields):
    """A copy of a wheel with one file changed, removed (`new=None`) or added."""
    files = dict(wheel.files)
    if new is None:
        del files[name]
    elif name is not None:
        assert not old or old in files[name]
        files[name] = files[name].replace(old, new) if old else new
    return dataclasses.replace(wheel, files=files, **fields)


def test_a_good_wheel_has_no_fault(good):
    assert list(check_wheel.check(good)) == []


@pytest.mark.parametrize(
    "name",
    [
        f"{PACKAGE}-{VERSION}-cp311-abi3-manylinux_2_17_aarch64.manylinux2014_aarch64.whl",
        f"{PACKAGE}-{VERSION}-cp311-abi3-musllinux_1_2_aarch64.whl",
        f"{PACKAGE}-{VERSION}-cp311-abi3-macosx_10_12_x86_64.macosx_11_0_arm64.macosx_10_12_universal2.whl",
        f"{PACKAGE}-{VERSION}-cp314-cp314t-win_arm64.whl",
        f"{PACKAGE}-{VERSION}-cp315-abi3.abi3t-win_amd64.whl",
    ],
)
def test_names_of_wheels_that_are_published(good, name):
    assert list(check_wheel.tags(dataclasses.replace(good, name=name))) == []


FAULTS = {
    "platform": ({"name": NAME.replace("2014", "_2_34").replace("2_17", "2_34")}, "none of the platforms"),
    "abi": ({"name": NAME.replace("cp311-abi3", "cp311-cp311")}, "the tag cp311-cp311 is none of"),
    "size": ({"size": 3_000_000}, "3,000,000 bytes"),
    "missing": (("cloudfront_signer/py.typed", b"", None), "py.typed is missing"),
    "stray": (("cloudfront_signer/notes.txt", b"", b"x"), "notes.txt is not in the source"),
    "cache": (("cloudfront_signer/__pycache__/x.pyc", b"", b"x"), "x.pyc is not in the source"),
    "outside": (("tests/test_x.py", b"", b"x"), "tests/test_x.py is outside the package"),
    "no library": ((NATIVE, b"", None), "one native module is expected, not none"),
    "two libraries": (("cloudfront_signer/libssl.so", b"", b"x"), "one native module is expected"),
    "symbols": ((NATIVE, b"\x7fELF", b"\x7fELF\0.symtab\0"), "has symbols: strip it"),
    "home": ((NATIVE, b"/rustc", b"\0/home/me/project/src/lib.rs"), "/home/me/project/src/lib.rs"),
    "mac": ((NATIVE, b"/rustc", b"\0/Users/runner/work/x.rs"), "/Users/runner/work/x.rs"),
    "windows": ((NATIVE, b"/rustc", b"\0D:\\a\\signer\\src\\lib.rs"), r"D:\a\signer\src\lib.rs"),
    "registry": ((NATIVE, b"crates/", b"/opt/x/.cargo/registry/src/"), "/opt/x/.cargo/registry/src/rsa"),
    "checkout": ((NATIVE, b"/rustc", str(ROOT).encode()), str(ROOT)),
    "path in the bill": ((SBOM, b"pkg:cargo/rsa", b"file:///home/me/rsa"), "/home/me/rsa"),
    "our licence": ((f"{INFO}/licenses/LICENSE-MIT", b"", None), "the licence LICENSE-MIT is missing"),
    "unlisted licence": ((f"{INFO}/METADATA", b"License-File: LICENSE-MIT\n", b""), "LICENSE-MIT is missing"),
    "other licence": ((f"{INFO}/licenses/LICENSE-MIT", b"", b"x"), "LICENSE-MIT is not that of the checkout"),
    "crate": ((SBOM, b'"rsa"', b'"unknown-crate"'), "the licence of the crate unknown-crate is missing"),
    "aws-lc": ((SBOM, b'"aws-lc-sys"', b'"psl"'), "does not have aws-lc-sys"),
    "no bill": ((SBOM, b"", None), "the bill of materials is missing"),
    "no list": ((NATIVE, b"", b"\x7fELF \x78\x9c"), "has no list of crates"),
    "unbilled crate": ((NATIVE, b"", library(PACKAGE, "aws-lc-sys", "psl")), "the bill of materials: psl"),
    "unlisted engine": ((NATIVE, b"", library(PACKAGE, "rsa")), "the bill of materials: aws-lc-sys"),
    "other bill": ((SBOM, b"", bill("aws-lc-sys", version="0.0.9").encode()), "describes cloudfront_signer 0.0.9"),
    "empty licence in the bill": ((SBOM, b'[{"expression": "MIT"}]', b"[]"), "no licence or no address of"),
    "version": ((f"{INFO}/METADATA", f"Version: {VERSION}\nS".encode(), b"Version: 9.9\nS"), "version 9.9"),
    "python": ((f"{INFO}/METADATA", b"Requires-Python: >=3.11\n", b""), "the metadata has no Requires-Python"),
    "address": ((f"{INFO}/METADATA", b"Issues, ", b"Bugs, "), "no Project-URL Issues"),
    "classifiers": ((f"{INFO}/METADATA", b"Classifier: Typing :: Typed\n", b""), "no classifiers"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(good, fault):
    change, message = FAULTS[fault]
    wheel = dataclasses.replace(good, **change) if isinstance(change, dict) else changed(good, *change)
    found = list(check_wheel.check(wheel))
    assert any(message in one for one in found), found


SHOWN = 'is consistent with the following platform tag: "manylinux_2_17_x86_64".'
AUDITED = {"is_abi3": True, "is_abi3_baseline_compatible": True}


@pytest.mark.parametrize(
    ("shown", "audited", "message"),
    [
        (SHOWN, AUDITED, None),
        (SHOWN.replace("2_17", "2_34"), AUDITED, "auditwheel does not find it consistent"),
        (SHOWN, AUDITED | {"is_abi3": False}, "outside the stable ABI"),
        (SHOWN, AUDITED | {"is_abi3_baseline_compatible": False}, "outside the stable ABI"),
        (SHOWN, None, "outside the stable ABI"),
    ],
)
def test_what_the_tools_find_is_a_fault(monkeypatch, shown, audited, message):
    report = json.dumps({"specs": {NAME: {"wheel": [{"result": audited}]}}}) if audited else "no such wheel"
    monkeypatch.setattr(check_wheel, "run", lambda tool, *_: {"auditwheel": shown, "abi3audit": report}[tool])
    found = list(check_wheel.check_with_tools(Path(NAME)))
    assert found == [] if message is None else message in found[0]


@pytest.mark.parametrize(
    ("libraries", "faults"), [('"libc.so": null', 0), ('"libc.so": null, "libgcc_s.so.1": null', 1)]
)
def test_a_wheel_for_musl_needs_its_c_library_only(monkeypatch, libraries, faults):
    shown = f"The following external shared libraries are required by the wheel: {{ {libraries} }}"
    report = json.dumps({"specs": {"x": {"wheel": [{"result": AUDITED}]}}})
    monkeypatch.setattr(check_wheel, "run", lambda tool, *_: {"auditwheel": shown, "abi3audit": report}[tool])
    path = Path(f"{PACKAGE}-{VERSION}-cp311-abi3-musllinux_1_2_x86_64.whl")
    assert len(list(check_wheel.check_with_tools(path))) == faults
