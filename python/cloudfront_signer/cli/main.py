"""The commands and how they end: results on standard output, errors in one line on standard error."""

import errno
import os
import re
import sys
import warnings
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from cloudfront_signer import CloudFrontSignerError, ExpiredWarning, PrivateKey, __version__
from cloudfront_signer._native import excerpt, holds_key
from cloudfront_signer._signals import Terminated, terminated_in_order
from cloudfront_signer.cli.aws.stack import app as aws_app
from cloudfront_signer.cli.aws_globals import EPILOG, CommandWithAwsGlobals
from cloudfront_signer.cli.edge import edge
from cloudfront_signer.cli.help import complete, is_bare
from cloudfront_signer.cli.inspect import inspect
from cloudfront_signer.cli.output import complain, tell, use_json
from cloudfront_signer.cli.private_key import check_names, given_passphrase, write_pair
from cloudfront_signer.cli.sign import cookies, policy, sign

# Commands import what they need when they run, so that the others do without.
_EXTRAS = {"boto3": "aws", "botocore": "aws", "starlette": "edge", "uvicorn": "edge", "httpx": "edge", "anyio": "edge"}

_PROGRAM = "cloudfront-signer"

# An error of these without a file's name is that of standard output: all else is written by name.
_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}

# What a shell sets that asks how a line may go on.
_COMPLETING = "_CLOUDFRONT_SIGNER_COMPLETE"

_OPTION = re.compile(r"--[a-z]+(-[a-z]+)*")

app: typer.Typer = typer.Typer(
    name=_PROGRAM,
    help="Sign CloudFront private content.",
    pretty_exceptions_enable=False,
    # Markup would take [aws] for a style.
    rich_markup_mode=None,
)
app.command(cls=CommandWithAwsGlobals, epilog=EPILOG)(sign)
app.command()(cookies)
app.command()(policy)
app.command()(inspect)
app.command()(edge)
app.add_typer(aws_app, name="aws")


def main() -> int:
    """Run the command line and return its exit status.

    0, 1 for a refusal, 2 for wrong use, 130 for Ctrl-C, and 128 and its number for another signal that ended it.
    """
    use_json("--json" in sys.argv[1:])
    if sys.stdout is None:
        return _fail("standard output is closed: redirect it to a file, or to /dev/null", "OSError")
    if refusal := _key_among(sys.argv[1:]):
        return _fail(refusal, "UsageError", 2)
    # The commands say it once, in the words of their options.
    warnings.simplefilter("ignore", ExpiredWarning)
    status = _status_of(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError as error:
        # What is left there would be tried once more, and fail, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # Whoever read has gone: that is no error of ours. Others were said by now, save for a result's last part.
        if status == 0 and not isinstance(error, BrokenPipeError):
            return _fail(f"standard output: {error.strerror}", "OSError")
        return status or 1
    return status


def _status_of(arguments: list[str]) -> int:
    try:
        with terminated_in_order():
            status = _run(arguments)
    except CloudFrontSignerError as error:
        return _fail(str(error), type(error).__name__)
    except typer.TyperException as error:
        return _fail(error.format_message() if hasattr(error, "format_message") else str(error), "UsageError", 2)
    except ModuleNotFoundError as missing:
        extra = _EXTRAS.get((missing.name or "").partition(".")[0])
        if extra is None:
            raise
        needed = f"this needs an extra ({missing.name} is missing): pip install 'cloudfront-signer[{extra}]'"
        return _fail(needed, "ModuleNotFoundError")
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except Terminated as ended:
        status = ended.code
    except BrokenPipeError:
        return 1
    except OSError as error:
        where = error.filename or ("standard output" if error.errno in _UNWRITABLE else None)
        return _fail(f"{excerpt(str(where))}: {error.strerror}" if where else str(error), "OSError")
    return status if isinstance(status, int) else 0


def _run(arguments: list[str]) -> object:
    command = complete(typer.main.get_command(app))
    if _COMPLETING in os.environ or not is_bare(command, arguments):
        return command.main(arguments, prog_name=_PROGRAM, standalone_mode=False)
    # As aws does it: wrong use, but help. Standard output has results alone.
    with redirect_stdout(sys.stderr):
        command.main([*arguments, "--help"], prog_name=_PROGRAM, standalone_mode=False)
    return 2


def _fail(message: str, name: str, status: int = 1) -> int:
    complain(message, name, status=status)
    return status


def _key_among(arguments: list[str]) -> str | None:
    """What to say of a key where none is taken: before anything is made of it, and whatever the option."""
    takes_keys = arguments[:1] in (["sign"], ["cookies"])
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if not holds_key(argument):
            continue
        option = argument.partition("=")[0] if _OPTION.match(argument) else before
        if not (takes_keys and option == "--private-key"):
            place = f"{option} " if _OPTION.fullmatch(option) else "an argument "
            return f"{place}is {excerpt(argument)}: a key is taken by --private-key of sign and cookies alone"
    return None


def _show_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Sign CloudFront private content."""


@app.command()
def keygen(
    out: Annotated[Path, typer.Option(help="Where the private key goes (mode 0600).")],
    public_out: Annotated[
        Path | None, typer.Option(help="Where the public key goes; when left out, beside it as NAME.pub.pem.")
    ] = None,
    kind: Annotated[str, typer.Option(help="rsa-2048 or ecdsa-p256.")] = "rsa-2048",
    encrypt: Annotated[bool, typer.Option(help="Ask for a passphrase and encrypt the key with it.")] = False,
    passphrase_file: Annotated[Path | None, typer.Option(help="Encrypt with this file's first line.")] = None,
    force: Annotated[bool, typer.Option(help="Replace files that are there.")] = False,
) -> None:
    """Make a key pair: a private key to sign with, and a public key to upload to CloudFront."""
    public = public_out or out.parent / f"{out.stem}.pub.pem"
    check_names(out, public, replace=force)
    passphrase = given_passphrase(passphrase_file)
    if encrypt and passphrase is None:
        passphrase = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    key = PrivateKey.generate(kind)  # type: ignore[arg-type]  # any text: the library says what it takes
    pair = [(out, key.to_pem(passphrase), 0o600), (public, key.public_key().to_pem(), 0o644)]
    write_pair(pair, replace=force)
    tell(f"private key: {out}\npublic key: {public} (upload it to CloudFront, its id is the key pair id)")


@app.command()
def demo(
    serve: Annotated[bool, typer.Option("--serve", help="Keep running, and open a page with the video.")] = False,
    port: Annotated[int, typer.Option(help="The signed edge's port; a free one by default.")] = 0,
    aws: Annotated[bool, typer.Option("--aws", help="At AWS, with your credentials, in --bucket.")] = False,
    bucket: Annotated[str | None, typer.Option(help="With --aws: the bucket to make.")] = None,
) -> None:
    """Sign, check with openssl, and do the guide's eight steps with no AWS account: moto is AWS, local edges serve."""
    from cloudfront_signer.demo import main as run_demo

    if aws != (bucket is not None):
        raise typer.BadParameter("--aws and --bucket NAME belong together")
    raise typer.Exit(run_demo(serve=serve, port=port, bucket=bucket))
