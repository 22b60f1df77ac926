//! The readings of a request that a diagnosis tries, each with the mistakes that it would mean.

use std::rc::Rc;

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
    hash_algorithm::HashAlgorithm,
    key::{KeyKind, PublicKey},
    text::Excerpt,
    verify::{Claim, Denial, Signed, Verifier, Via},
    wire::encoding::{decode_base64, encode_base64},
};

/// Of so many forms of a URL other spellings of the JSON are tried as well.
const MOST_RESPELLED: usize = 8;

/// At most so many keys besides the named one are tried.
const MOST_KEYS: usize = 50;

/// One reading of a part of the request, and the clues to what is wrong if it is the right one.
#[derive(Debug, Clone)]
pub(super) struct Trial<T> {
    pub(super) value: T,
    pub(super) clues: Vec<Clue>,
}

/// A mistake, or the form of a URL from which it can be worked out.
#[derive(Debug, Clone)]
pub(super) enum Clue {
    Mistake(Mistake),
    Form(Rc<Form>),
}

impl Clue {
    /// The mistake, for a request of the URL `sent`.
    pub(super) fn mistake(&self, sent: &str) -> Mistake {
        match self {
            Self::Mistake(mistake) => mistake.clone(),
            Self::Form(form) => form.mistake(sent),
        }
    }
}

impl<T> Trial<T> {
    const fn as_sent(value: T) -> Self {
        Self { value, clues: Vec::new() }
    }

    fn with(value: T, mistake: Mistake) -> Self {
        Self { value, clues: vec![Clue::Mistake(mistake)] }
    }
}

/// The URLs of one request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Urls<'a> {
    /// The URL that the edge receives, without signing parameters.
    pub(super) sent: &'a str,
    /// The URL that carried the credentials, if it is another one.
    pub(super) signed_for: Option<&'a str>,
    /// The URL before it was parsed.
    pub(super) pasted: &'a str,
}

impl Urls<'_> {
    pub(super) fn forms(&self) -> Vec<Form> {
        url_forms(self.sent, self.signed_for, Some(self.pasted))
    }
}

/// What may have been signed.
pub(super) struct Messages {
    /// What the edge reads, with its base64 mended.
    pub(super) signed: Signed,
    /// The bytes that are tried, the ones that were sent first: about 1,000 at most.
    pub(super) trials: Vec<Trial<Vec<u8>>>,
}

impl Messages {
    /// The policy as it was sent, with its base64 mended or its JSON spelled differently, or a canned policy for the URL or
    /// another form of it.
    pub(super) fn of(sent: Result<Signed, Denial>, urls: &Urls<'_>, claim: &Claim<'_>) -> Result<Self, Denial> {
        let Trial { value: signed, clues } = match sent {
            Err(Denial::PolicyNotBase64) => {
                let policy = claim.parameter("Policy").and_then(|policy| mend_base64("Policy", policy, claim.via()));
                let Trial { value, clues } = policy.ok_or(Denial::PolicyNotBase64)?;
                Trial { value: Signed::Custom(value), clues }
            }
            other => Trial::as_sent(other?),
        };
        let mut trials = vec![Trial { value: signed.as_bytes().to_vec(), clues: Vec::new() }];
        let mut respelled = respellings(signed.as_bytes(), usize::MAX);
        if let Signed::Canned(policy) = &signed {
            let end = policy.conditions().expires();
            for (number, form) in urls.forms().into_iter().chain(patterns(urls.sent)).map(Rc::new).enumerate() {
                let clue = Clue::Form(Rc::clone(&form));
                let canned = Signed::canned(&form.url, end).as_bytes().to_vec();
                if number < MOST_RESPELLED {
                    respelled.extend(respellings(&canned, 1).into_iter().map(|mut trial| {
                        trial.clues.insert(0, clue.clone());
                        trial
                    }));
                }
                trials.push(Trial { value: canned, clues: vec![clue] });
            }
        }
        trials.extend(respelled);
        for trial in &mut trials {
            trial.clues.splice(..0, clues.iter().cloned());
        }
        Ok(Self { signed, trials })
    }
}

/// Other spellings with at most so many peculiarities, and the base64 of the policy.
fn respellings(json: &[u8], most_peculiarities: usize) -> Vec<Trial<Vec<u8>>> {
    let Ok(text) = std::str::from_utf8(json) else {
        return Vec::new();
    };
    let spelled = spellings(text, most_peculiarities).into_iter().map(|spelling| {
        Trial::with(spelling.json.into_bytes(), Mistake::JsonSpelling { spelling: spelling.description })
    });
    let encoded = [encode_base64(json), STANDARD.encode(json), URL_SAFE.encode(json), STANDARD_NO_PAD.encode(json)];
    let lines = encoded.clone().map(|text| text + "\n");
    let encoded = encoded.into_iter().chain(lines).map(|text| Trial::with(text.into_bytes(), Mistake::SignedBase64));
    spelled.chain(encoded).collect()
}

/// The signature as it was sent, or with its base64 mended; an r‖s signature also as DER. Never empty.
pub(super) fn signatures(claim: &Claim<'_>) -> Result<Vec<Trial<Vec<u8>>>, Denial> {
    let sent = match claim.signature() {
        Err(Denial::SignatureNotBase64) => {
            let sent = claim.parameter("Signature").unwrap_or_default();
            mend_base64("Signature", sent, claim.via()).ok_or(Denial::SignatureNotBase64)?
        }
        other => Trial::as_sent(other?),
    };
    let der = p256::ecdsa::Signature::from_slice(&sent.value).ok().map(|signature| {
        let clues = sent.clues.iter().cloned().chain([Clue::Mistake(Mistake::RawEcdsa)]).collect();
        Trial { value: signature.to_der().as_bytes().to_vec(), clues }
    });
    Ok([sent].into_iter().chain(der).collect())
}

/// The key that the request names, and the other trusted ones.
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

/// The hash algorithm that the request names, and the other one.
pub(super) fn hashes(sent: HashAlgorithm) -> [Trial<HashAlgorithm>; 2] {
    let signed = match sent {
        HashAlgorithm::Sha1 => HashAlgorithm::Sha256,
        HashAlgorithm::Sha256 => HashAlgorithm::Sha1,
    };
    [Trial::as_sent(sent), Trial::with(signed, Mistake::OtherHash { signed, sent })]
}

/// Whether a signature of this length can be one of this key.
pub(super) fn fits(key: &PublicKey, signature: &[u8]) -> bool {
    match key.kind() {
        KeyKind::Rsa { bits } => signature.len() == bits.div_ceil(8),
        KeyKind::EcdsaP256 => signature.len() <= 72,
    }
}

/// Reads base64 that was changed on the way.
fn mend_base64(parameter: &'static str, sent: &str, via: Option<Via>) -> Option<Trial<Vec<u8>>> {
    let mut mistakes = Vec::new();
    let mut decoded = sent.to_owned();
    for _ in 0..3 {
        decoded = percent_decode_str(&decoded).decode_utf8().ok()?.into_owned();
    }
    if decoded != sent && via == Some(Via::Cookies) {
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
    decode_base64(&text).ok().map(|value| Trial { value, clues: mistakes.into_iter().map(Clue::Mistake).collect() })
}
