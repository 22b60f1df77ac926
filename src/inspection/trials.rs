//! The ways in which a request could have been meant: each with the mistakes that it would show.

use percent_encoding::percent_decode_str;

use super::mistake::Mistake;
use crate::{
    credentials::Credentials,
    encoding::decode_base64,
    hash_algorithm::HashAlgorithm,
    key::{KeyKind, PublicKey},
    url::Url,
    verifier::{Denial, Signed, Verifier, signed_bytes},
};

/// More parameters than this are tried sorted only: their orders are too many.
const MOST_PERMUTED: usize = 5;

/// Of more parameters than this no single ones are left out: a URL of thousands must not hold anybody up.
const MOST_LEFT_OUT: usize = 64;

/// One reading, and what would be wrong if it were the right one.
#[derive(Debug, Clone)]
pub(super) struct Trial<T> {
    pub(super) value: T,
    pub(super) mistakes: Vec<Mistake>,
}

impl<T> Trial<T> {
    fn as_sent(value: T) -> Self {
        Self { value, mistakes: Vec::new() }
    }

    fn with(value: T, mistake: Mistake) -> Self {
        Self { value, mistakes: vec![mistake] }
    }
}

/// What may have been signed: the policy as sent or with its base64 mended, or a canned policy of the URL or of another
/// form of it.
pub(super) fn messages(
    bare: &Url,
    signed_for: Option<&Url>,
    credentials: &Credentials<'_>,
) -> Result<Vec<Trial<Signed>>, Denial> {
    match signed_bytes(bare, credentials) {
        Ok(Signed::Canned(policy)) => {
            let end = policy.conditions().expires();
            let forms = url_forms(bare, signed_for).into_iter();
            let forms = forms.map(|(url, mistake)| Trial::with(Signed::canned(&url, end), mistake));
            Ok(std::iter::once(Trial::as_sent(Signed::Canned(policy))).chain(forms).collect())
        }
        Ok(custom @ Signed::Custom(_)) => Ok(vec![Trial::as_sent(custom)]),
        Err(Denial::PolicyNotBase64) => {
            let mended = credentials.value("Policy").and_then(|policy| mend_base64("Policy", policy));
            let Trial { value, mistakes } = mended.ok_or(Denial::PolicyNotBase64)?;
            Ok(vec![Trial { value: Signed::Custom(value), mistakes }])
        }
        Err(denial) => Err(denial),
    }
}

/// The signature as sent, or mended; an ECDSA signature also as DER.
pub(super) fn signatures(text: &str) -> Vec<Trial<Vec<u8>>> {
    let sent = match decode_base64(text) {
        Ok(signature) => Some(Trial::as_sent(signature)),
        Err(_) => mend_base64("Signature", text),
    };
    let der = sent.as_ref().and_then(|Trial { value, mistakes }| {
        let signature = p256::ecdsa::Signature::from_slice(value).ok()?;
        let mistakes = mistakes.iter().cloned().chain([Mistake::RawEcdsa]).collect();
        Some(Trial { value: signature.to_der().as_bytes().to_vec(), mistakes })
    });
    sent.into_iter().chain(der).collect()
}

/// The key that is named, and every other trusted one.
pub(super) fn keys<'a>(verifier: &'a Verifier, sent: &str) -> Vec<Trial<&'a PublicKey>> {
    let trial = |id: &'a str| {
        let key = verifier.key(id)?;
        Some(if id == sent {
            Trial::as_sent(key)
        } else {
            Trial::with(key, Mistake::OtherKey { signed: id.to_owned(), sent: sent.to_owned() })
        })
    };
    verifier.key_ids().filter_map(trial).collect()
}

/// The hash that is named, and the other one.
pub(super) fn hashes(sent: HashAlgorithm) -> [Trial<HashAlgorithm>; 2] {
    let signed = match sent {
        HashAlgorithm::Sha1 => HashAlgorithm::Sha256,
        HashAlgorithm::Sha256 => HashAlgorithm::Sha1,
    };
    [Trial::as_sent(sent), Trial::with(signed, Mistake::OtherHash { signed, sent })]
}

/// Whether a signature of this length can be one of this key at all.
pub(super) fn fits(key: &PublicKey, signature: &[u8]) -> bool {
    match key.kind() {
        KeyKind::Rsa { bits } => signature.len() == bits.div_ceil(8),
        KeyKind::EcdsaP256 => signature.len() <= 72,
    }
}

/// Other forms of a URL that may have been signed in its place.
pub(super) fn url_forms(bare: &Url, signed_for: Option<&Url>) -> Vec<(String, Mistake)> {
    let sent = bare.as_str();
    let mut forms: Vec<(String, Mistake)> = Vec::new();
    if let Some(signed) = signed_for.filter(|signed| *signed != bare) {
        forms.push((signed.as_str().to_owned(), difference(signed.as_str(), sent)));
    }
    forms.push(other_scheme(sent));
    if !sent.contains('?') {
        forms.push((format!("{sent}?"), Mistake::TrailingQuestionMark));
    }
    let decoded_once = sent.replace("%25", "%");
    let decoded = percent_decode_str(sent).decode_utf8_lossy().into_owned();
    let encoded_after = [only_what_clients_encode(sent), decoded, sent.replace("%20", "+")];
    let forms_of_encoding = std::iter::once((decoded_once, true)).chain(encoded_after.map(|form| (form, false)));
    for (form, twice) in forms_of_encoding.filter(|(form, _)| form != sent) {
        // What was signed may hold anything, and the message is one line.
        let signed = form.escape_debug().to_string();
        let mistake = if twice { Mistake::EncodedTwice { signed } } else { Mistake::EncodedAfterSigning { signed } };
        forms.push((form, mistake));
    }
    forms.extend(other_queries(sent));
    forms
}

