"""Keys of `cryptography` in files."""

from cryptography.hazmat.primitives import serialization


def pem_of(key, form=serialization.PrivateFormat.PKCS8, encryption=None):
    """A private key of `cryptography` in PEM."""
    return key.private_bytes(serialization.Encoding.PEM, form, encryption or serialization.NoEncryption())
