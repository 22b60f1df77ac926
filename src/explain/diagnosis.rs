//! What is wrong with a request that the edge denies.

use std::fmt;

use super::{
    circumstances::{Circumstances, SentRequest},
    copied::Copied,
    difference::difference,
    inspection::Inspection,
    key_id,
    mistake::Mistake,
    policy_flaw,
    signature_search::explain_signature,
    trials::Urls,
    url_parts::without_signing_parameters,
    warnings,
};
use crate::{
    error::{PolicyError, Result},
    policy::Policy,
    policy::resource::Resource,
    verify::{Claim, Decision, Denial, Signed, Verifier, check_address, check_resource, check_time},
    wire::url::Url,
};

/// What the edge answers, and what is wrong if it denies. `Display` shows all of it, with the advice.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// The answer of the edge.
    pub decision: Decision,
    /// What is wrong; empty if the request is allowed.
    pub mistakes: Vec<Mistake>,
    /// What the edge does not report, or what goes wrong with other clients; also for an allowed request.
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

impl Diagnosis {
    /// Decides a request with the credentials of `inspection` as the edge does, and finds what is wrong if it is denied.
    ///
    /// The request is decided exactly as it was given, byte by byte; that a client would change it is a warning. The work
    /// is bounded, whatever the request.
    ///
    /// ```
    /// use cloudfront_signer::{Circumstances, Diagnosis, EpochSeconds, Inspection, KeyKind, PrivateKey, Verifier};
    ///
    /// let url = "https://d111111abcdef8.cloudfront.net/a.mp4?Expires=1767290400&Signature=aGk_&Key-Pair-Id=";
    /// let verifier = Verifier::new([("K2JCJMDEHXQW5F".to_owned(), PrivateKey::generate(KeyKind::EcdsaP256)?.public_key()?)]);
    /// let now = EpochSeconds::new(1_767_290_160)?;
    /// let circumstances = Circumstances { request: None, cookies: "", ip_address: None, now };
    /// let diagnosis = Diagnosis::of(&Inspection::new(url)?, &verifier, &circumstances)?;
    /// assert_eq!(diagnosis.mistakes[0].name(), "bad-key-id");
    /// # Ok::<(), cloudfront_signer::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`UrlError::RequestMissing`](crate::UrlError::RequestMissing) for cookies without a request, and the
    /// [`UrlError`](crate::UrlError) of a request that is not a URL.
    pub fn of(inspection: &Inspection, verifier: &Verifier, circumstances: &Circumstances<'_>) -> Result<Self> {
        let sent = SentRequest::new(inspection, circumstances)?;
        let decision = sent.decide(verifier);
        let Some(denial) = decision.denial() else {
            let is_allowed = |url: &str| sent.decide_for(verifier, url).is_allowed();
            let warnings = warnings::of_allowed(&sent.text, decision.key_id(), is_allowed);
            return Ok(Self { decision, mistakes: Vec::new(), warnings });
        };
        if let Some((copied, meant)) = inspection.meant() {
            return Self::of_copied(decision, copied, meant, verifier, circumstances);
        }
        if matches!(denial, Denial::TooLarge { .. }) {
            // Longer texts are not searched.
            let mut mistakes = sent.delivery.problems;
            mistakes.push(Mistake::Denied(denial.clone()));
            return Ok(Self { decision, mistakes, warnings: Vec::new() });
        }
        let mistakes = mistakes_of(&sent, denial, verifier, circumstances);
        let warnings = warnings::of_denied(&sent.text, &mistakes);
        Ok(Self { decision, mistakes, warnings })
    }

    /// What else is wrong with a URL once its text is mended.
    fn of_copied(
        decision: Decision,
        copied: Copied,
        meant: &str,
        verifier: &Verifier,
        circumstances: &Circumstances<'_>,
    ) -> Result<Self> {
        let inner = Self::of(&Inspection::new(meant)?, verifier, circumstances)?;
        let mistakes = [Mistake::Copied(copied)].into_iter().chain(inner.mistakes).collect();
        Ok(Self { decision, mistakes, warnings: inner.warnings })
    }
}

