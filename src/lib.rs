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
//! [`Verifier`] decides requests as the edge does and says why; [`Inspection`] shows what a signed URL says, and
//! [`Diagnosis`] finds the mistake in it.
//!
//! [`ManifestSigner`] signs the URIs in the playlists of HLS and the MPDs of DASH.
//!
//! The crate does not talk to AWS, and does not read the clock: times are the caller's.

#[cfg(feature = "python")]
mod bindings;
mod credentials;
mod engine;
mod error;
mod explain;
mod hash_algorithm;
mod key;
mod manifest;
mod policy;
mod sign;
mod text;
mod verify;
mod wire;

#[cfg(feature = "python")]
#[global_allocator]
static ALLOCATOR: engine::wiping_allocator::WipingAllocator =
    engine::wiping_allocator::WipingAllocator(std::alloc::System);

pub use self::{
    credentials::{
        cookies::{CookieAttributes, LARGEST_REQUEST, SignedCookies},
        signed_url::{LONGEST_URL, SentPolicy, SignedUrl},
    },
    engine::{ENGINE_VARIABLE, Engine},
    error::{Base64Error, CookieError, Error, KeyError, ManifestError, PolicyError, Result, SigningError, UrlError},
    explain::{Answer, Cause, Circumstances, Copied, Diagnosis, Inspection, Mistake, PolicyFlaw},
    hash_algorithm::HashAlgorithm,
    key::{KeyKind, PrivateKey, PublicKey},
    manifest::{ManifestAccess, ManifestSigner, Rewritten},
    policy::{Conditions, EpochSeconds, IpRange, Policy, resource::Resource},
    sign::{Grant, MessageSigner, Signer, Terms},
    text::{Excerpt, holds_key, mask_secrets},
    verify::{Code, Decision, Denial, Request, Verifier, Via},
    wire::{
        encoding::{decode_base64, encode_base64, escape_query, quote_path, unescape_query},
        url::Url,
    },
};