/// What differs between the URL that was signed and the one that was requested.
pub(super) fn difference(signed: &str, sent: &str) -> Mistake {
    if other_scheme(sent).0 == signed {
        return other_scheme(sent).1;
    }
    let (signed_host, sent_host) = (host(signed), host(sent));
    let (signed, sent) = (signed.to_owned(), sent.to_owned());
    match (is_bucket(signed_host), is_bucket(sent_host)) {
        (true, false) => Mistake::SignedForBucket { signed, sent },
        (false, true) => Mistake::SentToBucket { signed, sent },
        _ => Mistake::OtherUrl { signed, sent },
    }
}

fn other_scheme(sent: &str) -> (String, Mistake) {
    let (scheme, rest) = sent.split_once("://").unwrap_or(("", sent));
    let other = if scheme == "http" { "https" } else { "http" };
    let mistake = Mistake::OtherScheme { signed: other.to_owned(), sent: scheme.to_owned() };
    (format!("{other}://{rest}"), mistake)
}

pub(super) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    &rest[..rest.find(['/', '?', ':']).unwrap_or(rest.len())]
}

/// S3's host names: `bucket.s3.amazonaws.com`, `bucket.s3.eu-west-1.amazonaws.com`, `s3-website…`, and path style.
fn is_bucket(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let s3 = |label: &str| label == "s3" || label.starts_with("s3-");
    host.strip_suffix(".cn").unwrap_or(&host).ends_with(".amazonaws.com") && host.split('.').any(s3)
}

/// Undoes what a browser or HTTP library encodes by itself: blanks, quotes, and everything outside ASCII.
fn only_what_clients_encode(sent: &str) -> String {
    let mut text = sent.to_owned();
    for (escape, plain) in [("%20", " "), ("%22", "\""), ("%5C", "\\")] {
        text = text.replace(escape, plain);
    }
    text
}

fn other_queries(sent: &str) -> Vec<(String, Mistake)> {
    let Some((path, query)) = sent.split_once('?') else {
        return Vec::new();
    };
    let pairs: Vec<&str> = query.split('&').collect();
    let with = |pairs: &[&str]| if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) };
    let mut forms = Vec::new();
    let mut without = |kept: Vec<&str>, gone: &[&str]| {
        // Names only: a value may be anybody's secret.
        let names: Vec<&str> = gone.iter().map(|pair| pair.split('=').next().unwrap_or(pair)).collect();
        forms.push((with(&kept), Mistake::AddedParameters { parameters: names.join(", ") }));
    };
    without(Vec::new(), &pairs);
    for index in 0..if pairs.len() <= MOST_LEFT_OUT { pairs.len() } else { 0 } {
        let kept = pairs.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, pair)| *pair).collect();
        without(kept, &pairs[index..=index]);
        if index + 1 < pairs.len() {
            without(pairs[..index].to_vec(), &pairs[index..]);
        }
    }
    let orders = if pairs.len() <= MOST_PERMUTED { permutations(&pairs) } else { vec![sorted(&pairs)] };
    for order in orders.into_iter().filter(|order| *order != pairs) {
        let signed = with(&order);
        forms.push((signed.clone(), Mistake::Reordered { signed }));
    }
    forms
}

fn sorted<'a>(pairs: &[&'a str]) -> Vec<&'a str> {
    let mut pairs = pairs.to_vec();
    pairs.sort_unstable();
    pairs
}

fn permutations<'a>(items: &[&'a str]) -> Vec<Vec<&'a str>> {
    let Some((first, rest)) = items.split_first() else {
        return vec![Vec::new()];
    };
    let mut all = Vec::new();
    for shorter in permutations(rest) {
        for place in 0..=shorter.len() {
            let mut longer = shorter.clone();
            longer.insert(place, first);
            all.push(longer);
        }
    }
    all
}

/// Reads base64 that something on the way has changed.
fn mend_base64(parameter: &'static str, sent: &str) -> Option<Trial<Vec<u8>>> {
    let mut mistakes = Vec::new();
    let decoded = percent_decode_str(sent).decode_utf8().ok()?;
    if decoded.contains(' ') {
        mistakes.push(Mistake::Blanks { parameter });
    }
    if decoded.contains(['+', '/', '=']) {
        mistakes.push(Mistake::StandardBase64 { parameter });
    }
    if decoded != sent && mistakes.is_empty() {
        mistakes.push(Mistake::EncodedParameter { parameter });
    }
    let mut text = decoded.replace([' ', '+'], "-").replace('/', "~").replace('=', "_");
    if text.len() % 4 != 0 {
        mistakes.push(Mistake::LostPadding { parameter });
        text.extend(std::iter::repeat_n('_', 4 - text.len() % 4));
    }
    decode_base64(&text).ok().map(|value| Trial { value, mistakes })
}
