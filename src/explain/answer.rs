//! What an answer of the edge, or of S3 behind it, means: from its status and its text, without any key.
//!
//! This is in the core, and pure, so that Rust, Python, `aws try` and `inspect --answer` read answers alike.

use super::{
    Inspection,
    diagnosis::{Circumstances, without_fragment},
    mistake::Mistake,
};
use crate::{error::Result, verify::verifier::Verifier};

/// What the answer comes from, and so what to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum Cause {
    #[error("CloudFront found no key pair id in the request")]
    MissingKey,
    #[error("CloudFront does not know the key, or does not trust it here (Unknown Key)")]
    UnknownKey,
    #[error("CloudFront cannot read the policy (MalformedPolicy)")]
    MalformedPolicy,
    #[error("CloudFront cannot decode the signature (MalformedSignature)")]
    MalformedSignature,
    #[error("CloudFront itself denies the request: signature, time, address or resource do not fit (AccessDenied)")]
    EdgeDenied,
    #[error("CloudFront let the request in, and S3 denied it (AccessDenied with RequestId and HostId)")]
    S3Denied,
    #[error("S3 denied the request on account of its KMS key")]
    KmsDenied,
    #[error("S3 got the request without a key that opens its KMS encryption: an origin access identity cannot")]
    KmsUnsigned,
    #[error("the object is not in the bucket (NoSuchKey)")]
    NoSuchKey,
    #[error("the bucket of the origin is not there (NoSuchBucket)")]
    NoSuchBucket,
    #[error("S3 got two signatures at once: the viewer's and CloudFront's own")]
    TwoSignatures,
    #[error("S3 does not accept CloudFront's signature on the request to the origin (SignatureDoesNotMatch)")]
    OriginSignature,
    #[error("S3 sends the request to another endpoint of the bucket")]
    S3Redirect,
    #[error("the answer is a redirect, and a canned policy holds for the first URL alone")]
    Redirect,
    #[error("not found (404): the request was let in, or this path needs no signature")]
    NotFound,
    #[error("the distribution blocks requests from the viewer's country")]
    CountryBlocked,
    #[error("a firewall (AWS WAF) blocked the request before its signature was read")]
    FirewallBlocked,
    #[error("no distribution serves this domain name")]
    UnknownDomain,
    #[error("CloudFront could not get an answer from the origin")]
    OriginUnreachable,
    #[error("CloudFront answered with its own error page, which names no code")]
    EdgePage,
    #[error(
        "an HTML page came in the place of the file or the error: a custom error response of the distribution, or another server"
    )]
    ErrorPage,
    #[error("too many requests for now")]
    Throttled,
    #[error("not an answer that CloudFront or S3 is known to give")]
    Unknown,
}

