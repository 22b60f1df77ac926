"""Step 6: the key pair. The private key is generated locally and stays there; CloudFront gets the public key."""

import hashlib
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from cloudfront_signer import PrivateKey
from cloudfront_signer._atomic_file import create_exclusively, translated
from cloudfront_signer.aws.api import delete_current, pages
from cloudfront_signer.aws.errors import SetupError, code_of, explained
from cloudfront_signer.aws.ownership import CREATOR, Found

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_cloudfront.type_defs import KeyGroupConfigTypeDef, PublicKeyConfigTypeDef
    from mypy_boto3_secretsmanager import SecretsManagerClient

# CloudFront's quota of public keys in a key group.
MOST_KEYS = 5


def ensure_private_key(path: Path, kind: Literal["rsa-2048", "ecdsa-p256"] = "rsa-2048") -> PrivateKey:
    """The key of a file, which is created with mode 0600 if it does not exist, and never replaced."""
    if not os.path.exists(path):
        # If another run creates it meanwhile, both use that key.
        with translated(SetupError, path), suppress(FileExistsError):
            create_exclusively(path, PrivateKey.generate(kind).to_pem(), 0o600)
    return PrivateKey.from_file(path)


def fingerprint(pem: str) -> str:
    """Eight hexadecimal digits that identify a public key in names: CloudFront cannot change a key in place."""
    return hashlib.sha256(without_blanks(pem).encode("utf-8", "surrogatepass")).hexdigest()[:8]


def without_blanks(pem: str) -> str:
    """PEM text without white space, to compare keys."""
    return "".join(pem.split())


def key_name(name: str, pem: str) -> str:
    """The name of a public key at CloudFront: different keys have different names."""
    return f"{name}-{fingerprint(pem)}"


def ensure_public_key(cloudfront: "CloudFrontClient", name: str, pem: str) -> str:
    """Upload a public key; returns its ID, the key pair ID. Raises SetupError if the name belongs to another key."""
    found = find_public_keys(cloudfront, name, pem)
    return found[0].id if found else create_public_key(cloudfront, name, pem, CREATOR)


def find_public_keys(cloudfront: "CloudFrontClient", name: str, pem: str, known: str = "") -> list[Found]:
    """The public key with this name or ID, with its comment. Raises SetupError if it is another key."""
    found = []
    with explained():
        for item in pages(cloudfront.list_public_keys, "PublicKeyList"):
            if item["Name"] != name and item["Id"] != known:
                continue
            if without_blanks(item["EncodedKey"]) != without_blanks(pem):
                raise SetupError(
                    f"public key {item['Id']}, {item['Name']}: it does not match the private key: restore its file, "
                    "or rotate keys with `cloudfront-signer aws rotate`"
                )
            found.append(Found(item["Id"], item.get("Comment", "")))
    return found


def find_marked_public_keys(cloudfront: "CloudFrontClient", token: str) -> list[Found]:
    """The public keys whose comments name this stack."""
    with explained():
        items = list(pages(cloudfront.list_public_keys, "PublicKeyList"))
    return [Found(item["Id"], item["Comment"]) for item in items if token in item.get("Comment", "")]


def create_public_key(cloudfront: "CloudFrontClient", name: str, pem: str, mark: str) -> str:
    """Upload a public key, with a comment that names its creator; returns its ID."""
    config: PublicKeyConfigTypeDef = {
        "CallerReference": f"{name}-{time.time_ns()}",
        "Name": name,
        "EncodedKey": pem,
        "Comment": mark,
    }
    with explained():
        return str(cloudfront.create_public_key(PublicKeyConfig=config)["PublicKey"]["Id"])


def ensure_key_group(cloudfront: "CloudFrontClient", name: str, key_ids: Iterable[str]) -> str:
    """Find or create a key group that contains these keys; others in it stay. Returns its ID."""
    wanted = list(key_ids)
    found = find_key_groups(cloudfront, name)
    if not found:
        return create_key_group(cloudfront, name, wanted, CREATOR)
    change_key_group(cloudfront, found[0].id, add=wanted)
    return found[0].id


def find_key_groups(cloudfront: "CloudFrontClient", name: str, known: str = "") -> list[Found]:
    """The key group with this name or ID, with its comment."""
    with explained():
        groups = [item["KeyGroup"] for item in pages(cloudfront.list_key_groups, "KeyGroupList")]
    return [
        Found(group["Id"], group["KeyGroupConfig"].get("Comment", ""))
        for group in groups
        if group["KeyGroupConfig"]["Name"] == name or group["Id"] == known
    ]


