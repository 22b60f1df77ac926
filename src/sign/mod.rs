//! Signing: URLs, cookies and stream names.

mod batch;
mod grant;
mod message_signer;
mod received;
pub(crate) mod signer;
mod terms;

pub use self::{grant::Grant, message_signer::MessageSigner, signer::Signer, terms::Terms};
