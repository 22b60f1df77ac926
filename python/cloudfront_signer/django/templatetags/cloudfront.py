"""``{% load cloudfront %}``: signed URLs in templates.

::

    {% signed_url "videos/a.mp4" expires="5m" %}
    {% signed_url photo.image resource="photos/*" as url %}
    {{ photo.image|signed_url:"5m" }}
    {% signed_urls %}{% for photo in photos %}<img src="{% signed_url photo.image %}">{% endfor %}{% endsigned_urls %}

An empty name, or a field without a file, renders as nothing.
"""

from typing import Any

from django import template
from django.template.base import Node, NodeList, Parser, Token
from django.template.context import Context
from django.template.library import SimpleNode
from django.templatetags.cache import CacheNode
from django.utils.safestring import SafeString

from cloudfront_signer.django import signing
from cloudfront_signer.django.batch import Batch, current
from cloudfront_signer.django.conf import DEFAULT

register: template.Library = template.Library()


def signed_url(
    context: Context,
    file: object,
    expires: Any = None,
    align: Any = None,
    resource: str | None = None,
    signer: str = DEFAULT,
) -> str:
    """Sign the URL of a file; in ``{% signed_urls %}`` together with the others."""
    if not file:
        return ""
    if batch := current.get():
        mark = batch.add(
            file, expires=expires, align=align, resource=resource, signer=signer, escaped=bool(context.autoescape)
        )
        return SafeString(mark)
    return signing.signed_url(file, expires=expires, align=align, resource=resource, signer=signer)


def _signed_now(_: Context, file: object, *args: Any, **options: Any) -> str:
    """Sign at once what goes into a variable: a filter may change it, or the template compare it."""
    names = ("expires", "align", "resource", "signer")
    return signing.signed_url(file, **dict(zip(names, args, strict=False)), **options) if file else ""


_library = template.Library()
_library.simple_tag(signed_url, takes_context=True)


@register.tag("signed_url")
def _compile(parser: Parser, token: Token) -> Node:
    node: Node = _library.tags["signed_url"](parser, token)
    if isinstance(node, SimpleNode) and node.target_var is not None:
        node.func = _signed_now
    return node


@register.filter("signed_url", needs_autoescape=True)
def signed_url_filter(file: object, expires: Any = None, autoescape: bool = True) -> str:
    """Sign the URL of a file; the argument is the expiry."""
    if not file:
        return ""
    if batch := current.get():
        mark = batch.add(file, expires=expires, align=None, resource=None, signer=DEFAULT, escaped=autoescape)
        return SafeString(mark)
    return signing.signed_url(file, expires=expires)


class SignedUrlsNode(Node):
    """A part of a page whose URLs are signed in one batch."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        """Render the part with marks, then replace them."""
        if current.get() is not None:
            return self.nodelist.render(context)
        batch = Batch()
        token = current.set(batch)
        try:
            rendered = self.nodelist.render(context)
        finally:
            current.reset(token)
        return SafeString(batch.sign(rendered))


@register.tag("signed_urls")
def _signed_urls(parser: Parser, token: Token) -> SignedUrlsNode:
    """``{% signed_urls %}…{% endsigned_urls %}``: sign all URLs of the part in one batch."""
    if len(token.split_contents()) > 1:
        raise template.TemplateSyntaxError("signed_urls takes no arguments: each signed_url has its own")
    nodelist = parser.parse(("endsigned_urls",))
    parser.delete_first_token()
    if nodelist.get_nodes_by_type(CacheNode):
        raise template.TemplateSyntaxError("signed_urls cannot contain cache: put signed_urls into the cached part")
    return SignedUrlsNode(nodelist)
