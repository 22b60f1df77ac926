"""The admin pages show the private files themselves."""

from django.contrib import admin

from cloudfront_signer.django.widgets import SignedFilesMixin
from gallery.models import Photo, Video


@admin.register(Photo, Video)
class FileAdmin(SignedFilesMixin, admin.ModelAdmin):
    """A picture or a video with its title."""