/// The mistakes in a denied request: at least one.
fn mistakes_of(
    sent: &SentRequest,
    denial: &Denial,
    verifier: &Verifier,
    circumstances: &Circumstances<'_>,
) -> Vec<Mistake> {
    let bare = sent.url.without_signing_parameters();
    let pasted = without_signing_parameters(&sent.text);
    let urls = Urls { sent: bare.as_str(), signed_for: sent.signed_for.as_deref(), pasted: &pasted };
    let of_url = Claim::of_url(&sent.url);
    let mut mistakes = sent.delivery.problems.clone();
    let claim = if of_url.via().is_some() {
        if sent.decide_for(verifier, bare.as_str()).is_allowed() {
            mistakes.push(Mistake::HiddenCookies);
        }
        of_url
    } else {
        Claim::of_cookies(&sent.delivery.mended)
    };
    let case = Case { verifier, bare: &bare, urls, claim: &claim };
    mistakes.extend(case.mistakes(circumstances));
    if mistakes.iter().any(|mistake| matches!(mistake, Mistake::DoubledCookie { .. })) {
        mistakes.retain(|mistake| !matches!(mistake, Mistake::Denied(Denial::Doubled(_))));
    }
    if mistakes.is_empty() {
        mistakes.push(Mistake::Denied(denial.clone()));
    }
    mistakes
}

/// One claim that the edge denies.
struct Case<'a> {
    verifier: &'a Verifier,
    bare: &'a Url,
    urls: Urls<'a>,
    claim: &'a Claim<'a>,
}

impl Case<'_> {
    fn mistakes(&self, circumstances: &Circumstances<'_>) -> Vec<Mistake> {
        let (signed, mut mistakes) = match explain_signature(self.claim, self.bare, &self.urls, self.verifier) {
            Ok(explained) => explained,
            Err(denial) => return vec![self.explain(denial, None)],
        };
        match signed.clone().into_policy() {
            Err(denial) => mistakes.push(self.explain(denial, Some(&signed))),
            Ok(policy) => {
                mistakes.extend(check_time(&policy, circumstances.now).err().map(Mistake::Denied));
                mistakes.extend(check_address(&policy, circumstances.ip_address).err().map(Mistake::Denied));
                // The URL of a canned policy is explained by the signature.
                if self.claim.is_custom() {
                    mistakes.extend(self.resource_mistake(&policy));
                }
            }
        }
        mistakes
    }

    /// Why a custom policy does not cover the request.
    fn resource_mistake(&self, policy: &Policy) -> Option<Mistake> {
        let denial = check_resource(policy, self.bare).err()?;
        let text = policy.resource().unwrap_or("*");
        let resource = Resource::new(text);
        let forms = self.urls.forms();
        if let Some(form) = forms.iter().find(|form| resource.covers(&form.url) || form.url == text) {
            return Some(form.mistake(self.urls.sent));
        }
        Some(match difference(text, self.bare.as_str()) {
            Mistake::OtherUrl { .. } | Mistake::OtherScheme { .. } => Mistake::Denied(denial),
            other => other,
        })
    }

    /// A denial as a mistake, with its cause if what was sent shows it.
    fn explain(&self, denial: Denial, signed: Option<&Signed>) -> Mistake {
        let flaw = || match signed {
            Some(Signed::Custom(bytes)) => policy_flaw::flaw(&String::from_utf8_lossy(bytes)),
            _ => None,
        };
        match &denial {
            Denial::BadPolicy(PolicyError::Milliseconds(_)) => Mistake::Milliseconds,
            Denial::BadPolicy(_) => flaw().map_or(Mistake::Denied(denial), Mistake::PolicyFlaw),
            Denial::UnknownKey(_) => {
                let sent = self.claim.parameter("Key-Pair-Id").unwrap_or_default();
                key_id::flaw(sent).map_or(Mistake::Denied(denial), |what| key_id::mistake(sent, what))
            }
            Denial::NoKeyId if self.claim.has("Key-Pair-Id") => key_id::mistake("", key_id::EMPTY),
            _ => Mistake::Denied(denial),
        }
    }
}
