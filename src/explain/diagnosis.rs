//! Why a request with these credentials is denied: the mistakes of [`super::trials`], tried from the fewest on.

use std::{fmt, net::IpAddr};

use super::{
    cookie_text::Delivery,
    copied::Copied,
    inspection::{Inspection, Source, signature_kind},
    key_id,
    mistake::Mistake,
    policy_flaw,
    trials::{self, Trial, Urls},
    url_forms::difference,
    warnings,
};
use crate::{
    credentials::Credentials,
    error::{PolicyError, Result, UrlError},
    policy::resource::Resource,
    policy::{EpochSeconds, Policy},
    text::Excerpt,
    verify::verifier::{
        Decision, Denial, Request, Signed, Verifier, check_address, check_resource, check_time, hash_algorithm,
        signed_bytes,
    },
    wire::url::{SIGNING_PARAMETERS, Url},
};

/// More mistakes than this at once are not looked for.
const MOST_MISTAKES: usize = 3;

/// No diagnosis verifies more signatures than this, whatever it is given: at 5 to 60 µs each some 0.2 seconds.
const MOST_VERIFICATIONS: usize = 4_000;

/// The request that is to be judged.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The URL that is requested; cookies need it, a signed URL is its own.
    pub request: Option<&'a str>,
    /// The `Cookie` header that comes with a signed URL.
    pub cookies: &'a str,
    /// The viewer's address, where it is known.
    pub ip_address: Option<IpAddr>,
    /// When the request arrives.
    pub now: EpochSeconds,
}

/// What the edge would answer, and what is wrong where it denies. Printed, it shows all that, with the advice.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// The answer.
    pub decision: Decision,
    /// Empty if the request is let in.
    pub mistakes: Vec<Mistake>,
    /// What will go wrong though the edge does not say so, or will with other clients; whether the request is let in or not.
    pub warnings: Vec<Mistake>,
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.decision.denial() {
            None => write!(f, "allowed")?,
            Some(denial) => write!(f, "denied       403 {}", denial.code().name())?,
        }
        for (label, mistakes) in [("wrong", &self.mistakes), ("warning", &self.warnings)] {
            for mistake in mistakes {
                write!(f, "\n  {label:<9}  {mistake}\n  right      {}", mistake.advice())?;
            }
        }
        Ok(())
    }
}

impl Inspection {
    /// Decides a request with these credentials as the edge does, and says what is wrong if it is denied.
    ///
    /// The request is judged as it was given, byte by byte; that clients would change it on the way is a warning. The
    /// work is bounded, whatever the request.
    ///
    /// # Errors
    /// [`UrlError::RequestMissing`] for cookies without a request; the request's own [`UrlError`].
    pub fn diagnose(&self, verifier: &Verifier, circumstances: &Circumstances<'_>) -> Result<Diagnosis> {
        let sent = self.sent(circumstances)?;
        let Circumstances { ip_address, now, .. } = *circumstances;
        let check = |url: &str, cookies: &str| verifier.check(&Request { url, cookies, ip_address, now });
        let decision = check(&sent.text, &sent.delivery.header);
        let Some(denial) = decision.denial() else {
            let is_allowed = |url: &str| check(url, &sent.delivery.header).is_allowed();
            let warnings = warnings::of(&sent.text, decision.key_id(), &[], is_allowed);
            return Ok(Diagnosis { decision, mistakes: Vec::new(), warnings });
        };
        if let Some((copied, meant)) = self.meant() {
            return Self::diagnose_meant(decision, copied, meant, verifier, circumstances);
        }
        let mut mistakes = sent.delivery.problems.clone();
        if matches!(denial, Denial::TooLarge { .. }) {
            mistakes.push(Mistake::Denied(denial.clone()));
            return Ok(Diagnosis { decision, mistakes, warnings: Vec::new() });
        }
        let bare = sent.url.without_signing_parameters();
        let of_url = Credentials::from_url(&sent.url);
        let in_cookies = of_url.is_empty();
        if !in_cookies && check(bare.as_str(), &sent.delivery.header).is_allowed() {
            mistakes.push(Mistake::HiddenCookies);
        }
        let credentials = if in_cookies { Credentials::from_cookies(&sent.delivery.mended) } else { of_url };
        let pasted = without_parameters(&sent.text);
        let urls = Urls { sent: bare.as_str(), signed_for: sent.signed_for.as_deref(), pasted: Some(&pasted) };
        let case = Case { verifier, bare: &bare, urls, credentials: &credentials, in_cookies };
        mistakes.extend(case.mistakes(ip_address, now));
        let doubled = mistakes.iter().any(|mistake| matches!(mistake, Mistake::DoubledCookie { .. }));
        mistakes.retain(|mistake| !(doubled && matches!(mistake, Mistake::Denied(Denial::Doubled(_)))));
        if mistakes.is_empty() {
            mistakes.push(Mistake::Denied(denial.clone()));
        }
        let warnings = warnings::of(&sent.text, None, &mistakes, |_| true);
        Ok(Diagnosis { decision, mistakes, warnings })
    }

