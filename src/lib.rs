//! Signs CloudFront private content: URLs, cookies and stream names, with canned or custom policies, RSA or ECDSA keys,
//! SHA-1 or SHA-256.
//!
//! ```
//! use cloudfront_signer::{Conditions, EpochSeconds, KeyKind, PrivateKey, Signer};
//!
//! let signer = Signer::new("K2JCJMDEHXQW5F", PrivateKey::generate(KeyKind::EcdsaP256)?)?;
//! let until = Conditions::until(EpochSeconds::new(1_767_290_400)?);
//! let grant = signer.grant("https://d111111abcdef8.cloudfront.net/videos/*", until)?;
//! let url = grant.url("https://d111111abcdef8.cloudfront.net/videos/1.ts")?;
//! assert!(url.contains("?Policy="));
//! # Ok::<(), cloudfront_signer::Error>(())
//! ```
//!
//! What comes out is what CloudFront accepts, or a clear error. URLs are percent-encoded before they are signed and
//! otherwise left alone; a policy that does not cover its URL is refused.
//!
//! [`Verifier`] decides requests as the edge does and says why; [`Inspection`] finds
//! the mistake.
//!
//! The crate does not talk to AWS, and does not read the clock: times are the caller's.

#[cfg(feature = "python")]
mod bindings;
mod cookie;
mod credentials;
mod encoding;
mod engine;
mod error;
mod hash_algorithm;
mod inspection;
mod key;
mod policy;
mod resource;
mod signed_url;
mod signer;
mod text;
mod url;
mod verifier;

#[cfg(feature = "python")]
#[global_allocator]
static ALLOCATOR: engine::wiping_allocator::WipingAllocator = engine::wiping_allocator::WipingAllocator;

pub use self::{
    cookie::{CookieAttributes, LARGEST_REQUEST, SignedCookies},
    encoding::{decode_base64, encode_base64, escape_query, quote_path, unescape_query},
    engine::{ENGINE_VARIABLE, Engine},
    error::{CookieError, Error, KeyError, PolicyError, Result, SigningError, UrlError},
    hash_algorithm::HashAlgorithm,
    inspection::{Answer, Cause, Circumstances, Copied, Diagnosis, Inspection, Mistake, PolicyFlaw},
    key::{KeyKind, PrivateKey, PublicKey},
    policy::{Conditions, EpochSeconds, IpRange, Policy},
    resource::Resource,
    signed_url::{LONGEST_URL, SentPolicy, SignedUrl},
    signer::{Grant, MessageSigner, Signer, Terms},
    text::{Excerpt, holds_key, mask_secrets},
    url::Url,
    verifier::{Code, Decision, Denial, Request, Verifier, Via},
};
