"""The page of ``demo --serve``: the video, and links to what is denied."""

import tempfile
import threading
import webbrowser
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from io import StringIO
from pathlib import Path
from string import Template

from cloudfront_signer import CloudFrontSigner, PrivateKey
from cloudfront_signer._signals import Terminated
from cloudfront_signer.demo.events import Step
from cloudfront_signer.demo.place import Place
from cloudfront_signer.edge import Behavior, Configuration, running
from cloudfront_signer.edge.log import Log

_LINKS = {"unsigned": Step.UNSIGNED, "tampered": Step.TAMPERED, "expired": Step.EXPIRED}


def serve_page(place: Place, urls: Mapping[Step, str]) -> None:
    """Serve the page at a separate address, open it, and wait for Ctrl-C or a termination signal."""
    signer = CloudFrontSigner(place.stack.public_key, PrivateKey.from_file(place.stack.private_key))
    end = datetime.now(UTC) + timedelta(hours=12)
    links = {name: urls[step] for name, step in _LINKS.items()}
    links["signed"] = signer.sign_url(urls[Step.UNSIGNED], expires=end)
    escaped = {name: place.local(url).replace("&", "&amp;") for name, url in links.items()}
    template = Template(files("cloudfront_signer.demo").joinpath("page.html").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        text = template.substitute(**escaped, end=f"{end:%Y-%m-%d %H:%M} UTC")
        Path(folder, "index.html").write_text(text, "utf-8")
        page = Configuration((Behavior("*", folder),), default_root_object="index.html", port=0)
        with suppress(KeyboardInterrupt, Terminated), running(page, Log(stream=StringIO())) as address:
            print(f"\n{address}/ plays it; Ctrl-C ends", flush=True)
            webbrowser.open(f"{address}/")
            threading.Event().wait()
