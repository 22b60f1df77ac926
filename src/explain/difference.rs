//! What differs between the URL that was signed and the one that is requested.

use percent_encoding::percent_decode_str;

use super::{
    mistake::Mistake,
    url_parts::{Parts, escaped_characters, listed, resolve_dots, split},
};
use crate::{text::Excerpt, wire::url::normalize_host};

/// The difference as a mistake.
pub(super) fn difference(signed: &str, sent: &str) -> Mistake {
    let (other, rest) = other_scheme(sent);
    if signed.strip_prefix(other).and_then(|signed| signed.strip_prefix("://")) == Some(rest) {
        return Mistake::OtherScheme { signed: other, sent: if other == "http" { "https" } else { "http" } };
    }
    if signed.strip_suffix('?') == Some(sent) {
        return Mistake::TrailingQuestionMark;
    }
    let (of_signed, of_sent) = (split(signed), split(sent));
    let (signed_text, sent_text) = (Excerpt::new(signed), Excerpt::new(sent));
    match (is_bucket(of_signed.host), is_bucket(of_sent.host)) {
        (true, false) => return Mistake::SignedForBucket { signed: signed_text, sent: sent_text },
        (false, true) => return Mistake::SentToBucket { signed: signed_text, sent: sent_text },
        _ => {}
    }
    let same_place = of_signed.path == of_sent.path && of_signed.query == of_sent.query;
    let same_host = of_signed.host == of_sent.host && of_signed.query == of_sent.query;
    if same_place && of_signed.host.eq_ignore_ascii_case(of_sent.host) {
        return Mistake::UpperCaseHost { signed: Excerpt::new(of_signed.host), sent: Excerpt::new(of_sent.host) };
    }
    let normal = |parts: Parts<'_>| normalize_host(&parts.scheme.to_ascii_lowercase(), parts.host).into_owned();
    if same_place && normal(of_signed) == normal(of_sent) {
        return Mistake::DefaultPort { signed: Excerpt::new(of_signed.host), sent: Excerpt::new(of_sent.host) };
    }
    if same_host && resolve_dots(of_signed.path) == resolve_dots(of_sent.path) {
        return Mistake::DotSegments { signed: signed_text };
    }
    if same_host && single_slashes(of_signed.path) == single_slashes(of_sent.path) {
        return Mistake::DoubledSlash { signed: signed_text };
    }
    if percent_decode_str(signed).eq(percent_decode_str(sent)) {
        return encoding_mistake(signed, sent);
    }
    Mistake::OtherUrl { signed: signed_text, sent: sent_text }
}

/// The scheme that the URL does not have, and the URL without its own.
pub(super) fn other_scheme(url: &str) -> (&'static str, &str) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    (if scheme == "http" { "https" } else { "http" }, rest)
}

/// How the percent-encoding differs.
pub(super) fn encoding_mistake(signed: &str, sent: &str) -> Mistake {
    let (of_signed, of_sent) = (escaped_characters(signed), escaped_characters(sent));
    let only = |these: &[char], others: &[char]| {
        listed(&these.iter().copied().filter(|one| !others.contains(one)).collect::<Vec<_>>())
    };
    let (encoded, decoded) = (only(&of_sent, &of_signed), only(&of_signed, &of_sent));
    let signed_text = Excerpt::new(signed);
    if !encoded.is_empty() {
        Mistake::EncodedAfterSigning { characters: encoded, signed: signed_text }
    } else if !decoded.is_empty() {
        Mistake::DecodedAfterSigning { characters: decoded, signed: signed_text }
    } else {
        Mistake::OtherEscapes { signed: signed_text }
    }
}

/// Whether this is a host name of S3: `bucket.s3.amazonaws.com`, `bucket.s3.eu-west-1.amazonaws.com`, `s3-website…`, or path
/// style.
pub(super) fn is_bucket(host: &str) -> bool {
    let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    let s3 = |label: &str| label == "s3" || label.starts_with("s3-") || label.starts_with("s3express-");
    host.strip_suffix(".cn").unwrap_or(&host).ends_with(".amazonaws.com") && host.split('.').any(s3)
}

/// The path with each run of slashes as one.
pub(super) fn single_slashes(path: &str) -> String {
    let mut single = path.to_owned();
    while single.contains("//") {
        single = single.replace("//", "/");
    }
    single
}
