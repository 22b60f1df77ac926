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
    #[error("variable {0:?} is not defined: expected an EXT-X-DEFINE before it, or its value beside the playlist")]
    UndefinedVariable(Excerpt),
    #[error("variable {0:?} is defined twice")]
    DuplicateVariable(Excerpt),
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
    #[error("playlist {0:?} has an absolute URI, which does not lead to the application: make it relative")]
    AbsolutePlaylist(Excerpt),
}
