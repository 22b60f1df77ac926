//! Private and public keys: reading, writing, generating, signing and verifying.
//!
//! A key is parsed and checked once, when it is loaded; afterwards it can only sign. It is wiped when dropped, and its
//! `Debug` form, errors and messages show no more than its kind and size.

mod consistency;
mod file;
mod formats;
mod kind;
mod pem;
mod private;
mod public;

pub use self::{kind::KeyKind, private::PrivateKey, public::PublicKey};
