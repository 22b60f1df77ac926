"""A view that sends the manifest of a stream with its URIs signed."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from cloudfront_signer._manifests import answer_manifest
from cloudfront_signer.django.conf import DEFAULT, distribution


@require_safe
def signed_manifest(
    request: HttpRequest,
    name: str,
    *,
    resource: str,
    origin: str | None = None,
    hosts: Iterable[str] = (),
    signer: str = DEFAULT,
    **terms: Any,
) -> HttpResponse:
    """Fetch a manifest, sign its URIs and send it.

    Segments are then fetched from the distribution, with their signatures. Media playlists of HLS are fetched through
    the same view, whose route therefore takes the rest of the path. The view sends manifests to everybody: a decorator
    such as ``login_required`` decides who may watch, or a view of the application that calls this one::

        path(
            "watch/<path:name>",
            login_required(signed_manifest),
            {"resource": "/films/*", "expires": "2h"},
        )

    Args:
        request: The request, whose query may have the parameters of low-latency HLS.
        name: The name of the manifest's object, such as ``films/1/index.m3u8``. Only manifests are fetched (``.m3u8``,
            ``.m3u``, ``.mpd``), and only from the distribution or ``origin``.
        resource: A path pattern that ends in ``*``, such as ``"/films/1/*"``, that access is granted to.
        origin: Where the manifest is fetched without a signature, such as ``"http://packager.internal/out"``. By
            default it is fetched from the distribution, with a signature.
        hosts: Further hosts whose URIs are signed.
        signer: The name of a signer of the settings.
        **terms: ``expires``, ``align``, ``not_before`` and ``ip_address``, as for ``CloudFrontSigner.grant``.

    Returns:
        The manifest, which browsers keep for a minute at most, and not at all if the stream is live. The response is
        404 if the name is not that of a manifest, 403 or 404 if the origin says so, 504 if it does not respond in time,
        and 502 for everything else that it sends. The reason is logged.

    Raises:
        ImproperlyConfigured: The settings are not valid.
        CloudFrontSignerError: A term is not valid, or the resource does not cover the manifest.
    """
    query = request.META.get("QUERY_STRING", "")
    answer = answer_manifest(
        distribution(signer), name, query, resource=resource, origin=origin, hosts=hosts, terms=terms
    )
    return HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))
