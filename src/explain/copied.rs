//! Signed URLs that lost their form on the way: copied from HTML, JSON or a shell, or put together by hand.

use crate::{
    credentials::Credentials,
    wire::encoding::unescape_query,
    wire::url::{SIGNING_PARAMETERS, Url},
};

/// What happened to the URL's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum Copied {
    #[error("the URL was copied from HTML: it has &amp; for '&'")]
    Html,
    #[error("the URL was copied from JSON: it has \\u0026 for '&'")]
    Json,
    #[error("the URL has a shell's backslashes before '?', '&' or '='")]
    Shell,
    #[error("the URL has a second '?' where '&' is expected")]
    SecondQuestionMark,
    #[error("the URL has '&' where its query begins with '?'")]
    NoQuestionMark,
    #[error("the signing parameters were escaped (%3F, %3D, %26), as only the Flash player needed it")]
    EscapedParameters,
}

impl Copied {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Html => "html-escaped",
            Self::Json => "json-escaped",
            Self::Shell => "shell-escaped",
            Self::SecondQuestionMark => "second-question-mark",
            Self::NoQuestionMark => "no-question-mark",
            Self::EscapedParameters => "escaped-parameters",
        }
    }

    pub(super) const fn advice(self) -> &'static str {
        match self {
            Self::Html => {
                "replace &amp; by '&': a template escaped the URL once more than the page needs, or it was copied from the page's source"
            }
            Self::Json => "read the JSON with a parser, or replace \\u0026 by '&'",
            Self::Shell => "put the URL into quotes and leave the backslashes out",
            Self::SecondQuestionMark => {
                "a URL has one '?': put '&' before the signing parameters where there is a query already"
            }
            Self::NoQuestionMark => "put '?' before the first parameter, '&' before the others",
            Self::EscapedParameters => "use the signed URL as it is; sign_stream escapes for the Flash player alone",
        }
    }
}

/// The URL as it was meant, if its text shows that it lost its form.
pub(super) fn meant(text: &str) -> Option<(Copied, String)> {
    let candidates = [
        (Copied::Html, text.replace("&amp;", "&").replace("&#38;", "&").replace("&#x26;", "&")),
        (Copied::Json, text.replace("\\u0026", "&").replace("\\u003d", "=").replace("\\/", "/")),
        (Copied::Shell, text.replace("\\?", "?").replace("\\&", "&").replace("\\=", "=")),
        (Copied::SecondQuestionMark, before_parameters(text, '?', '&', 1)),
        (Copied::NoQuestionMark, if text.contains('?') { text.to_owned() } else { text.replacen('&', "?", 1) }),
        (Copied::EscapedParameters, unescape_query(text)),
    ];
    let count = parameters(text);
    candidates.into_iter().find(|(_, candidate)| candidate != text && parameters(candidate) > count)
}

/// How many signing parameters are there with a plausible value.
fn parameters(text: &str) -> usize {
    let Ok(url) = Url::parse_request(text) else { return 0 };
    let credentials = Credentials::from_url(&url);
    let plausible = |value: &str| !value.contains(['?', '&', '=']) || value.trim_end_matches('=').find('=').is_none();
    SIGNING_PARAMETERS.into_iter().filter(|name| credentials.value(name).is_some_and(plausible)).count()
}

/// Replaces `found` before a signing parameter's name, the first `spared` of them apart.
fn before_parameters(text: &str, found: char, by: char, spared: usize) -> String {
    let mut replaced = String::with_capacity(text.len());
    for (number, (at, part)) in text
        .split(found)
        .scan(0, |at, part| {
            let begins = *at;
            *at += part.len() + found.len_utf8();
            Some((begins, part))
        })
        .enumerate()
    {
        if at > 0 {
            let signing =
                SIGNING_PARAMETERS.iter().any(|name| part.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')));
            replaced.push(if signing && number > spared { by } else { found });
        }
        replaced.push_str(part);
    }
    replaced
}
