//! `MessageSigner`: the key of a signer, wherever it is kept.

use crate::{error::Result, hash_algorithm::HashAlgorithm, key::PrivateKey};

/// Signs messages: a [`PrivateKey`], or a caller's own implementation, such as a key in an HSM.
///
/// ```
/// use std::sync::Arc;
///
/// use cloudfront_signer::{HashAlgorithm, KeyKind, MessageSigner, PrivateKey, Result, Signer};
///
/// struct Logged(PrivateKey);
///
/// impl MessageSigner for Logged {
///     fn sign(&self, message: &[u8], hash: HashAlgorithm) -> Result<Vec<u8>> {
///         println!("signing {} bytes", message.len());
///         self.0.sign(message, hash)
///     }
/// }
///
/// let key = Arc::new(Logged(PrivateKey::generate(KeyKind::EcdsaP256)?));
/// let signer = Signer::with("K2JCJMDEHXQW5F", key, HashAlgorithm::Sha256)?;
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
pub trait MessageSigner: Send + Sync {
    /// Signs one message.
    ///
    /// # Errors
    /// [`SigningError`](crate::SigningError); an implementation wraps its own errors in
    /// [`SigningError::Caller`](crate::SigningError::Caller).
    fn sign(&self, message: &[u8], hash: HashAlgorithm) -> Result<Vec<u8>>;

    /// Signs many messages; the signatures come in the order of the messages.
    ///
    /// # Errors
    /// As [`MessageSigner::sign`].
    fn sign_many(&self, messages: &[&[u8]], hash: HashAlgorithm) -> Result<Vec<Vec<u8>>> {
        messages.iter().map(|message| self.sign(message, hash)).collect()
    }

    /// The same, calling `keep_going` from the calling thread; its error ends the batch. The default implementation
    /// calls it once, before the batch; a [`PrivateKey`] after each signature made by this thread.
    ///
    /// # Errors
    /// As [`MessageSigner::sign`], and the errors of `keep_going`.
    fn sign_many_while(
        &self,
        messages: &[&[u8]],
        hash: HashAlgorithm,
        keep_going: &dyn Fn() -> Result<()>,
    ) -> Result<Vec<Vec<u8>>> {
        keep_going()?;
        self.sign_many(messages, hash)
    }
}

impl MessageSigner for PrivateKey {
    fn sign(&self, message: &[u8], hash: HashAlgorithm) -> Result<Vec<u8>> {
        Self::sign(self, message, hash)
    }

    fn sign_many(&self, messages: &[&[u8]], hash: HashAlgorithm) -> Result<Vec<Vec<u8>>> {
        Self::sign_many(self, messages, hash)
    }

    fn sign_many_while(
        &self,
        messages: &[&[u8]],
        hash: HashAlgorithm,
        keep_going: &dyn Fn() -> Result<()>,
    ) -> Result<Vec<Vec<u8>>> {
        Self::sign_many_while(self, messages, hash, keep_going)
    }
}
