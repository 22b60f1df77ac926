//! The grant in a viewer's URL.

use super::{
    grant::Grant,
    signer::{check_key_id, encode},
};
use crate::{
    credentials::signed_url::{SentPolicy, SignedUrl},
    error::{Result, UrlError},
};

impl Grant {
    /// The grant that a signed URL with a custom policy carries, for a server that passes a viewer's access on.
    ///
    /// The signature is not verified: the edge does that with each URL.
    ///
    /// ```
    /// use cloudfront_signer::{Conditions, EpochSeconds, Grant, KeyKind, PrivateKey, Signer};
    ///
    /// let signer = Signer::new("K2JCJMDEHXQW5F", PrivateKey::generate(KeyKind::EcdsaP256)?)?;
    /// let until = Conditions::until(EpochSeconds::new(1_767_290_400)?);
    /// let grant = signer.grant("https://d111111abcdef8.cloudfront.net/videos/*", until)?;
    /// let url = grant.url("https://d111111abcdef8.cloudfront.net/videos/index.m3u8")?;
    /// assert_eq!(Grant::from_url(&url)?.query(), grant.query());
    /// # Ok::<(), cloudfront_signer::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`UrlError::CannedPolicy`], and the errors of [`SignedUrl::parse`].
    pub fn from_url(url: &str) -> Result<Self> {
        let sent = SignedUrl::parse(url)?;
        let SentPolicy::Policy(policy) = sent.policy else { return Err(UrlError::CannedPolicy.into()) };
        // Nothing is copied that could end an attribute of a manifest, or add a parameter.
        check_key_id(&sent.key_id)?;
        Self::new(policy, &encode(&sent.signature)?, &sent.key_id, sent.hash_algorithm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Conditions, EpochSeconds, HashAlgorithm, KeyKind, PrivateKey, Signer};

    const FOLDER: &str = "https://d111111abcdef8.cloudfront.net/v/";

    fn grant(hash: HashAlgorithm) -> Grant {
        let key = PrivateKey::generate(KeyKind::EcdsaP256).unwrap();
        let signer = Signer::with("K1", std::sync::Arc::new(key), hash).unwrap();
        let until = Conditions::until(EpochSeconds::new(1_767_290_400).unwrap());
        signer.grant(&[FOLDER, "*"].concat(), until).unwrap()
    }

    #[test]
    fn it_has_the_parameters_that_were_sent() {
        for hash in [HashAlgorithm::Sha1, HashAlgorithm::Sha256] {
            let grant = grant(hash);
            let url = grant.url(&[FOLDER, "a.m3u8?b=c"].concat()).unwrap();
            let escaped = url.replace('~', "%7E").replace("K1", "%4b1");
            assert_eq!(Grant::from_url(&escaped).unwrap().query(), grant.query());
        }
    }

    #[test]
    fn a_canned_policy_is_no_grant() {
        let url = [FOLDER, "a.m3u8?Expires=1767290400&Signature=aGk_&Key-Pair-Id=K1"].concat();
        assert_eq!(Grant::from_url(&url).unwrap_err().to_string(), UrlError::CannedPolicy.to_string());
    }

    #[test]
    fn nothing_foreign_is_copied() {
        let url = grant(HashAlgorithm::Sha1).url(&[FOLDER, "a"].concat()).unwrap();
        let (start, _) = url.split_once("&Signature").unwrap();
        for rest in
            ["Signature=aGk_&Key-Pair-Id=K1%22%26a", "Signature=aGk_%22&Key-Pair-Id=K1", "Signature=&Key-Pair-Id=K1"]
        {
            assert!(Grant::from_url(&[start, "&", rest].concat()).is_err(), "{rest}");
        }
    }
}
