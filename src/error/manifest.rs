//! Why a manifest was refused.

use crate::text::Excerpt;

/// Why a manifest of a stream was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum ManifestError {
    #[error("the manifest is empty")]
    Empty,
    #[error("this is UTF-16 text: save the manifest as UTF-8")]
    Utf16,
    #[error("the manifest holds bytes that are not UTF-8")]
    NotUtf8,
    #[error("not an HLS playlist: expected #EXTM3U, found {0:?}")]
    NotAPlaylist(Excerpt),
    #[error("a carriage return that ends no line: end lines with a line feed, or with both")]
    LoneCarriageReturn,
    #[error("attribute value {0:?} has no closing quote: the playlist is cut off or damaged")]
    UnclosedQuote(Excerpt),
    #[error("{0:?}: expected an attribute and its value; the playlist is cut off or damaged")]
    NotAnAttribute(Excerpt),
    #[error("URI {0:?} holds a control character: percent-encode it")]
    ControlCharacter(Excerpt),
    #[error("variable {0:?} is not defined: expected an EXT-X-DEFINE before it, or its value passed with the playlist")]
    UndefinedVariable(Excerpt),
    #[error("variable {0:?} is defined twice")]
    DuplicateVariable(Excerpt),
    #[error("the values of the variables have more than {0} bytes: define fewer, or shorter ones")]
    TooManyVariables(usize),
    #[error("URI {0:?} takes its fragment from a variable: write the fragment in the URI")]
    FragmentInVariable(Excerpt),
    #[error("the playlist defines {0:?} already, so it takes signing parameters from its URL: pass the original")]
    DefinesParameter(Excerpt),
    #[error(
        "the policy covers {0}, which does not end in *: players add parameters such as _HLS_msn and CMCD to the query, and they would be denied"
    )]
    NarrowPolicy(Excerpt),
    #[error(
        "URI {0:?} has a * or a second ?, which a policy of its own would read as a wildcard: percent-encode it, or use one policy for all URIs"
    )]
    Wildcard(Excerpt),
    #[error("the folder {0:?} has a *, which a policy for it would read as a wildcard: give the resource")]
    WildcardFolder(Excerpt),
    #[error("playlist {0:?} has an absolute URI, which does not lead to the application: make it relative")]
    AbsolutePlaylist(Excerpt),
    #[error("not an MPD: expected an MPD element, found {0:?}")]
    NotAnMpd(Excerpt),
    #[error("not well-formed XML: {0}; the MPD is cut off or damaged")]
    NotWellFormed(Excerpt),
    #[error("the MPD ends before its last element does: it is cut off")]
    Unfinished,
    #[error("{0:?} comes after the end of the MPD: expected one MPD element")]
    AfterMpd(Excerpt),
    #[error("element {0:?} has a prefix without a namespace: declare it, xmlns:…")]
    UnknownPrefix(Excerpt),
    #[error("elements are nested more than {0} deep: no player expects that of an MPD")]
    TooDeep(usize),
    #[error("the document type has declarations, which are not expanded: remove them, [ … ]")]
    DocumentType,
    #[error("the MPD declares the encoding {0:?}: save it as UTF-8")]
    Encoding(Excerpt),
    #[error("URI {0:?} has a reference other than &amp; &lt; &gt; &quot; &apos; and characters: write the text itself")]
    UnknownReference(Excerpt),
    #[error("URI {0:?} contains markup: write it as one text")]
    MarkupInUri(Excerpt),
    #[error("BaseURL {0:?} comes after URIs that are relative to it: move it before them, where the schema expects it")]
    LateBaseUrl(Excerpt),
    #[error("more than {0} base URLs at once: remove some BaseURL elements")]
    TooManyBaseUrls(usize),
    #[error(
        "URI {0:?} is relative to base URLs of several hosts, and one of them is not to be signed for: it would receive the signature; name that host too, or write absolute URIs"
    )]
    MixedHosts(Excerpt),
    #[error(
        "the steering server {0:?} is asked through a proxy of another host, which would receive the signature: name that host too, or remove proxyServerURL"
    )]
    ForeignProxy(Excerpt),
    #[error(
        "id {0:?} of a Representation changes which host or folder a template leads to, or its query: expected letters, digits, hyphens"
    )]
    IdInTemplate(Excerpt),
    #[error("template {0:?} takes its scheme from the id of a Representation: write the scheme in the template")]
    SchemeInTemplate(Excerpt),
    #[error(
        "the Representation has URIs of several hosts, and players would add the signature to all of them: name the other host too, or write the signature into the MPD"
    )]
    MixedRepresentation,
    #[error(
        "URI {0:?} is relative to several base URLs, and a policy of its own covers one: use one policy for all URIs"
    )]
    SeveralUrls(Excerpt),
    #[error("template {0:?} leads to many URLs, and a policy of its own covers one: use one policy for all URIs")]
    Template(Excerpt),
    #[error("the MPD takes parameters from its own URL already ({0}): pass the original")]
    TakesParameters(Excerpt),
    #[error(
        "URI {0:?} is not that of a segment, and players add the parameters of the MPD's URL to segments only: write the signature into the MPD, or remove the URI"
    )]
    NotASegment(Excerpt),
}
