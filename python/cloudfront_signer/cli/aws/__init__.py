"""``aws``: set up CloudFront on AWS, in one run or step by step (extra ``[aws]``)."""

import typer

from cloudfront_signer.cli.aws import check, rotate, stack, steps, template
from cloudfront_signer.cli.aws.empty_values import GroupWithoutEmptyValues

app: typer.Typer = typer.Typer(
    cls=GroupWithoutEmptyValues,
    help="Set up CloudFront on AWS, in one run or step by step. Needs the [aws] extra.",
    rich_markup_mode=None,
)
# In the order of `aws --help`.
app.command()(stack.up)
app.command()(stack.status)
app.command()(rotate.rotate)
app.command()(stack.down)
app.command()(steps.bucket)
app.command("origin-access")(steps.origin_access)
app.command()(steps.grant)
app.command()(steps.distribution)
app.command()(check.check)
app.command()(steps.key)
app.command("try")(check.try_it)
app.command()(template.permissions)
app.command()(template.template)
