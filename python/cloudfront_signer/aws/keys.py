"""Step 6: the key pair. The private half is made here and stays here; CloudFront gets the public one."""

import hashlib
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from botocore.exceptions import ClientError

from cloudfront_signer import InvalidKeyError, PrivateKey
from cloudfront_signer._atomic_file import create_exclusively
from cloudfront_signer._native import excerpt
from cloudfront_signer.aws.errors import SetupError, code_of, explained
from cloudfront_signer.aws.origin_access import pages
from cloudfront_signer.aws.ownership import Found

# CloudFront's quota (spec: five keys a group).
_MOST_KEYS = 5


def ensure_private_key(path: Path, kind: Literal["rsa-2048", "ecdsa-p256"] = "rsa-2048") -> PrivateKey:
    """The key of a file, made with mode 0600 if there is none; a file that is there is never replaced."""
    if not os.path.exists(path):
        try:
            create_exclusively(path, PrivateKey.generate(kind).to_pem(), 0o600)
        except FileExistsError:
            # Another run made it meanwhile: one key for both.
            pass
        except OSError as error:
            raise SetupError(f"{excerpt(str(path))}: {error.strerror}") from None
    return PrivateKey.from_file(path)


def fingerprint(pem: str) -> str:
    """Eight digits that stand for a public key in names: CloudFront's public keys cannot be changed in place."""
    return hashlib.sha256("".join(pem.split()).encode("utf-8", "surrogatepass")).hexdigest()[:8]


def key_name(name: str, pem: str) -> str:
    """What a public key is called: another key has another name."""
    return f"{name}-{fingerprint(pem)}"


def ensure_public_key(cloudfront: Any, name: str, pem: str) -> str:
    """Upload a public key; gives its id, which is the key pair id. Raises SetupError if the name has another key."""
    found = find_public_keys(cloudfront, name, pem)
    return found[0].id if found else create_public_key(cloudfront, name, pem, "made by cloudfront-signer")


def find_public_keys(cloudfront: Any, name: str, pem: str, known: str = "") -> list[Found]:
    """The public key of this name (or this id), with its comment. Raises SetupError if it is another key."""
    found = []
    with explained():
        for item in pages(cloudfront.list_public_keys, "PublicKeyList"):
            if item["Name"] != name and item["Id"] != known:
                continue
            if "".join(item["EncodedKey"].split()) != "".join(pem.split()):
                raise SetupError(
                    f"public key {item['Id']}, {item['Name']}: it is not the private key's: restore its file, "
                    "or change keys with `cloudfront-signer aws rotate`"
                )
            found.append(Found(item["Id"], item.get("Comment", "")))
    return found


def find_marked_public_keys(cloudfront: Any, token: str) -> list[Found]:
    """The public keys whose comments say that this stack made them."""
    with explained():
        items = list(pages(cloudfront.list_public_keys, "PublicKeyList"))
    return [Found(item["Id"], item["Comment"]) for item in items if token in item.get("Comment", "")]


def create_public_key(cloudfront: Any, name: str, pem: str, mark: str) -> str:
    """Upload a public key, whose comment says who did it; gives its id."""
    config = {"CallerReference": f"{name}-{time.time_ns()}", "Name": name, "EncodedKey": pem, "Comment": mark}
    with explained():
        return str(cloudfront.create_public_key(PublicKeyConfig=config)["PublicKey"]["Id"])


def ensure_key_group(cloudfront: Any, name: str, key_ids: Iterable[str]) -> str:
    """A key group that holds these keys; others that are in it stay. Gives its id."""
    wanted = list(key_ids)
    found = find_key_groups(cloudfront, name)
    if not found:
        return create_key_group(cloudfront, name, wanted, "made by cloudfront-signer")
    change_key_group(cloudfront, found[0].id, add=wanted)
    return found[0].id


def find_key_groups(cloudfront: Any, name: str, known: str = "") -> list[Found]:
    """The key group of this name (or this id), with its comment."""
    with explained():
        groups = [item["KeyGroup"] for item in pages(cloudfront.list_key_groups, "KeyGroupList")]
    return [
        Found(group["Id"], group["KeyGroupConfig"].get("Comment", ""))
        for group in groups
        if group["KeyGroupConfig"]["Name"] == name or group["Id"] == known
    ]