    /// What else is wrong with a URL, once its text is mended.
    fn diagnose_meant(
        decision: Decision,
        copied: Copied,
        meant: &str,
        verifier: &Verifier,
        circumstances: &Circumstances<'_>,
    ) -> Result<Diagnosis> {
        let inner = Self::new(meant)?.diagnose(verifier, circumstances)?;
        let mistakes = [Mistake::Copied(copied)].into_iter().chain(inner.mistakes).collect();
        Ok(Diagnosis { decision, mistakes, warnings: inner.warnings })
    }

    fn sent(&self, circumstances: &Circumstances<'_>) -> Result<Sent> {
        let request = circumstances.request.map(str::trim).map(without_fragment);
        let (text, signed_for) = match (&self.source, request) {
            (Source::Cookies(_), None) => return Err(UrlError::RequestMissing.into()),
            (Source::Cookies(_), Some(request)) => (request.to_owned(), None),
            (Source::Url { text, .. }, None) => (text.clone(), None),
            (Source::Url { text, .. }, Some(request)) => {
                (with_credentials_of(request, text), Some(without_parameters(text)))
            }
        };
        let url = Url::parse_request(&text)?;
        let delivery = match &self.source {
            Source::Cookies(cookies) => cookies.delivery(&url),
            Source::Url { .. } => {
                let cookies = circumstances.cookies.to_owned();
                Delivery { header: cookies.clone(), mended: cookies, problems: Vec::new() }
            }
        };
        Ok(Sent { text, url, signed_for, delivery })
    }
}

/// What goes over the wire.
struct Sent {
    /// As it was given, without the fragment.
    text: String,
    url: Url,
    /// The URL that the credentials stood in.
    signed_for: Option<String>,
    delivery: Delivery,
}

pub(super) fn without_fragment(url: &str) -> &str {
    &url[..url.find('#').unwrap_or(url.len())]
}

fn is_signing(pair: &str) -> bool {
    SIGNING_PARAMETERS.contains(&pair.split('=').next().unwrap_or(pair))
}

/// The text of a URL without its signing parameters, otherwise as it is.
fn without_parameters(text: &str) -> String {
    let Some((path, query)) = text.split_once('?') else {
        return text.to_owned();
    };
    let own: Vec<&str> = query.split('&').filter(|pair| !is_signing(pair)).collect();
    if own.is_empty() { path.to_owned() } else { format!("{path}?{}", own.join("&")) }
}

/// A request that is given bare means "with those parameters".
fn with_credentials_of(request: &str, signed: &str) -> String {
    let parameters = |url: &str| {
        let query = url.split_once('?').map_or("", |(_, query)| query);
        query.split('&').filter(|pair| is_signing(pair)).collect::<Vec<_>>().join("&")
    };
    if !parameters(request).is_empty() {
        return request.to_owned();
    }
    format!("{request}{}{}", if request.contains('?') { '&' } else { '?' }, parameters(signed))
}

/// One denied request.
struct Case<'a> {
    verifier: &'a Verifier,
    bare: &'a Url,
    urls: Urls<'a>,
    credentials: &'a Credentials<'a>,
    in_cookies: bool,
}

