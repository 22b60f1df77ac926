"""Step 6 in 2011: a key pair of the account, which its root user creates in the console. There is no API for it."""

import re
from pathlib import Path

from cloudfront_signer import InvalidKeyError
from cloudfront_signer._native import excerpt


def account_key_id(path: Path) -> str:
    """The key pair ID, from the file name that the console uses: ``pk-APK….pem``."""
    found = re.fullmatch(r"pk-(APKA?[A-Z0-9]+)\.pem", path.name)
    if found is None:
        raise InvalidKeyError(
            f"{excerpt(path.name, str(path))}: expected pk-APK….pem, as the console names it: "
            "rename the file, or use the ID that the console shows"
        )
    return found[1]
