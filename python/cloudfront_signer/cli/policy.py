"""``policy``: print or decode a policy, without a key."""

from typing import Annotated

import typer

from cloudfront_signer import Policy
from cloudfront_signer.cli.input import standard_input_text
from cloudfront_signer.cli.output import result
from cloudfront_signer.cli.signing import Address, After, OptionalUntil, conditions


def policy(
    resource: Annotated[
        str | None, typer.Option(help="The resource that the policy covers; wildcards are allowed.")
    ] = None,
    date_less_than: OptionalUntil = None,
    date_greater_than: After = None,
    ip_address: Address = None,
    encoded: Annotated[bool, typer.Option(help="Print the policy in CloudFront's base64 encoding.")] = False,
    decode: Annotated[str | None, typer.Option(help="Decode this policy; - reads standard input.")] = None,
) -> None:
    """Print or decode a policy."""
    if decode is not None:
        result(Policy.from_encoded(standard_input_text() if decode == "-" else decode).to_json())
        return
    if resource is None or date_less_than is None:
        raise typer.BadParameter("give --resource and --date-less-than, or --decode")
    built = Policy(resource, **conditions(date_less_than, date_greater_than, ip_address))
    result(built.encoded if encoded else built.to_json())
