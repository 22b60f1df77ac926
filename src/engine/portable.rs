//! The pure-Rust engine, on the crates `rsa` and `p256`.

use p256::ecdsa::{
    DerSignature,
    signature::hazmat::{PrehashVerifier, RandomizedPrehashSigner},
};
use pkcs8::DecodePrivateKey;
use sha1::{Digest, Sha1};
use sha2::Sha256;
use spki::DecodePublicKey;

use super::refused::Refused;
use crate::hash_algorithm::HashAlgorithm;

pub(crate) enum PrivateKey {
    Rsa(Box<rsa::PrivateKey>),
    Ec(p256::ecdsa::SigningKey),
}

impl PrivateKey {
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, Refused> {
        if let Ok(key) = p256::ecdsa::SigningKey::from_pkcs8_der(der) {
            return Ok(Self::Ec(key));
        }
        rsa::PrivateKey::from_pkcs8_der(der).map(|key| Self::Rsa(Box::new(key))).map_err(|_| Refused)
    }

    pub(crate) fn sign(&self, message: &[u8], hash: HashAlgorithm) -> Result<Vec<u8>, Refused> {
        let mut rng = getrandom::SysRng;
        match self {
            // Both are blinded, and checked with the public exponent before they are returned.
            Self::Rsa(key) => match hash {
                HashAlgorithm::Sha1 => key.pkcs1v15_sign_with_rng::<Sha1, _>(&mut rng, message),
                HashAlgorithm::Sha256 => key.pkcs1v15_sign_with_rng::<Sha256, _>(&mut rng, message),
            }
            .map_err(|_| Refused),
            Self::Ec(key) => {
                let signature: DerSignature =
                    key.sign_prehash_with_rng(&mut rng, &digest(message, hash)).map_err(|_| Refused)?;
                Ok(signature.as_bytes().to_vec())
            }
        }
    }
}

pub(crate) enum PublicKey {
    Rsa(Box<rsa::PublicKey>),
    Ec(p256::ecdsa::VerifyingKey),
}

impl PublicKey {
    pub(crate) fn from_spki(der: &[u8]) -> Result<Self, Refused> {
        if let Ok(key) = p256::ecdsa::VerifyingKey::from_public_key_der(der) {
            return Ok(Self::Ec(key));
        }
        rsa::PublicKey::from_public_key_der(der).map(|key| Self::Rsa(Box::new(key))).map_err(|_| Refused)
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8], hash: HashAlgorithm) -> bool {
        match self {
            Self::Rsa(key) => match hash {
                HashAlgorithm::Sha1 => key.pkcs1v15_verify::<Sha1>(message, signature),
                HashAlgorithm::Sha256 => key.pkcs1v15_verify::<Sha256>(message, signature),
            }
            .is_ok(),
            Self::Ec(key) => DerSignature::from_bytes(signature)
                .is_ok_and(|signature| key.verify_prehash(&digest(message, hash), &signature).is_ok()),
        }
    }
}

fn digest(message: &[u8], hash: HashAlgorithm) -> Vec<u8> {
    match hash {
        HashAlgorithm::Sha1 => Sha1::digest(message).to_vec(),
        HashAlgorithm::Sha256 => Sha256::digest(message).to_vec(),
    }
}
