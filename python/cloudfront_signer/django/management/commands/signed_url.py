"""``manage.py signed_url PATH``: print signed URLs."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer.django.conf import DEFAULT
from cloudfront_signer.django.signing import signed_urls


class Command(BaseCommand):
    """Prints one signed URL per line."""

    help = "Print signed URLs of files, with a signer of the setting CLOUDFRONT_SIGNER."
    requires_system_checks: tuple[()] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("files", nargs="+", metavar="PATH", help="the name of an object, or a URL")
        parser.add_argument("--expires", metavar="TIME", help="when access ends: 5m, 2h, 7d, or ISO 8601")
        parser.add_argument("--align", metavar="DURATION", help="the grid that the expiry is rounded up to")
        parser.add_argument("--resource", metavar="PATTERN", help="grant access to all files that a pattern matches")
        parser.add_argument("--signer", default=DEFAULT, metavar="NAME", help="a name in CLOUDFRONT_SIGNER['signers']")

    def handle(self, *_: Any, files: list[str], **options: Any) -> None:
        """Sign the files in one batch."""
        given = {name: options[name] for name in ("expires", "align", "resource", "signer")}
        try:
            urls = signed_urls(files, **given)
        except (CloudFrontSignerError, ImproperlyConfigured, ValueError) as error:
            raise CommandError(str(error)) from None
        for url in urls:
            self.stdout.write(url)
