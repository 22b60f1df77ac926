//! What an answer of the edge, or of S3 behind it, means.
//!
//! An answer is read from its status and its text, without any key and without I/O.

use super::{
    cause::Cause, circumstances::Circumstances, diagnosis::Diagnosis, inspection::Inspection, mistake::Mistake,
    url_parts::without_fragment,
};
use crate::{error::Result, verify::Verifier};

/// An answer: its status, if it is known, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    status: Option<u16>,
    body: String,
}

impl Answer {
    /// An answer with this status and body. A body that begins with a status line and headers, as `curl -i` prints them,
    /// is split; if it holds several answers because redirects were followed, the last one counts.
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

    /// Why the request for `url` got this answer. With a verifier, the mistakes of a signed URL come first. Empty if the
    /// file was served.
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
            let diagnosis = Diagnosis::of(&inspection, verifier, circumstances)?;
            mistakes.extend(diagnosis.mistakes);
            mistakes.extend(diagnosis.warnings);
        }
        // The diagnosis is more precise than the edge's own code.
        if mistakes.is_empty() || !cause.is_of_edge() {
            mistakes.push(Mistake::Answered(cause));
        }
        Ok(mistakes)
    }

    /// The error code in the XML, such as `AccessDenied`.
    fn code(&self) -> Option<&str> {
        self.element("Code")
            .filter(|code| code.len() <= 100 && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '.'))
    }

    /// Whether S3 wrote it: the edge's own errors have no request id.
    fn is_of_s3(&self) -> bool {
        self.element("RequestId").is_some() && self.element("HostId").is_some()
    }

    /// What it comes from; `None` if the file was served. `path` is the path that was requested: HTML instead of another
    /// kind of file is not the file.
    fn cause(&self, path: &str) -> Option<Cause> {
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

    /// What one of CloudFront's own pages says; `None` for any other page.
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
