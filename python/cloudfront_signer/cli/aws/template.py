"""``template`` and ``permissions``: the stack and its IAM policy as documents, printed without asking AWS."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloudfront_signer import PublicKey
from cloudfront_signer.cli.aws.options import Bucket, stack_options
from cloudfront_signer.cli.option_groups import option_groups
from cloudfront_signer.cli.output import result, tell

if TYPE_CHECKING:
    from cloudfront_signer.aws import Options


@option_groups(options=stack_options)
def template(
    *,
    bucket: Bucket,
    public_key: Annotated[
        list[Path],
        typer.Option(
            metavar="FILE",
            help="A trusted public key, as written by keygen. Repeatable: during a rotation, list the new key first.",
        ),
    ],
    form: Annotated[
        str, typer.Option("--format", metavar="cloudformation|terraform", help="The template format.")
    ] = "cloudformation",
    options: "Options",
) -> None:
    """Print the stack of `up` as a CloudFormation or Terraform template."""
    from cloudfront_signer.aws.template import FORMATS

    if form not in FORMATS:
        raise typer.BadParameter(f"--format takes {', '.join(FORMATS)}")
    pems = [PublicKey.from_file(one).to_pem() for one in public_key]
    result(FORMATS[form](bucket, pems, options), end="")
    for note in options.notes():
        tell(note)


def permissions(bucket: Bucket) -> None:
    """Print the IAM policy that `up`, `rotate`, `status` and `down` need."""
    from cloudfront_signer.aws.permissions import iam_policy

    result(json.dumps(iam_policy(bucket), indent=2))