impl Cause {
    /// A name for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MissingKey => "edge-missing-key",
            Self::UnknownKey => "edge-unknown-key",
            Self::MalformedPolicy => "edge-malformed-policy",
            Self::MalformedSignature => "edge-malformed-signature",
            Self::EdgeDenied => "edge-denied",
            Self::S3Denied => "s3-denied",
            Self::KmsDenied => "kms-denied",
            Self::KmsUnsigned => "kms-unsigned",
            Self::NoSuchKey => "no-such-key",
            Self::NoSuchBucket => "no-such-bucket",
            Self::TwoSignatures => "two-signatures",
            Self::OriginSignature => "origin-signature",
            Self::S3Redirect => "s3-redirect",
            Self::Redirect => "redirect",
            Self::NotFound => "not-found",
            Self::CountryBlocked => "country-blocked",
            Self::FirewallBlocked => "firewall-blocked",
            Self::UnknownDomain => "unknown-domain",
            Self::OriginUnreachable => "origin-unreachable",
            Self::EdgePage => "edge-page",
            Self::ErrorPage => "error-page",
            Self::Throttled => "throttled",
            Self::Unknown => "unknown-answer",
        }
    }

    /// Whether CloudFront's own check of the signature is what denied.
    const fn is_of_edge(self) -> bool {
        matches!(
            self,
            Self::MissingKey | Self::UnknownKey | Self::MalformedPolicy | Self::MalformedSignature | Self::EdgeDenied
        )
    }

    /// What to look at.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::MissingKey => {
                "sign the URL, or see to it that the browser sends the cookies: look at the request as it was sent"
            }
            Self::UnknownKey => {
                "is this key pair id in a key group of the behaviour that the path matches, and is the distribution deployed? It is the public key's id (K…), not the key group's"
            }
            Self::MalformedPolicy => "send Expires in seconds, or a Policy of CloudFront's form with DateLessThan",
            Self::MalformedSignature => "send Signature whole, in CloudFront's base64",
            Self::EdgeDenied => {
                "diagnose the URL with the public key (cloudfront-signer inspect URL --public-key FILE); if it is right, the key group holds another public key under this id"
            }
            Self::S3Denied => {
                "does the object exist (S3 answers 403 for a missing one to who may not list), does the bucket policy let this distribution read (s3:GetObject), and, if it is encrypted with KMS, does the key policy?"
            }
            Self::KmsDenied => {
                "let the distribution decrypt in the KMS key's policy: principal cloudfront.amazonaws.com, kms:Decrypt, AWS:SourceArn of the distribution; the key must be enabled"
            }
            Self::KmsUnsigned => {
                "use an origin access control in place of the identity: it signs requests, as KMS needs it"
            }
            Self::NoSuchKey => {
                "compare the object's key with the path, percent-decoded; a path pattern or origin path of the distribution may change it"
            }
            Self::NoSuchBucket => "correct the origin's domain name",
            Self::TwoSignatures => "do not send Authorization or X-Amz-… parameters to the distribution",
            Self::OriginSignature => {
                "name the bucket's regional domain as origin (bucket.s3.region.amazonaws.com), and do not forward the Host header"
            }
            Self::S3Redirect => "name the bucket's regional domain as origin (bucket.s3.region.amazonaws.com)",
            Self::Redirect => {
                "sign the URL that it leads to (https:// where the behaviour redirects http), with its own policy or a wildcard"
            }
            Self::NotFound => "compare the path with the object's key, and with the behaviours' path patterns",
            Self::CountryBlocked => "look at the distribution's geographic restrictions",
            Self::FirewallBlocked => "look at the web ACL's sampled requests",
            Self::UnknownDomain => {
                "add the name as an alternate domain name, with a certificate, or ask for the distribution's own name"
            }
            Self::OriginUnreachable => {
                "look at the origin's domain name, protocol and certificate: the signature was right or is not asked for"
            }
            Self::EdgePage => {
                "look for geographic restrictions, a web ACL, methods that are not allowed, and alternate domain names"
            }
            Self::ErrorPage => {
                "the real error is hidden: look at the distribution's custom error responses (often 403 to /index.html with 200), or ask another path"
            }
            Self::Throttled => "ask again later",
            Self::Unknown => "compare it with the distribution's log, by the header x-amz-cf-id",
        }
    }
}

/// An answer as it came: its status, where it is known, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    status: Option<u16>,
    body: String,
}

