"""What boto3 gives is typed: mypy checks every call of AWS."""

import ast
from pathlib import Path

import pytest

import cloudfront_signer

PACKAGE = Path(cloudfront_signer.__file__).parent
FILES = sorted(path for folder in ("aws", "cli", "demo") for path in (PACKAGE / folder).rglob("*.py"))
FROM_BOTO3 = {"boto3", "client", "cloudfront", "s3", "secrets", "session", "sts"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_client_is_any(path):
    untyped = [
        f"{node.lineno}: {name}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.arg | ast.AnnAssign)
        for name in [node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)]
        if name in FROM_BOTO3 and node.annotation is not None and "Any" in ast.unparse(node.annotation)
    ]
    assert untyped == []
