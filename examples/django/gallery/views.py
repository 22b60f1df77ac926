"""The page of the gallery."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gallery.models import Photo, Video


@login_required
def gallery(request: HttpRequest) -> HttpResponse:
    """Show all pictures and videos."""
    return render(request, "gallery/gallery.html", {"photos": Photo.objects.all(), "videos": Video.objects.all()})
