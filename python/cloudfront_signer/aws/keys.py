"""Step 6: the key pair. The private half is made here and stays here; CloudFront gets the public one."""

import os
import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from botocore.exceptions import ClientError

from cloudfront_signer import InvalidKeyError, PrivateKey
from cloudfront_signer._files import write_atomically
from cloudfront_signer._native import excerpt
from cloudfront_signer.aws.errors import SetupError, code_of, explained
from cloudfront_signer.aws.origin_access import pages

# CloudFront's quota (spec: five keys a group).
_MOST_KEYS = 5


def ensure_private_key(path: Path, kind: Literal["rsa-2048", "ecdsa-p256"] = "rsa-2048") -> PrivateKey:
    """The key of a file, made with mode 0600 if there is none; a file that is there is never replaced."""
    if os.path.exists(path):
        return PrivateKey.from_file(path)
    key = PrivateKey.generate(kind)
    try:
        write_atomically(path, key.to_pem(), 0o600)
    except OSError as error:
        raise SetupError(f"{excerpt(str(path))}: {error.strerror}") from None
    return key


def ensure_public_key(cloudfront: Any, name: str, pem: str) -> str:
    """Upload a public key; gives its id, which is the key pair id. Raises SetupError if the name has another key."""
    with explained():
        for item in pages(cloudfront.list_public_keys, "PublicKeyList"):
            if item["Name"] == name:
                if item["EncodedKey"].strip() != pem.strip():
                    raise SetupError(f"public key {name}: another key has this name: rotate it, or choose another name")
                return str(item["Id"])
        config = {"CallerReference": f"{name}-{time.time_ns()}", "Name": name, "EncodedKey": pem}
        return str(cloudfront.create_public_key(PublicKeyConfig=config)["PublicKey"]["Id"])


def ensure_key_group(cloudfront: Any, name: str, key_ids: Iterable[str]) -> str:
    """A key group that holds these keys; others that are in it stay. Gives its id."""
    wanted = list(key_ids)
    with explained():
        for item in pages(cloudfront.list_key_groups, "KeyGroupList"):
            group = item["KeyGroup"]
            if group["KeyGroupConfig"]["Name"] == name:
                missing = [key_id for key_id in wanted if key_id not in group["KeyGroupConfig"]["Items"]]
                if missing:
                    change_key_group(cloudfront, group["Id"], add=missing)
                return str(group["Id"])
        made = cloudfront.create_key_group(KeyGroupConfig={"Name": name, "Items": wanted})
        return str(made["KeyGroup"]["Id"])


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
            f"{excerpt(path.name, str(path))}: pk-APK….pem is due, as the console names it; or give the id yourself"
        )
    return found[1]
