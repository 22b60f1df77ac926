"""Builds the deployment package of examples/lambda: the contents of a wheel, and the handler.

    python scripts/lambda_zip.py WHEEL ZIP

The wheel contains a native module, so it has to match the platform of the function: manylinux, x86-64 or arm64.
"""

import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

HANDLER = Path(__file__).parents[1] / "examples" / "lambda" / "handler.py"


def main(wheel: Path, package: Path) -> int:
    build(wheel, package)
    print(f"{package}: {package.stat().st_size:,} bytes")
    return 0


def build(wheel: Path, package: Path) -> None:
    """Write the zip. The same input makes the same bytes, so that an unchanged function is not deployed again."""
    with ZipFile(wheel) as source, ZipFile(package, "w", ZIP_DEFLATED, compresslevel=9) as target:
        contents = {name: source.read(name) for name in source.namelist() if not name.endswith("/")}
        contents[HANDLER.name] = HANDLER.read_bytes()
        for name in sorted(contents):
            entry = ZipInfo(name)
            entry.compress_type = ZIP_DEFLATED
            # Lambda runs the code as another user.
            entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            target.writestr(entry, contents[name])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
