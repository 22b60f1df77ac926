"""The Django application."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out
from django.core import checks
from django.core.signals import setting_changed


class CloudFrontSignerConfig(AppConfig):
    """Registers the system checks, and what follows a logout or a changed setting."""

    name = "cloudfront_signer.django"
    # The default would be the name of the package's last part: "django".
    label = "cloudfront_signer"
    verbose_name: str = "CloudFront signer"

    def ready(self) -> None:
        """Connect the signals and register the checks."""
        from cloudfront_signer.django.checks import check_settings
        from cloudfront_signer.django.conf import forget
        from cloudfront_signer.django.cookies import note_logout

        checks.register(check_settings, checks.Tags.security)
        setting_changed.connect(forget, dispatch_uid="cloudfront_signer")
        user_logged_out.connect(note_logout, dispatch_uid="cloudfront_signer")