def create_key_group(cloudfront: Any, name: str, key_ids: list[str], mark: str) -> str:
    """Make a key group, whose comment says who did it; gives its id."""
    with explained():
        made = cloudfront.create_key_group(KeyGroupConfig={"Name": name, "Items": key_ids, "Comment": mark})
    return str(made["KeyGroup"]["Id"])


def set_key_group(cloudfront: Any, group_id: str, key_ids: list[str]) -> list[str]:
    """Let a group hold these keys and no other; gives those that were taken out."""
    with explained():
        current = cloudfront.get_key_group(Id=group_id)
        config = current["KeyGroup"]["KeyGroupConfig"]
        if set(config["Items"]) != set(key_ids):
            changed = {**config, "Items": key_ids}
            cloudfront.update_key_group(Id=group_id, IfMatch=current["ETag"], KeyGroupConfig=changed)
    return [one for one in config["Items"] if one not in key_ids]


def leave_key_group(cloudfront: Any, group_id: str, key_ids: list[str]) -> None:
    """Take keys out of a group that stays; one that is gone already is no error."""
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
    cloudfront: Any, group_id: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> list[str]:
    """Add and remove keys of a group; gives what it holds then."""
    add, remove = list(add), set(remove)
    with explained():
        current = cloudfront.get_key_group(Id=group_id)
        config = current["KeyGroup"]["KeyGroupConfig"]
        items = [key_id for key_id in dict.fromkeys([*config["Items"], *add]) if key_id not in remove]
        if len(items) > _MOST_KEYS:
            raise SetupError(
                f"key group {config['Name']}: it would hold {len(items)} keys, {_MOST_KEYS} at most: remove one"
            )
        if not items:
            raise SetupError(f"key group {config['Name']}: its last key cannot be removed")
        if items != config["Items"]:
            changed = {**config, "Items": items}
            cloudfront.update_key_group(Id=group_id, IfMatch=current["ETag"], KeyGroupConfig=changed)
    return items


def begin_rotation(cloudfront: Any, group_id: str, name: str, pem: str) -> str:
    """First half: the new key is trusted beside the old one, so signers can be switched. Gives the new key pair id."""
    key_id = ensure_public_key(cloudfront, name, pem)
    change_key_group(cloudfront, group_id, add=[key_id])
    return key_id


def end_rotation(cloudfront: Any, group_id: str, old_key_id: str) -> None:
    """Second half, once what the old key signed has expired: it is no longer trusted, and deleted."""
    change_key_group(cloudfront, group_id, remove=[old_key_id])
    delete_public_key(cloudfront, old_key_id)


def delete_public_key(cloudfront: Any, key_id: str) -> None:
    """Delete a public key; one that is gone already is no error."""
    _delete(lambda: cloudfront.get_public_key(Id=key_id), cloudfront.delete_public_key, key_id, "NoSuchPublicKey")


def delete_key_group(cloudfront: Any, group_id: str) -> None:
    """Delete a key group; one that is gone already is no error."""
    _delete(lambda: cloudfront.get_key_group(Id=group_id), cloudfront.delete_key_group, group_id, "NoSuchResource")


def _delete(read: Any, delete: Any, resource_id: str, gone: str) -> None:
    with explained():
        try:
            delete(Id=resource_id, IfMatch=read()["ETag"])
        except ClientError as error:
            if code_of(error) != gone:
                raise


def store_private_key(secrets: Any, name: str, pem: str) -> str:
    """Keep the private key in Secrets Manager; gives the secret's ARN."""
    with explained():
        try:
            return str(secrets.create_secret(Name=name, SecretString=pem)["ARN"])
        except ClientError as error:
            if code_of(error) != "ResourceExistsException":
                raise
        return str(secrets.put_secret_value(SecretId=name, SecretString=pem)["ARN"])


def account_key_id(path: Path) -> str:
    """The id of an account's key, from the file name that the AWS console gave it (the way of 2008 to 2020).

    Such keys are made by the account's root user, in the console under Security credentials, CloudFront key pairs;
    there is no API for it. Key groups take their place.
    """
    found = re.fullmatch(r"pk-(APKA?[A-Z0-9]+)\.pem", path.name)
    if found is None:
        raise InvalidKeyError(
            f"{excerpt(path.name, str(path))}: expected pk-APK….pem, as the console names it; or give the id yourself"
        )
    return found[1]
