//! The three or four cookies that grant access, and the headers that set them.

use std::borrow::Cow;

use crate::{
    credentials::{parameters::Parameters, public_suffix::is_public_suffix},
    error::{CookieError, Result, UrlError},
    text::{Excerpt, holds_secrets},
};

/// The largest request that CloudFront accepts, in bytes
/// ([quotas](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html)).
pub const LARGEST_REQUEST: usize = 20_480;

/// What is wrong with a Domain that is a public suffix.
const PUBLIC_SUFFIX: &str = "browsers refuse it, because it is a public suffix that unrelated sites share: leave it out \
     for this host only, or set the cookies from an alternate domain name next to the site's";

/// The three or four cookies that grant access, in the order of CloudFront's documentation.
///
/// ```
/// use cloudfront_signer::{Conditions, CookieAttributes, EpochSeconds, KeyKind, PrivateKey, Signer, Terms};
///
/// let signer = Signer::new("K2JCJMDEHXQW5F", PrivateKey::generate(KeyKind::EcdsaP256)?)?;
/// let until = Terms::url(Conditions::until(EpochSeconds::new(1_767_290_400)?));
/// let cookies = signer.sign_cookies("https://media.example.com/videos/*", &until)?;
/// assert_eq!(cookies.value("CloudFront-Key-Pair-Id"), Some("K2JCJMDEHXQW5F"));
/// let headers = cookies.headers(&CookieAttributes { path: "/videos/".to_owned(), ..Default::default() })?;
/// assert!(headers[2].ends_with("; Path=/videos/; Secure; HttpOnly"));
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
///
/// See [signed cookies](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-cookies.html).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCookies(Vec<(&'static str, String)>);

/// Where a browser sends the cookies, and how it protects them.
///
/// By default, as AWS recommends: to the whole host that set them, over HTTPS only, inaccessible to scripts, until the
/// browser closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookieAttributes {
    /// The domain; without one, only the host that sets the cookies.
    pub domain: Option<String>,
    /// The path, without wildcards: browsers take them literally.
    pub path: String,
    /// How long the browser keeps them, in seconds; by default until it closes.
    pub max_age: Option<u64>,
    /// Sent over HTTPS only.
    pub secure: bool,
    /// Inaccessible to scripts.
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
    /// The names of all possible cookies.
    pub const NAMES: [&str; 5] = [
        "CloudFront-Expires",
        "CloudFront-Policy",
        "CloudFront-Signature",
        "CloudFront-Key-Pair-Id",
        "CloudFront-Hash-Algorithm",
    ];

    pub(crate) fn new(parameters: &Parameters<'_>) -> Result<Self, UrlError> {
        let named = |(parameter, value): (&str, Cow<'_, str>)| {
            let is_its = |name: &&str| name.strip_prefix("CloudFront-") == Some(parameter);
            Some((Self::NAMES.into_iter().find(is_its)?, value.into_owned()))
        };
        let cookies: Vec<_> = parameters.pairs().filter_map(named).collect();
        let length = cookies.iter().map(|(name, value)| name.len() + value.len() + 3).sum();
        if length > LARGEST_REQUEST {
            return Err(UrlError::CookiesTooLong { length, limit: LARGEST_REQUEST });
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
    /// [`CookieError`] for an attribute that browsers do not accept.
    pub fn headers(&self, attributes: &CookieAttributes) -> Result<Vec<String>> {
        let suffix = attributes.to_suffix()?;
        Ok(self.iter().map(|(name, value)| format!("{name}={value}{suffix}")).collect())
    }
}

impl CookieAttributes {
    /// Checks that browsers accept them.
    ///
    /// # Errors
    /// [`CookieError`].
    pub fn check(&self) -> Result<()> {
        Ok(self.to_suffix().map(drop)?)
    }

    fn to_suffix(&self) -> Result<String, CookieError> {
        let refuse = |attribute, found: &str, problem| {
            Err(CookieError::BadAttribute { attribute, found: Excerpt::new(found), problem })
        };
        let separates = |c: char| c.is_control() || !c.is_ascii() || matches!(c, ';' | ',' | ' ' | '"');
        let mut suffix = String::new();
        if let Some(domain) = &self.domain {
            if domain.is_empty()
                || holds_secrets(domain)
                || domain.contains(separates)
                || domain.contains(['/', ':', '*'])
            {
                return refuse("Domain", domain, "expected a bare domain name");
            }
            if is_public_suffix(domain.strip_prefix('.').unwrap_or(domain)) {
                return refuse("Domain", domain, PUBLIC_SUFFIX);
            }
            suffix.extend(["; Domain=", domain]);
        }
        if !self.path.starts_with('/') || holds_secrets(&self.path) || self.path.contains(separates) {
            return refuse("Path", &self.path, "expected one that starts with '/' and has no spaces or ';'");
        }
        if self.path.contains('*') {
            return refuse("Path", &self.path, "browsers take '*' literally: expected a folder, such as /videos/");
        }
        suffix.extend(["; Path=", &self.path]);
        match self.max_age {
            None => {}
            Some(0) => {
                return refuse("Max-Age", "0", "expected at least one second");
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
            Some("None") if !self.secure => return refuse("SameSite", "None", "browsers accept it only with Secure"),
            Some(mode @ ("Strict" | "Lax" | "None")) => suffix.extend(["; SameSite=", mode]),
            Some(other) => return refuse("SameSite", other, "expected \"Strict\", \"Lax\" or \"None\""),
        }
        Ok(suffix)
    }
}
