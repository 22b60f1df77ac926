"""What the edge knows of one request and its outcome, shared by the layers through the ASGI scope."""

from dataclasses import dataclass

from starlette.types import Scope

from cloudfront_signer import Decision
from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.edge.routes import Route
from cloudfront_signer.edge.viewer_request import ViewerRequest

_KEY = "cloudfront_signer.exchange"


@dataclass(slots=True, repr=False)
class Exchange(MaskedRepr):
    """A request and its outcome. Each fact is determined once, by one layer.

    ``path`` is the normalised path and ``route`` the behaviour that applies to it. ``decision`` is the result of the
    signature check, None if none is needed. ``reason`` explains a refusal, ``warning`` what may go wrong at the origin.
    """

    request: ViewerRequest
    path: bytes = b""
    route: Route | None = None
    decision: Decision | None = None
    reason: str | None = None
    warning: str | None = None

    @property
    def is_denied(self) -> bool:
        """Whether the request needs a valid signature and has none."""
        return self.decision is not None and not self.decision.allowed

    def attach(self, scope: Scope) -> None:
        """Store the exchange in a request's scope."""
        scope[_KEY] = self

    @classmethod
    def of(cls, scope: Scope) -> "Exchange":
        """Return the exchange of a request."""
        exchange: Exchange = scope[_KEY]
        return exchange
