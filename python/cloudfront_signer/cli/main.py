"""The commands, and how they end: an exit status and, for an error, one line on standard error."""

import errno
import os
import re
import sys
import warnings
from contextlib import redirect_stdout
from typing import Annotated

import typer

from cloudfront_signer import CloudFrontSignerError, ExpiredWarning, __version__
from cloudfront_signer._native import excerpt, holds_key
from cloudfront_signer._signals import Terminated, terminated_in_order
from cloudfront_signer.cli.aws import app as aws_app
from cloudfront_signer.cli.aws_globals import EPILOG, CommandWithAwsGlobals
from cloudfront_signer.cli.cookies import cookies
from cloudfront_signer.cli.dash import dash
from cloudfront_signer.cli.demo import demo
from cloudfront_signer.cli.edge import edge
from cloudfront_signer.cli.help import complete, is_bare
from cloudfront_signer.cli.hls import hls
from cloudfront_signer.cli.inspect import inspect
from cloudfront_signer.cli.keygen import keygen
from cloudfront_signer.cli.output import complain, result, use_json
from cloudfront_signer.cli.policy import policy
from cloudfront_signer.cli.sign import sign

# Commands import these when they run, so that the other commands work without the extras.
_EXTRAS = {
    "boto3": "aws",
    "botocore": "aws",
    "pyarrow": "arrow",
    "starlette": "edge",
    "uvicorn": "edge",
    "httpx": "edge",
    "anyio": "edge",
}

_PROGRAM = "cloudfront-signer"

# Such an error without a file name concerns standard output: everything else is written by name.
_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}

# Shells set this variable to ask for completions.
_COMPLETING = "_CLOUDFRONT_SIGNER_COMPLETE"

# The commands whose --private-key may be the key itself.
_TAKES_KEYS = ("sign", "cookies", "hls", "dash")

_OPTION = re.compile(r"--[a-z]+(-[a-z]+)*")

app: typer.Typer = typer.Typer(
    name=_PROGRAM,
    help="Sign, verify and explain CloudFront signed URLs and cookies.",
    pretty_exceptions_enable=False,
    # Markup would interpret [aws] as a style.
    rich_markup_mode=None,
)
app.command(cls=CommandWithAwsGlobals, epilog=EPILOG)(sign)
app.command()(cookies)
app.command()(policy)
app.command()(hls)
app.command()(dash)
app.command()(inspect)
app.command()(keygen)
app.command()(edge)
app.command()(demo)
app.add_typer(aws_app, name="aws")


def main() -> int:
    """Run the command line and return its exit status.

    0 for success, 1 for an error, 2 for invalid usage, 130 for Ctrl-C, and 128 plus the number of another signal.
    """
    use_json("--json" in sys.argv[1:])
    if sys.stdout is None:
        return _fail("standard output is closed: redirect it to a file, or to /dev/null", "OSError")
    if refusal := _key_among(sys.argv[1:]):
        return _fail(refusal, "UsageError", 2)
    # The commands warn themselves, once, and name the option.
    warnings.simplefilter("ignore", ExpiredWarning)
    status = _status_of(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError as error:
        # The interpreter would try to write the rest at exit, and fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # A reader that has gone away is no error. Other errors have been reported, unless the last flush failed.
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
        needed = (
            f"{missing.name} is not installed: this command needs an extra: pip install 'cloudfront-signer[{extra}]'"
        )
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
    # As for aws: invalid usage, answered with the help, which is no result.
    with redirect_stdout(sys.stderr):
        command.main([*arguments, "--help"], prog_name=_PROGRAM, standalone_mode=False)
    return 2


def _fail(message: str, name: str, status: int = 1) -> int:
    complain(message, name, status=status)
    return status


def _key_among(arguments: list[str]) -> str | None:
    """The error for a key in an argument that takes none, before any command sees it."""
    takes_keys = arguments[:1] in ([name] for name in _TAKES_KEYS)
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if not holds_key(argument):
            continue
        option = argument.partition("=")[0] if _OPTION.match(argument) else before
        if not (takes_keys and option == "--private-key"):
            place = f"{option} " if _OPTION.fullmatch(option) else "an argument "
            names = f"{', '.join(_TAKES_KEYS[:-1])} and {_TAKES_KEYS[-1]}"
            return f"{place}contains a key ({excerpt(argument)}): only --private-key of {names} accepts one"
    return None


def _show_version(wanted: bool) -> None:
    if wanted:
        result(__version__)
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Sign, verify and explain CloudFront signed URLs and cookies."""
