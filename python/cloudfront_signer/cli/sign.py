"""``sign``: URLs, from arguments or from a file."""

from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from cloudfront_signer import Policy
from cloudfront_signer.cli.bulk import Columns, Refusals, count_urls, read_urls, sign_batches
from cloudfront_signer.cli.options import Json
from cloudfront_signer.cli.output import json_line, print_whole, signing_progress
from cloudfront_signer.cli.private_key import STANDARD_INPUT
from cloudfront_signer.cli.signing import (
    Address,
    After,
    HashAlgorithm,
    KeyPairId,
    PassphraseFile,
    PrivateKeyText,
    Until,
    conditions,
    open_signer,
)


def sign(
    key_pair_id: KeyPairId,
    private_key: PrivateKeyText,
    date_less_than: Until,
    url: Annotated[list[str] | None, typer.Option(help="The URL to sign. Repeatable.")] = None,
    urls_from: Annotated[
        str | None,
        typer.Option(help="A file of URLs, one per line, or with --column a Parquet file; - reads standard input."),
    ] = None,
    column: Annotated[str | None, typer.Option(help="The column of URLs in the Parquet file.")] = None,
    to: Annotated[Path | None, typer.Option(help="With --column: the Parquet file to write.")] = None,
    signed_column: Annotated[str, typer.Option(help="With --column: the name of the new column.")] = "signed_url",
    keep_going: Annotated[
        bool,
        typer.Option("--keep-going", help="Skip invalid URLs: report each on standard error and exit with status 1."),
    ] = False,
    date_greater_than: After = None,
    ip_address: Address = None,
    policy_resource: Annotated[
        str | None, typer.Option(help="The resource that the policy covers; wildcards are allowed.")
    ] = None,
    hash_algorithm: HashAlgorithm = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Sign URLs and print them to standard output, one per line. Accepts the flags of `aws cloudfront sign`.

    With --column, all columns of a Parquet file are copied to the file --to, with a column of signed URLs. Nulls stay
    null. With --keep-going, an invalid URL becomes null; its row is counted from 0.

    With --json, each line is an object {"url", "signed_url"}. With --keep-going, an invalid URL is reported as
    {"error", "message", "line"}, or with --column {"error", "message", "row"}.
    """
    _check_usage(url, urls_from, private_key, column, to)
    terms = conditions(date_less_than, date_greater_than, ip_address)
    if policy_resource is not None:
        # An invalid resource is an error of the command, not of a line.
        Policy(policy_resource, **terms)
    terms["resource"] = policy_resource
    signer = open_signer(key_pair_id, private_key, passphrase_file, hash_algorithm)
    if column is not None and urls_from is not None and to is not None:
        from cloudfront_signer.cli.parquet import sign_file

        return sign_file(signer, terms, Columns(urls_from, column, to, signed_column), keep_going)
    given, refuse = url or [], Refusals(keep_going)
    numbered = chain(((None, one) for one in given), read_urls(urls_from, refuse) if urls_from is not None else ())
    more = 0 if urls_from is None else count_urls(urls_from)
    with signing_progress(None if more is None else len(given) + more) as advance:
        for size, pairs in sign_batches(signer, numbered, terms, refuse):
            print_whole(
                json_line({"url": plain, "signed_url": signed}) if as_json else signed for plain, signed in pairs
            )
            refuse.written += len(pairs)
            advance(size)
    refuse.end()


def _check_usage(
    url: list[str] | None, urls_from: str | None, private_key: str, column: str | None, to: Path | None
) -> None:
    if not url and urls_from is None:
        raise typer.BadParameter("give --url or --urls-from")
    if urls_from == private_key == STANDARD_INPUT:
        raise typer.BadParameter("standard input cannot be both --private-key and --urls-from: give one as a file")
    if (column is None) != (to is None):
        raise typer.BadParameter("give --column and --to together: the column of a Parquet file, and the file to write")
    if column is not None and (url or urls_from == STANDARD_INPUT):
        raise typer.BadParameter("--column needs a Parquet file: give its path as --urls-from, without --url")
