"""What the gallery shows."""

from django.db import models


class Photo(models.Model):
    """A private picture."""

    title = models.CharField(max_length=100)
    image = models.ImageField(upload_to="photos/")

    class Meta:
        """The order of the page."""

        ordering = ("title",)

    def __str__(self) -> str:
        return self.title


class Video(models.Model):
    """A private video."""

    title = models.CharField(max_length=100)
    file = models.FileField(upload_to="videos/")

    def __str__(self) -> str:
        return self.title
