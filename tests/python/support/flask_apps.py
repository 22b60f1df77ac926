"""Flask applications with settings of the tests."""

from flask import Flask, render_template_string

from cloudfront_signer import PrivateKey, Verifier

KEY = PrivateKey.generate("ecdsa-p256")
VERIFIER = Verifier({"K1": KEY.public_key()})
SITE = "https://media.example.com"


def configured(**settings):
    """An application whose settings are valid, except where others are given. None leaves a setting out."""
    app = Flask("test", template_folder="none")
    values = {"DOMAIN": "media.example.com", "KEY_PAIR_ID": "K1", "PRIVATE_KEY": KEY, "EXPIRES": "1h", **settings}
    app.config.update({f"CLOUDFRONT_SIGNER_{name}": value for name, value in values.items()})
    return app


def rendered(app, template, **context):
    """What a template shows."""
    with app.test_request_context():
        return render_template_string(template, **context)