impl Case<'_> {
    fn mistakes(&self, ip_address: Option<IpAddr>, now: EpochSeconds) -> Vec<Mistake> {
        let (signed, mut mistakes) = match self.explain_signature() {
            Ok(explained) => explained,
            Err(denial) => return vec![self.told(denial, None)],
        };
        // A canned policy is of the form of the URL that explained it; what else there is to it is its end.
        let canned = matches!(signed, Signed::Canned(_));
        match signed.clone().into_policy() {
            Err(denial) => mistakes.push(self.told(denial, Some(&signed))),
            Ok(policy) => {
                mistakes.extend(check_time(&policy, now).err().map(Mistake::Denied));
                mistakes.extend(check_address(&policy, ip_address).err().map(Mistake::Denied));
                if !canned {
                    mistakes.extend(self.resource_mistake(&policy));
                }
            }
        }
        mistakes
    }

    /// What was signed, with the fewest mistakes that make the signature right.
    fn explain_signature(&self) -> Result<(Signed, Vec<Mistake>), Denial> {
        let key_id = self.credentials.value("Key-Pair-Id");
        let key_id = key_id.ok_or(if self.credentials.is_empty() { Denial::NotSigned } else { Denial::NoKeyId })?;
        if let Some(name) = self.credentials.doubled() {
            return Err(Denial::Doubled(name));
        }
        let keys = trials::keys(self.verifier, key_id);
        let sent = signed_bytes(self.bare, self.credentials);
        let messages = trials::messages(sent, &self.urls, self.credentials, self.in_cookies)?;
        let signature = self.credentials.value("Signature").ok_or(Denial::NoSignature)?;
        let signatures = trials::signatures(signature, self.in_cookies);
        let hashes = trials::hashes(hash_algorithm(self.credentials)?);
        let Some(first_signature) = signatures.first() else {
            return Err(Denial::SignatureNotBase64);
        };
        let mut verifications = 0;
        for count in 0..=MOST_MISTAKES {
            for message in &messages {
                for signature in &signatures {
                    for (key, hash) in keys.iter().flat_map(|key| hashes.iter().map(move |hash| (key, hash))) {
                        let together = [&message.mistakes, &signature.mistakes, &key.mistakes, &hash.mistakes];
                        if together.iter().map(|mistakes| mistakes.len()).sum::<usize>() != count
                            || !trials::fits(key.value, &signature.value)
                            || verifications == MOST_VERIFICATIONS
                        {
                            continue;
                        }
                        verifications += 1;
                        if key.value.verify(message.value.as_bytes(), &signature.value, hash.value) {
                            let mistakes = together.into_iter().flatten().cloned().collect();
                            return Ok((message.value.clone().into_signed(), mistakes));
                        }
                    }
                }
            }
        }
        let Some(key) = self.verifier.key(key_id) else {
            return Err(Denial::UnknownKey(Excerpt::new(key_id)));
        };
        // Nothing explains it; what the text itself shows is still worth telling.
        let Trial { value, mistakes } = &messages[0];
        let mut mistakes = mistakes.clone();
        mistakes.extend(first_signature.mistakes.iter().cloned());
        mistakes.push(match signature_kind(&first_signature.value) {
            Some(signature) if !signatures.iter().any(|one| trials::fits(key, &one.value)) => {
                Mistake::OtherKeyKind { signature, key: key.kind() }
            }
            _ => Mistake::Unexplained,
        });
        Ok((value.clone().into_signed(), mistakes))
    }

    /// Why a custom policy does not cover the request.
    fn resource_mistake(&self, policy: &Policy) -> Option<Mistake> {
        let denial = check_resource(policy, self.bare).err()?;
        let text = policy.resource().unwrap_or("*");
        let resource = Resource::new(text);
        if let Some((_, mistake)) = self.urls.forms().into_iter().find(|(url, _)| resource.covers(url) || url == text) {
            return Some(mistake);
        }
        let elsewhere = difference(text, self.bare.as_str());
        Some(match elsewhere {
            Mistake::OtherUrl { .. } | Mistake::OtherScheme { .. } => Mistake::Denied(denial),
            _ => elsewhere,
        })
    }

    /// A denial in the words of what was sent.
    fn told(&self, denial: Denial, signed: Option<&Signed>) -> Mistake {
        let flaw = || match signed {
            Some(Signed::Custom(bytes)) => policy_flaw::flaw(&String::from_utf8_lossy(bytes)),
            _ => None,
        };
        match &denial {
            Denial::BadPolicy(PolicyError::Milliseconds(_)) => Mistake::Milliseconds,
            Denial::BadPolicy(_) => flaw().map_or(Mistake::Denied(denial), Mistake::PolicyFlaw),
            Denial::UnknownKey(_) => {
                let sent = self.credentials.value("Key-Pair-Id").unwrap_or_default();
                key_id::flaw(sent).map_or(Mistake::Denied(denial), |what| key_id::mistake(sent, what))
            }
            Denial::NoKeyId if self.credentials.has("Key-Pair-Id") => key_id::mistake("", key_id::EMPTY),
            _ => Mistake::Denied(denial),
        }
    }
}