def create_key_group(cloudfront: "CloudFrontClient", name: str, key_ids: list[str], mark: str) -> str:
    """Create a key group, with a comment that names its creator; returns its ID."""
    with explained():
        made = cloudfront.create_key_group(KeyGroupConfig={"Name": name, "Items": key_ids, "Comment": mark})
    return str(made["KeyGroup"]["Id"])


def set_key_group(cloudfront: "CloudFrontClient", group_id: str, key_ids: list[str]) -> list[str]:
    """Make a group contain exactly these keys; returns those that were removed."""
    with explained():
        current = cloudfront.get_key_group(Id=group_id)
        config = current["KeyGroup"]["KeyGroupConfig"]
        if set(config["Items"]) != set(key_ids):
            changed: KeyGroupConfigTypeDef = {**config, "Items": key_ids}
            cloudfront.update_key_group(Id=group_id, IfMatch=current["ETag"], KeyGroupConfig=changed)
    return [one for one in config["Items"] if one not in key_ids]


def leave_key_group(cloudfront: "CloudFrontClient", group_id: str, key_ids: list[str]) -> None:
    """Remove keys from a group that stays; a missing group is not an error."""
    with explained():
        try:
            items = cloudfront.get_key_group(Id=group_id)["KeyGroup"]["KeyGroupConfig"]["Items"]
        except ClientError as error:
            if code_of(error) != "NoSuchResource":
                raise
            return
    if set(items) & set(key_ids):
        change_key_group(cloudfront, group_id, remove=key_ids)


def change_key_group(
    cloudfront: "CloudFrontClient", group_id: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> list[str]:
    """Add and remove keys of a group; returns its keys."""
    add, remove = list(add), set(remove)
    with explained():
        current = cloudfront.get_key_group(Id=group_id)
        config = current["KeyGroup"]["KeyGroupConfig"]
        items = [key_id for key_id in dict.fromkeys([*config["Items"], *add]) if key_id not in remove]
        if len(items) > MOST_KEYS:
            raise SetupError(
                f"key group {config['Name']}: it would contain {len(items)} keys, expected at most {MOST_KEYS}: "
                "remove one"
            )
        if not items:
            raise SetupError(f"key group {config['Name']}: its last key cannot be removed: add another first")
        if items != config["Items"]:
            changed: KeyGroupConfigTypeDef = {**config, "Items": items}
            cloudfront.update_key_group(Id=group_id, IfMatch=current["ETag"], KeyGroupConfig=changed)
    return items


def begin_rotation(cloudfront: "CloudFrontClient", group_id: str, name: str, pem: str) -> str:
    """First half: trust the new key in addition to the old one, so that signers can switch. Returns its ID."""
    key_id = ensure_public_key(cloudfront, name, pem)
    change_key_group(cloudfront, group_id, add=[key_id])
    return key_id


def end_rotation(cloudfront: "CloudFrontClient", group_id: str, old_key_id: str) -> None:
    """Second half, after the URLs of the old key have expired: stop trusting it, and delete it."""
    change_key_group(cloudfront, group_id, remove=[old_key_id])
    delete_public_key(cloudfront, old_key_id)


def delete_public_key(cloudfront: "CloudFrontClient", key_id: str) -> None:
    """Delete a public key; a missing one is not an error."""
    delete_current(cloudfront.get_public_key, cloudfront.delete_public_key, key_id, "NoSuchPublicKey")


def delete_key_group(cloudfront: "CloudFrontClient", group_id: str) -> None:
    """Delete a key group; a missing one is not an error."""
    delete_current(cloudfront.get_key_group, cloudfront.delete_key_group, group_id, "NoSuchResource")


def store_private_key(secrets: "SecretsManagerClient", name: str, pem: str) -> str:
    """Store the private key in Secrets Manager; returns the ARN of the secret."""
    with explained():
        try:
            return str(secrets.create_secret(Name=name, SecretString=pem)["ARN"])
        except ClientError as error:
            if code_of(error) != "ResourceExistsException":
                raise
        return str(secrets.put_secret_value(SecretId=name, SecretString=pem)["ARN"])
