//! Signing: URLs, cookies and stream names.

pub(crate) mod signer;
