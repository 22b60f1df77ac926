//! The ways in which a request could have been meant: each with the mistakes that it would show.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE},
};
use percent_encoding::percent_decode_str;

use super::{
    json_spelling::spellings,
    mistake::Mistake,
    url_forms::{Form, patterns, url_forms},
};
use crate::{
    credentials::Credentials,
    hash_algorithm::HashAlgorithm,
    key::{KeyKind, PublicKey},
    policy::EpochSeconds,
    text::Excerpt,
    verify::verifier::{Denial, Signed, Verifier},
    wire::encoding::{decode_base64, encode_base64},
};

/// Of so many forms of a URL other spellings of the JSON are tried as well.
const MOST_RESPELLED: usize = 8;

/// Of more trusted keys than this the others are not tried.
const MOST_KEYS: usize = 50;

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

/// Bytes that may have been signed, and what the edge reads in their place.
#[derive(Debug, Clone)]
pub(super) struct Message {
    signed: Signed,
    bytes: Option<Vec<u8>>,
}

impl Message {
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.as_deref().unwrap_or_else(|| self.signed.as_bytes())
    }

    pub(super) fn into_signed(self) -> Signed {
        self.signed
    }

    fn of(signed: Signed) -> Self {
        Self { signed, bytes: None }
    }
}

/// The URLs of one request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Urls<'a> {
    /// As the edge gets it.
    pub(super) sent: &'a str,
    /// The URL that the credentials stood in, where it is another.
    pub(super) signed_for: Option<&'a str>,
    /// What was given, before anything was made of it.
    pub(super) pasted: Option<&'a str>,
}

impl Urls<'_> {
    pub(super) fn forms(&self) -> Vec<Form> {
        url_forms(self.sent, self.signed_for, self.pasted)
    }
}

/// What may have been signed: the policy as sent, with its base64 mended or its JSON spelled otherwise, or a canned
/// policy of the URL or of another form of it. Some 1,000 at most.
pub(super) fn messages(
    sent: Result<Signed, Denial>,
    urls: &Urls<'_>,
    credentials: &Credentials<'_>,
    in_cookies: bool,
) -> Result<Vec<Trial<Message>>, Denial> {
    let sent = match sent {
        Err(Denial::PolicyNotBase64) => {
            let policy = credentials.value("Policy").and_then(|policy| mend_base64("Policy", policy, in_cookies));
            let Trial { value, mistakes } = policy.ok_or(Denial::PolicyNotBase64)?;
            Trial { value: Signed::Custom(value), mistakes }
        }
        other => Trial::as_sent(other?),
    };
    let mut messages = vec![Trial { value: Message::of(sent.value.clone()), mistakes: sent.mistakes.clone() }];
    let mut respelled = respellings(&sent.value, usize::MAX);
    if let Signed::Canned(policy) = &sent.value {
        let end = policy.conditions().expires();
        let forms: Vec<_> = urls.forms().into_iter().chain(patterns(urls.sent)).collect();
        messages.extend(forms.iter().map(|form| canned(form, end)));
        for (form, mistake) in forms.iter().take(MOST_RESPELLED) {
            for mut trial in respellings(&Signed::canned(form, end), 1) {
                trial.mistakes.insert(0, mistake.clone());
                respelled.push(trial);
            }
        }
    }
    for trial in &mut respelled {
        trial.mistakes.splice(..0, sent.mistakes.iter().cloned());
        trial.value.signed = sent.value.clone();
    }
    messages.extend(respelled);
    Ok(messages)
}

fn canned((form, mistake): &Form, end: EpochSeconds) -> Trial<Message> {
    Trial::with(Message::of(Signed::canned(form, end)), mistake.clone())
}

/// Other spellings with at most so many peculiarities, and the base64 of the policy.
fn respellings(signed: &Signed, peculiarities: usize) -> Vec<Trial<Message>> {
    let json = signed.as_bytes();
    let Ok(text) = std::str::from_utf8(json) else {
        return Vec::new();
    };
    let message = |bytes: Vec<u8>| Message { signed: signed.clone(), bytes: Some(bytes) };
    let spelled = spellings(text).into_iter().filter(|spelling| spelling.told.split(", ").count() <= peculiarities);
    let spelled =
        spelled.map(|one| Trial::with(message(one.json.into_bytes()), Mistake::JsonSpelling { spelling: one.told }));
    let encoded = [encode_base64(json), STANDARD.encode(json), URL_SAFE.encode(json), STANDARD_NO_PAD.encode(json)];
    let lines = encoded.clone().map(|text| text + "\n");
    let encoded =
        encoded.into_iter().chain(lines).map(|text| Trial::with(message(text.into_bytes()), Mistake::SignedBase64));
    spelled.chain(encoded).collect()
}

/// The signature as sent, or mended; an ECDSA signature also as DER.
pub(super) fn signatures(text: &str, in_cookies: bool) -> Vec<Trial<Vec<u8>>> {
    let sent = match decode_base64(text) {
        Ok(signature) => Some(Trial::as_sent(signature)),
        Err(_) => mend_base64("Signature", text, in_cookies),
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
    let named = verifier.key(sent).map(Trial::as_sent);
    let mut others: Vec<&str> = verifier.key_ids().filter(|id| *id != sent).collect();
    others.sort_unstable();
    let others = others.into_iter().take(MOST_KEYS).filter_map(|id| {
        let mistake = Mistake::OtherKey { signed: Excerpt::new(id), sent: Excerpt::new(sent) };
        Some(Trial::with(verifier.key(id)?, mistake))
    });
    named.into_iter().chain(others).collect()
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

/// Reads base64 that something on the way has changed.
fn mend_base64(parameter: &'static str, sent: &str, in_cookies: bool) -> Option<Trial<Vec<u8>>> {
    let mut mistakes = Vec::new();
    let mut decoded = sent.to_owned();
    for _ in 0..3 {
        decoded = percent_decode_str(&decoded).decode_utf8().ok()?.into_owned();
    }
    if decoded != sent && in_cookies {
        mistakes.push(Mistake::EncodedCookie { parameter });
    }
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
    if !text.len().is_multiple_of(4) {
        mistakes.push(Mistake::LostPadding { parameter });
        text.extend(std::iter::repeat_n('_', 4 - text.len() % 4));
    }
    decode_base64(&text).ok().map(|value| Trial { value, mistakes })
}