impl Answer {
    /// An answer of this status and body. A body that begins with a status line and headers (`curl -i`) is read so; of
    /// several answers, where redirects were followed, the last.
    #[must_use]
    pub fn new(status: Option<u16>, body: &str) -> Self {
        let mut answer = Self { status, body: body.to_owned() };
        while answer.body.starts_with("HTTP/") {
            let text = answer.body.replace("\r\n", "\n");
            let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
            let line = head.lines().next().unwrap_or_default();
            answer.status = line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).or(answer.status);
            answer = Self { body: body.to_owned(), ..answer };
        }
        if let (None, Ok(number)) = (answer.status, answer.body.trim().parse()) {
            answer = Self { status: Some(number), body: String::new() };
        }
        answer
    }

    /// Why it came, for the URL that was requested: where a verifier is given and CloudFront itself denied, what is wrong
    /// with the URL, and else what the answer means. Nothing if the file was served.
    ///
    /// A URL that carries no signature is not diagnosed.
    ///
    /// # Errors
    /// The [`UrlError`](crate::UrlError) of a URL that cannot be read.
    pub fn explain(
        &self,
        url: &str,
        verifier: Option<&Verifier>,
        circumstances: &Circumstances<'_>,
    ) -> Result<Vec<Mistake>> {
        let Some(cause) = self.cause(without_fragment(url).split('?').next().unwrap_or(url)) else {
            return Ok(Vec::new());
        };
        let mut mistakes = Vec::new();
        if let (Some(verifier), Ok(inspection)) = (verifier, Inspection::new(url)) {
            let diagnosis = inspection.diagnose(verifier, circumstances)?;
            mistakes.extend(diagnosis.mistakes);
            mistakes.extend(diagnosis.warnings);
        }
        // What CloudFront's own code says in general, the diagnosis says in particular.
        if mistakes.is_empty() || !cause.is_of_edge() {
            mistakes.push(Mistake::Answered(cause));
        }
        Ok(mistakes)
    }

    /// The status, where it is known.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        self.status
    }

    /// The code of AWS's XML, such as `AccessDenied`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.element("Code")
            .filter(|code| code.len() <= 100 && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '.'))
    }

    /// Whether S3 wrote it: the edge's own errors have no request id.
    fn is_of_s3(&self) -> bool {
        self.element("RequestId").is_some() && self.element("HostId").is_some()
    }

    /// What it comes from; nothing where the file was served. `path` is the one that was requested: HTML in the place of
    /// a file that is none is not the file.
    #[must_use]
    pub fn cause(&self, path: &str) -> Option<Cause> {
        if let Some(code) = self.code() {
            return Some(self.cause_of_code(code));
        }
        let page = self.is_html();
        if let Some(cause) = page.then(|| self.cause_of_page()).flatten() {
            return Some(cause);
        }
        match self.status {
            Some(200..=299 | 304) => {
                let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
                let is_page = !name.contains('.') || [".html", ".htm", ".php"].iter().any(|end| name.ends_with(end));
                (page && !is_page).then_some(Cause::ErrorPage)
            }
            Some(300..=399) => Some(Cause::Redirect),
            _ if page => Some(Cause::ErrorPage),
            Some(404 | 410) => Some(Cause::NotFound),
            Some(403) => Some(Cause::EdgeDenied),
            Some(429 | 503) => Some(Cause::Throttled),
            Some(502 | 504) => Some(Cause::OriginUnreachable),
            _ => Some(Cause::Unknown),
        }
    }

    fn cause_of_code(&self, code: &str) -> Cause {
        let message = self.element("Message").unwrap_or_default().to_ascii_lowercase();
        if code.starts_with("KMS.") || message.contains("kms:") {
            return Cause::KmsDenied;
        }
        match code {
            "MissingKey" => Cause::MissingKey,
            "InvalidKey" => Cause::UnknownKey,
            "MalformedPolicy" => Cause::MalformedPolicy,
            "MalformedSignature" => Cause::MalformedSignature,
            "AccessDenied" | "AllAccessDisabled" if self.is_of_s3() => Cause::S3Denied,
            "AccessDenied" if message == "unknown key" => Cause::UnknownKey,
            "AccessDenied" => Cause::EdgeDenied,
            "NoSuchKey" | "NoSuchVersion" => Cause::NoSuchKey,
            "NoSuchBucket" => Cause::NoSuchBucket,
            "PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed" => Cause::S3Redirect,
            "SignatureDoesNotMatch" => Cause::OriginSignature,
            "InvalidArgument" | "InvalidRequest" if message.contains("kms") => Cause::KmsUnsigned,
            "InvalidArgument" | "InvalidRequest" if message.contains("auth mechanism") => Cause::TwoSignatures,
            "SlowDown" | "ServiceUnavailable" | "RequestLimitExceeded" => Cause::Throttled,
            _ => Cause::Unknown,
        }
    }

    fn is_html(&self) -> bool {
        let start: String = self.body.trim_start().chars().take(200).collect::<String>().to_ascii_lowercase();
        start.contains("<!doctype html") || start.contains("<html")
    }

    /// What CloudFront's own pages say in English; nothing for any other page.
    fn cause_of_page(&self) -> Option<Cause> {
        let text = self.body.to_ascii_lowercase();
        if !text.contains("generated by cloudfront") && !text.contains("the request could not be satisfied") {
            return None;
        }
        Some(if text.contains("from your country") {
            Cause::CountryBlocked
        } else if text.contains("request blocked") {
            Cause::FirewallBlocked
        } else if text.contains("bad request") || text.contains("does not match the certificate") {
            Cause::UnknownDomain
        } else if matches!(self.status, Some(502..=504)) || text.contains("wasn't able to") {
            Cause::OriginUnreachable
        } else {
            Cause::EdgePage
        })
    }

    fn element(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(text, _)| text.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<!DOCTYPE HTML><HTML><H1>403 ERROR</H1><H2>The request could not be satisfied.</H2>";

    fn xml(code: &str, message: &str, more: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>"
        )
    }

    #[test]
    fn answers_are_read() {
        let s3 = "<RequestId>R</RequestId><HostId>H</HostId>";
        for (status, body, name) in [
            (
                Some(403),
                xml("MissingKey", "Missing Key-Pair-Id query parameter or cookie value", ""),
                "edge-missing-key",
            ),
            (Some(403), xml("InvalidKey", "Unknown Key", ""), "edge-unknown-key"),
            (None, xml("AccessDenied", "Unknown Key", ""), "edge-unknown-key"),
            (Some(403), xml("MalformedPolicy", "Malformed Policy", ""), "edge-malformed-policy"),
            (Some(403), xml("MalformedSignature", "Could not unencode Signature", ""), "edge-malformed-signature"),
            (Some(403), xml("AccessDenied", "Access denied", ""), "edge-denied"),
            (Some(403), xml("AccessDenied", "Access Denied", s3), "s3-denied"),
            (Some(400), xml("KMS.DisabledException", "arn:aws:kms:… is disabled.", s3), "kms-denied"),
            (Some(403), xml("AccessDenied", "not authorized to perform: kms:Decrypt", s3), "kms-denied"),
            (
                Some(400),
                xml(
                    "InvalidArgument",
                    "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.",
                    s3,
                ),
                "kms-unsigned",
            ),
            (Some(400), xml("InvalidArgument", "Only one auth mechanism allowed", s3), "two-signatures"),
            (Some(404), xml("NoSuchKey", "The specified key does not exist.", s3), "no-such-key"),
            (Some(404), xml("NoSuchBucket", "", s3), "no-such-bucket"),
            (Some(307), xml("TemporaryRedirect", "", s3), "s3-redirect"),
            (Some(403), xml("SignatureDoesNotMatch", "", s3), "origin-signature"),
            (Some(301), String::new(), "redirect"),
            (Some(404), String::new(), "not-found"),
            (None, "404\n".to_owned(), "not-found"),
            (Some(403), String::new(), "edge-denied"),
            (Some(403), PAGE.to_owned(), "edge-page"),
            (Some(403), format!("{PAGE} configured to block access from your country."), "country-blocked"),
            (Some(403), format!("{PAGE} Request blocked."), "firewall-blocked"),
            (Some(403), format!("{PAGE} Bad request. We can't connect"), "unknown-domain"),
            (Some(502), format!("{PAGE} CloudFront wasn't able to connect to the origin."), "origin-unreachable"),
            (Some(403), "<!doctype html><title>Oh no".to_owned(), "error-page"),
            (Some(200), "<!doctype html><title>Home".to_owned(), "error-page"),
            (Some(503), String::new(), "throttled"),
            (Some(504), String::new(), "origin-unreachable"),
            (Some(418), "?".to_owned(), "unknown-answer"),
            (None, String::new(), "unknown-answer"),
            (
                None,
                format!("HTTP/2 403 \r\ncontent-type: text/xml\r\n\r\n{}", xml("InvalidKey", "Unknown Key", "")),
                "edge-unknown-key",
            ),
            (None, "HTTP/1.1 301 Moved\r\nlocation: /x\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n".to_owned(), "not-found"),
        ] {
            let cause = Answer::new(status, &body).cause("/v/1.mp4").unwrap();
            assert_eq!(cause.name(), name, "{status:?} {body}");
            assert!(!cause.advice().is_empty() && !cause.to_string().is_empty());
        }
        for served in ["", "binary", "<html>"] {
            assert_eq!(Answer::new(Some(200), served).cause("/v/index.html"), None);
        }
    }
}
