"""A gallery: log in, see twenty private pictures and a video, log out, and they are gone.

    python -m cloudfront_signer.demo.local python examples/django/start.py

The command starts a distribution on this machine, and then Django's own server. Another server follows the file name:

    python -m cloudfront_signer.demo.local python examples/django/start.py gunicorn --threads 4 gallery.wsgi

With a distribution at AWS, set the variables that `cloudfront-signer aws up --print env` prints, and those that
`gallery/settings.py` reads, and run the server itself.
"""

import os
import sys
from pathlib import Path

import django
from django.core.management import call_command

SITE = "127.0.0.1:8000"


def main(server: list[str]) -> None:
    """Prepare the database, and become the server."""
    os.chdir(Path(__file__).parent)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gallery.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    fill()
    print("Log in as ada, with the password lovelace.", file=sys.stderr, flush=True)
    command = server or [sys.executable, "manage.py", "runserver", "--noreload", SITE]
    os.execvp(command[0], command)


def fill() -> None:
    """Create the user, and name the files that are in the bucket."""
    from django.contrib.auth.models import User
    from gallery.models import Photo, Video

    if not User.objects.exists():
        User.objects.create_superuser("ada", password="lovelace")
        names = [f"pictures/{number:02}.png" for number in range(1, 21)]
        Photo.objects.bulk_create(Photo(title=f"Picture {name[-6:-4]}", image=name) for name in names)
        Video.objects.create(title="A ball", file="video.mp4")


if __name__ == "__main__":
    main(sys.argv[1:])
