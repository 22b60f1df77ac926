//! Signing: URLs, cookies and stream names.

mod batch;
mod grant;
mod message_signer;
pub(crate) mod signer;
mod terms;

pub use self::{grant::Grant, message_signer::MessageSigner, signer::Signer, terms::Terms};
