//! Signed URLs whose text was changed: copied from HTML, JSON or a shell, or put together by hand.

use crate::{
    credentials::Credentials,
    verify::names,
    wire::encoding::unescape_query,
    wire::url::{SIGNING_PARAMETERS, Url},
};

/// What happened to the text of the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum Copied {
    #[error("the URL was copied from HTML: it contains &amp; where '&' is expected")]
    Html,
    #[error("the URL was copied from JSON: it contains \\u0026 where '&' is expected")]
    Json,
    #[error("the URL contains a shell's backslashes before '?', '&' or '='")]
    Shell,
    #[error("the URL contains a second '?' where '&' is expected")]
    SecondQuestionMark,
    #[error("the URL contains '&' where '?' is expected at the start of its query")]
    NoQuestionMark,
    #[error("the signing parameters are escaped (%3F, %3D, %26), which only the Flash player needed")]
    EscapedParameters,
}

impl Copied {
    names! {
        Self::Html => "html-escaped",
        Self::Json => "json-escaped",
        Self::Shell => "shell-escaped",
        Self::SecondQuestionMark => "second-question-mark",
        Self::NoQuestionMark => "no-question-mark",
        Self::EscapedParameters => "escaped-parameters",
    }

    /// What to do about it.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Html => {
                "replace &amp; with '&': a template escaped the URL once too often, or it was copied from the source of the page"
            }
            Self::Json => "read the JSON with a parser, or replace \\u0026 with '&'",
            Self::Shell => "put the URL into quotes, and remove the backslashes",
            Self::SecondQuestionMark => {
                "a URL has one '?': if there is a query already, put '&' before the signing parameters"
            }
            Self::NoQuestionMark => "put '?' before the first parameter, and '&' before the others",
            Self::EscapedParameters => "use the signed URL unescaped: only streams for the Flash player are escaped",
        }
    }
}

/// The URL that was meant, if its text shows such a change.
pub(super) fn meant(text: &str) -> Option<(Copied, String)> {
    let candidates = [
        (Copied::Html, text.replace("&amp;", "&").replace("&#38;", "&").replace("&#x26;", "&")),
        (Copied::Json, text.replace("\\u0026", "&").replace("\\u003d", "=").replace("\\/", "/")),
        (Copied::Shell, text.replace("\\?", "?").replace("\\&", "&").replace("\\=", "=")),
        (Copied::SecondQuestionMark, one_question_mark(text)),
        (Copied::NoQuestionMark, if text.contains('?') { text.to_owned() } else { text.replacen('&', "?", 1) }),
        (Copied::EscapedParameters, unescape_query(text)),
    ];
    let count = parameters(text);
    candidates.into_iter().find(|(_, candidate)| candidate != text && parameters(candidate) > count)
}

/// How many signing parameters have a plausible value.
fn parameters(text: &str) -> usize {
    let Ok(url) = Url::parse_request(text) else { return 0 };
    let credentials = Credentials::from_url(&url);
    let plausible = |value: &str| !value.contains(['?', '&', '=']) || value.trim_end_matches('=').find('=').is_none();
    SIGNING_PARAMETERS.into_iter().filter(|name| credentials.value(name).is_some_and(plausible)).count()
}

/// Writes `&` for each `?` before a signing parameter, except for the first `?` of the URL.
fn one_question_mark(text: &str) -> String {
    let Some((path, query)) = text.split_once('?') else {
        return text.to_owned();
    };
    let query = SIGNING_PARAMETERS
        .iter()
        .fold(query.to_owned(), |query, name| query.replace(&format!("?{name}="), &format!("&{name}=")));
    format!("{path}?{query}")
}
