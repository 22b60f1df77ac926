"""Which behaviour applies to a path, and whether a request is allowed."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from cloudfront_signer import Decision, Verifier
from cloudfront_signer._native import PathPattern
from cloudfront_signer.edge import paths
from cloudfront_signer.edge.configuration import Behavior
from cloudfront_signer.edge.origin import Origin
from cloudfront_signer.edge.query import without_signing_parameters
from cloudfront_signer.edge.viewer_request import ViewerRequest


class Route:
    """A behaviour with its compiled pattern, its verifier and its origin."""

    def __init__(self, behavior: Behavior, origin: Origin) -> None:
        self.behavior: Behavior = behavior
        self.origin: Origin = origin
        self.pattern: PathPattern = PathPattern(behavior.path_pattern)
        self._verifier = None if behavior.public_keys is None else Verifier(behavior.public_keys)

    def decide(self, request: ViewerRequest, viewer_ip: str | None) -> Decision | None:
        """Check the signature of a request, sent from ``viewer_ip``; None if the behaviour needs no signature."""
        if self._verifier is None:
            return None
        decision = self._verifier.check(request.url, cookies=request.cookies, ip_address=viewer_ip)
        resolved = paths.without_dot_segments(request.path)
        if decision and resolved != request.path and not _names_exactly(decision, request):
            url = request.url_of(resolved)
            return self._verifier.check(url, cookies=request.cookies, ip_address=viewer_ip)
        return decision


class Routes:
    """The behaviours in their order; the first one whose pattern matches applies.

    ``origins`` are the opened origins by the spelling in ``Behavior.origin``.
    """

    def __init__(
        self, behaviors: Sequence[Behavior], origins: Mapping[str, Origin], default_root_object: str | None
    ) -> None:
        self._routes = [Route(behavior, origins[behavior.origin]) for behavior in behaviors]
        self._root = f"/{quote(default_root_object)}".encode() if default_root_object else b"/"

    def path_of(self, request: ViewerRequest) -> bytes:
        """Return the path that is matched with behaviours and sent to origins."""
        path = paths.normalized(request.path)
        return self._root if path == b"/" else path

    def match(self, path: bytes) -> Route | None:
        """Return the route of a path, None if no pattern matches."""
        return next((route for route in self._routes if route.pattern.matches(path)), None)

    def evaded(self, route: Route, *readings: bytes) -> Route | None:
        """Return the signed behaviour that a request bypasses if the origin of ``route`` reads its path differently.

        ``readings`` are the paths that such an origin may see.
        """
        for other in map(self.match, readings):
            if other is not None and other.behavior.public_keys not in (None, route.behavior.public_keys):
                return other
        return None


def _names_exactly(decision: Decision, request: ViewerRequest) -> bool:
    """Check whether the signer named exactly the URL that was sent, including its dot segments."""
    query = without_signing_parameters(request.query)
    target = (request.path + (b"?" + query if query else b"")).decode("latin-1")
    return decision.policy is not None and (decision.policy.resource or "").endswith(target)
