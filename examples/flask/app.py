"""An album: log in, see twenty private pictures and a video, log out, and they are gone.

    python -m cloudfront_signer.demo.local flask --app examples/flask/app run

The command starts a distribution on this machine. With a distribution at AWS, set the variables that
`cloudfront-signer aws up --print env` prints, CLOUDFRONT_SIGNER_COOKIE_DOMAIN and SECRET_KEY, and run `flask` itself.
"""

import hmac
import os
from functools import wraps

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for

from cloudfront_signer.flask import CloudFront

PICTURES = [f"private/pictures/{number:02}.png" for number in range(1, 21)]
VIDEO = "private/video.mp4"
# The only account. An application has its users in a database, and their passwords hashed.
USER, PASSWORD = "ada", "lovelace"

cloudfront = CloudFront()
pages = Blueprint("pages", __name__)


def create_app():
    app = Flask(__name__)
    app.config.from_mapping(
        SECRET_KEY=os.environ["SECRET_KEY"],
        SESSION_COOKIE_SAMESITE="Lax",
        CLOUDFRONT_SIGNER_EXPIRES="1h",
        CLOUDFRONT_SIGNER_COOKIE_SAMESITE="Lax",
    )
    cloudfront.init_app(app)
    app.register_blueprint(pages)
    return app


def login_required(view):
    @wraps(view)
    def checked(*args, **kwargs):
        return view(*args, **kwargs) if "user" in session else redirect(url_for("pages.login"))

    return checked


@pages.get("/")
@login_required
@cloudfront.signed_cookies("/private/*")
def album():
    """The URLs carry no signature: the browser sends the cookies, which are renewed with each half hour."""
    return render_template("album.html", pictures=map(cloudfront.url, PICTURES), video=cloudfront.url(VIDEO))


@pages.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        return render_template("login.html")
    given = request.form.get("user", ""), request.form.get("password", "")
    if given[0] != USER or not hmac.compare_digest(given[1].encode(), PASSWORD.encode()):
        return render_template("login.html", problem="Wrong name or password."), 403
    session["user"] = USER
    return redirect(url_for("pages.album"))


@pages.post("/logout")
def logout():
    session.clear()
    response = redirect(url_for("pages.login"))
    cloudfront.clear_signed_cookies(response)
    return response
