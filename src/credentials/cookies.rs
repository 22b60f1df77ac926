//! The three or four cookies that grant access, and the headers that set them.

use crate::{
    credentials::signed_url::SentPolicy,
    error::{CookieError, Result, UrlError},
    hash_algorithm::HashAlgorithm,
    text::{Excerpt, holds_secrets},
};

/// The largest request that CloudFront takes, in bytes
/// ([quotas](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html)).
pub const LARGEST_REQUEST: usize = 20_480;

/// What is wrong with a Domain that is a public suffix.
const PUBLIC_SUFFIX: &str = "browsers refuse it, for it is a public suffix, under which anybody has sites: leave it out \
     for this host alone, or set the cookies from an alternate domain name beside the site's";

/// Names and values of the cookies, in the order of CloudFront's documentation.
///
/// See [signed cookies](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-cookies.html).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCookies(Vec<(&'static str, String)>);

/// Where a browser sends the cookies, and how it guards them.
///
/// The default is the whole host that set them, over HTTPS only, out of reach of scripts, until the browser closes, as
/// AWS recommends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookieAttributes {
    /// The domain, or the host that sets the cookies alone.
    pub domain: Option<String>,
    /// The path; no wildcards, which a browser would take literally.
    pub path: String,
    /// How long the browser keeps them, in seconds; until it closes when left out.
    pub max_age: Option<u64>,
    /// Sent over HTTPS only.
    pub secure: bool,
    /// Out of reach of scripts.
    pub http_only: bool,
    /// `Strict`, `Lax` or `None`.
    pub same_site: Option<String>,
}

impl Default for CookieAttributes {
    fn default() -> Self {
        Self { domain: None, path: "/".to_owned(), max_age: None, secure: true, http_only: true, same_site: None }
    }
}

impl SignedCookies {
    /// Every name that one of them may have.
    pub const NAMES: [&str; 5] = [
        "CloudFront-Expires",
        "CloudFront-Policy",
        "CloudFront-Signature",
        "CloudFront-Key-Pair-Id",
        "CloudFront-Hash-Algorithm",
    ];

    pub(crate) fn new(policy: &SentPolicy, signature: &str, key_id: &str, hash: HashAlgorithm) -> Result<Self> {
        let first = match policy {
            SentPolicy::Expires(end) => ("CloudFront-Expires", end.get().to_string()),
            SentPolicy::Policy(policy) => ("CloudFront-Policy", policy.encoded()),
        };
        let mut cookies =
            vec![first, ("CloudFront-Signature", signature.to_owned()), ("CloudFront-Key-Pair-Id", key_id.to_owned())];
        if hash == HashAlgorithm::Sha256 {
            cookies.push(("CloudFront-Hash-Algorithm", hash.name().to_owned()));
        }
        let length = cookies.iter().map(|(name, value)| name.len() + value.len() + 3).sum();
        if length > LARGEST_REQUEST {
            return Err(UrlError::CookiesTooLong { length, limit: LARGEST_REQUEST }.into());
        }
        Ok(Self(cookies))
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The value of one cookie; names are case-sensitive.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The value of the `Cookie` header that sends them all.
    #[must_use]
    pub fn header(&self) -> String {
        self.iter().map(|(name, value)| [name, "=", value].concat()).collect::<Vec<_>>().join("; ")
    }

    /// One `Set-Cookie` value for each cookie.
    ///
    /// # Errors
    /// [`CookieError`] for a domain, path, span or SameSite that a header cannot carry.
    pub fn headers(&self, attributes: &CookieAttributes) -> Result<Vec<String>> {
        let suffix = attributes.to_suffix()?;
        Ok(self.iter().map(|(name, value)| format!("{name}={value}{suffix}")).collect())
    }
}

impl CookieAttributes {
    /// Whether a header can carry them.
    ///
    /// # Errors
    /// [`CookieError`].
    pub fn check(&self) -> Result<()> {
        self.to_suffix().map(drop)
    }

    fn to_suffix(&self) -> Result<String> {
        let refuse = |attribute, found: &str, problem| {
            Err(CookieError::BadAttribute { attribute, found: Excerpt::new(found), problem }.into())
        };
        let separates = |c: char| c.is_control() || !c.is_ascii() || matches!(c, ';' | ',' | ' ' | '"');
        let mut suffix = String::new();
        if let Some(domain) = &self.domain {
            if domain.is_empty()
                || holds_secrets(domain)
                || domain.contains(separates)
                || domain.contains(['/', ':', '*'])
            {
                return refuse("Domain", domain, "a bare domain name expected");
            }
            if is_public_suffix(domain.strip_prefix('.').unwrap_or(domain)) {
                return refuse("Domain", domain, PUBLIC_SUFFIX);
            }
            suffix.extend(["; Domain=", domain]);
        }
        if !self.path.starts_with('/') || holds_secrets(&self.path) || self.path.contains(separates) {
            return refuse("Path", &self.path, "it starts with '/' and has no blanks or ';'");
        }
        if self.path.contains('*') {
            return refuse("Path", &self.path, "a browser takes '*' literally: give the folder, /videos/");
        }
        suffix.extend(["; Path=", &self.path]);
        match self.max_age {
            None => {}
            Some(0) => {
                return refuse("Max-Age", "0", "at least one second expected");
            }
            Some(seconds) => suffix.extend(["; Max-Age=", &seconds.to_string()]),
        }
        if self.secure {
            suffix += "; Secure";
        }
        if self.http_only {
            suffix += "; HttpOnly";
        }
        match self.same_site.as_deref() {
            None => {}
            Some("None") if !self.secure => return refuse("SameSite", "None", "browsers take it with Secure only"),
            Some(mode @ ("Strict" | "Lax" | "None")) => suffix.extend(["; SameSite=", mode]),
            Some(other) => return refuse("SameSite", other, "\"Strict\", \"Lax\" or \"None\" expected"),
        }
        Ok(suffix)
    }
}

/// Whether browsers refuse a cookie with this Domain, because anybody has sites below it: `com`, `co.uk`, `cloudfront.net`
/// ([the list](https://publicsuffix.org)).
pub(crate) fn is_public_suffix(domain: &str) -> bool {
    let domain = domain.to_ascii_lowercase();
    psl::suffix(domain.as_bytes()).is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == domain.as_bytes())
}
