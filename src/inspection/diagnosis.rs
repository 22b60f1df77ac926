//! Why a request with these credentials is denied: the mistakes of [`super::trials`], tried from the fewest on.

use std::net::IpAddr;

use super::{
    Inspection, Source,
    mistake::Mistake,
    trials::{self, Trial},
};
use crate::{
    credentials::Credentials,
    error::{PolicyError, Result, UrlError},
    policy::{EpochSeconds, Policy},
    resource::Resource,
    text::Excerpt,
    url::Url,
    verifier::{
        Decision, Denial, Request, Signed, Verifier, check_address, check_resource, check_time, hash_algorithm,
    },
};

/// More mistakes than this at once are not looked for.
const MOST_MISTAKES: usize = 3;

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

/// What the edge would answer, and what is wrong where it denies.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// The answer.
    pub decision: Decision,
    /// Empty if the request is let in.
    pub mistakes: Vec<Mistake>,
}

impl Inspection {
    /// Decides a request with these credentials as the edge does, and says what is wrong if it is denied.
    ///
    /// # Errors
    /// [`UrlError::RequestMissing`] for cookies without a request; the request's own [`UrlError`].
    pub fn diagnose(&self, verifier: &Verifier, circumstances: &Circumstances<'_>) -> Result<Diagnosis> {
        let sent = self.sent(circumstances)?;
        let Circumstances { ip_address, now, .. } = *circumstances;
        let check = |url: &str, cookies: &str| verifier.check(&Request { url, cookies, ip_address, now });
        let cookies = if sent.kept_back.is_some() { "" } else { &sent.cookies };
        let decision = check(sent.url.as_str(), cookies);
        let Some(denial) = decision.denial() else {
            return Ok(Diagnosis { decision, mistakes: Vec::new() });
        };
        let bare = sent.url.without_signing_parameters();
        let of_url = Credentials::from_url(&sent.url);
        let hidden = !of_url.is_empty() && check(bare.as_str(), cookies).is_allowed();
        let credentials = if of_url.is_empty() { Credentials::from_cookies(&sent.cookies) } else { of_url };
        let case = Case { verifier, bare: &bare, signed_for: sent.signed_for.as_ref(), credentials: &credentials };
        let mut mistakes: Vec<Mistake> = sent.kept_back.map(Mistake::CookieElsewhere).into_iter().collect();
        if hidden {
            mistakes.push(Mistake::HiddenCookies);
        }
        mistakes.extend(case.mistakes(ip_address, now));
        if mistakes.is_empty() {
            mistakes.push(Mistake::Denied(denial.clone()));
        }
        Ok(Diagnosis { decision, mistakes })
    }

    fn sent(&self, circumstances: &Circumstances<'_>) -> Result<Sent> {
        let request = circumstances.request.map(Url::parse_request).transpose()?;
        match &self.source {
            Source::Cookies(text) => {
                let url = request.ok_or(UrlError::RequestMissing)?;
                let (kept_back, cookies) = (text.kept_back_from(&url), text.header().to_owned());
                Ok(Sent { url, signed_for: None, cookies, kept_back })
            }
            Source::Url(signed) => {
                let url = request.map_or_else(|| signed.clone(), |request| with_credentials_of(request, signed));
                let signed_for = Some(signed.without_signing_parameters());
                Ok(Sent { url, signed_for, cookies: circumstances.cookies.to_owned(), kept_back: None })
            }
        }
    }
}

/// What goes over the wire.
struct Sent {
    url: Url,
    /// The URL that the credentials stood in.
    signed_for: Option<Url>,
    cookies: String,
    kept_back: Option<String>,
}

/// A request that is given bare means "with those parameters".
fn with_credentials_of(request: Url, signed: &Url) -> Url {
    if request.signing_parameters().next().is_some() {
        return request;
    }
    let parameters: Vec<String> = signed.signing_parameters().map(|(name, value)| format!("{name}={value}")).collect();
    Url::parse_request(&request.with_parameters(&parameters.join("&"))).unwrap_or(request)
}

/// One denied request.
struct Case<'a> {
    verifier: &'a Verifier,
    bare: &'a Url,
    signed_for: Option<&'a Url>,
    credentials: &'a Credentials<'a>,
}

impl Case<'_> {
    fn mistakes(&self, ip_address: Option<IpAddr>, now: EpochSeconds) -> Vec<Mistake> {
        let (signed, mut mistakes) = match self.explain_signature() {
            Ok(explained) => explained,
            Err(denial) => return vec![told(denial)],
        };
        // A canned policy is of the form of the URL that explained it; what else there is to it is its end.
        let canned = matches!(signed, Signed::Canned(_));
        match signed.into_policy() {
            Err(denial) => mistakes.push(told(denial)),
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
        let messages = trials::messages(self.bare, self.signed_for, self.credentials)?;
        let signatures = trials::signatures(self.credentials.value("Signature").ok_or(Denial::NoSignature)?);
        let hashes = trials::hashes(hash_algorithm(self.credentials)?);
        let Some(first_signature) = signatures.first() else {
            return Err(Denial::SignatureNotBase64);
        };
        for count in 0..=MOST_MISTAKES {
            for message in &messages {
                for signature in &signatures {
                    for (key, hash) in keys.iter().flat_map(|key| hashes.iter().map(move |hash| (key, hash))) {
                        let mistakes = together(message, signature, key, hash);
                        if mistakes.len() == count
                            && trials::fits(key.value, &signature.value)
                            && key.value.verify(message.value.as_bytes(), &signature.value, hash.value)
                        {
                            return Ok((message.value.clone(), mistakes));
                        }
                    }
                }
            }
        }
        if self.verifier.key(key_id).is_none() {
            return Err(Denial::UnknownKey(Excerpt::new(key_id)));
        }
        // Nothing explains it; what the text itself shows is still worth telling.
        let mut mistakes: Vec<Mistake> = messages[0].mistakes.clone();
        mistakes.extend(first_signature.mistakes.iter().cloned());
        mistakes.push(Mistake::Unexplained);
        Ok((messages[0].value.clone(), mistakes))
    }

    /// Why a custom policy does not cover the request.
    fn resource_mistake(&self, policy: &Policy) -> Option<Mistake> {
        let denial = check_resource(policy, self.bare).err()?;
        let text = policy.resource().unwrap_or("*");
        let resource = Resource::new(text);
        let forms = trials::url_forms(self.bare, self.signed_for);
        if let Some((_, mistake)) = forms.into_iter().find(|(url, _)| resource.covers(url) || url == text) {
            return Some(mistake);
        }
        let elsewhere = trials::difference(text, self.bare.as_str());
        Some(match elsewhere {
            Mistake::SignedForBucket { .. } | Mistake::SentToBucket { .. } => elsewhere,
            _ => Mistake::Denied(denial),
        })
    }
}

fn together<A, B, C, D>(a: &Trial<A>, b: &Trial<B>, c: &Trial<C>, d: &Trial<D>) -> Vec<Mistake> {
    [&a.mistakes, &b.mistakes, &c.mistakes, &d.mistakes].into_iter().flatten().cloned().collect()
}

fn told(denial: Denial) -> Mistake {
    match denial {
        Denial::BadPolicy(PolicyError::Milliseconds(_)) => Mistake::Milliseconds,
        other => Mistake::Denied(other),
    }
}
