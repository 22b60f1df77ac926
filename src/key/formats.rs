//! The structures of key files, converted to one form each: PKCS#8 for private keys, SubjectPublicKeyInfo for public
//! keys.

use pkcs1::{RsaPrivateKeyRef, RsaPublicKeyRef};
use pkcs8::{
    EncodePrivateKey, EncodePublicKey, EncryptedPrivateKeyInfoRef, ObjectIdentifier, PrivateKeyInfoRef,
    der::{
        self, Decode, Encode, SliceReader, Tag, Tagged as _,
        asn1::{AnyRef, OctetStringRef},
    },
    pkcs5::pbes2,
};
use sec1::EcPrivateKey;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use super::{consistency::check_rsa, kind::KeyKind, pem};
use crate::error::KeyError;

const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// A key in its canonical form.
pub(super) struct Canonical {
    pub(super) kind: KeyKind,
    pub(super) der: Zeroizing<Vec<u8>>,
}

/// A private key from PEM: the first one among certificates and public keys.
pub(super) fn private_from_pem(given: &[u8], passphrase: Option<&[u8]>) -> Result<Canonical, KeyError> {
    let text = pem::Text::new(given)?;
    let (mut curve, mut foreign) = (None, None);
    for block in text.blocks()? {
        match block.label {
            Some("EC PARAMETERS") => curve = ObjectIdentifier::from_der(&block.decode()?).ok(),
            Some("PRIVATE KEY") => return private_from_pkcs8(&block.decode()?),
            Some("ENCRYPTED PRIVATE KEY") => return decrypt(&block.decode()?, passphrase),
            Some("RSA PRIVATE KEY") => return private_from_pkcs1(&block.decode()?),
            Some("EC PRIVATE KEY") => return private_from_sec1(&block.decode()?, curve),
            Some("PUBLIC KEY" | "RSA PUBLIC KEY") => {
                foreign.get_or_insert(KeyError::PublicKeyWherePrivateExpected);
            }
            label => {
                foreign.get_or_insert(foreign_label(label));
            }
        }
    }
    Err(foreign.unwrap_or_else(|| no_block(given)))
}

/// A public key from PEM: the first key among certificates.
pub(super) fn public_from_pem(given: &[u8]) -> Result<Canonical, KeyError> {
    let text = pem::Text::new(given)?;
    let mut foreign = None;
    for block in text.blocks()? {
        match block.label {
            Some("PUBLIC KEY") => return public_from_spki(&block.decode()?),
            Some("RSA PUBLIC KEY") => return public_from_pkcs1(&block.decode()?),
            Some("PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" | "EC PARAMETERS") => {
                return Err(KeyError::PrivateKeyWherePublicExpected);
            }
            label => {
                foreign.get_or_insert(foreign_label(label));
            }
        }
    }
    Err(foreign.unwrap_or_else(|| no_block(given)))
}

/// A private key from DER of any known structure.
pub(super) fn private_from_der(der: &[u8], passphrase: Option<&[u8]>) -> Result<Canonical, KeyError> {
    if PrivateKeyInfoRef::from_der(der).is_ok() {
        private_from_pkcs8(der)
    } else if EncryptedPrivateKeyInfoRef::from_der(der).is_ok() {
        decrypt(der, passphrase)
    } else if EcPrivateKey::from_der(der).is_ok() {
        private_from_sec1(der, None)
    } else if RsaPrivateKeyRef::from_der(der).is_ok() {
        private_from_pkcs1(der)
    } else if SubjectPublicKeyInfoRef::from_der(der).is_ok() || RsaPublicKeyRef::from_der(der).is_ok() {
        Err(KeyError::PublicKeyWherePrivateExpected)
    } else {
        Err(no_structure(der))
    }
}

/// A public key from DER of either known structure.
pub(super) fn public_from_der(der: &[u8]) -> Result<Canonical, KeyError> {
    if SubjectPublicKeyInfoRef::from_der(der).is_ok() {
        public_from_spki(der)
    } else if RsaPublicKeyRef::from_der(der).is_ok() {
        public_from_pkcs1(der)
    } else if PrivateKeyInfoRef::from_der(der).is_ok()
        || EncryptedPrivateKeyInfoRef::from_der(der).is_ok()
        || EcPrivateKey::from_der(der).is_ok()
        || RsaPrivateKeyRef::from_der(der).is_ok()
    {
        Err(KeyError::PrivateKeyWherePublicExpected)
    } else {
        Err(no_structure(der))
    }
}

/// A P-256 private key from its scalar, written with its public half.
pub(super) fn private_from_p256(secret: &p256::SecretKey) -> Result<Canonical, KeyError> {
    let document = secret.to_pkcs8_der().map_err(|_| KeyError::Malformed { format: "SEC1" })?;
    Ok(Canonical { kind: KeyKind::EcdsaP256, der: Zeroizing::new(document.as_bytes().to_vec()) })
}

/// The public half of a canonical private key.
pub(super) fn public_half(private: &Canonical) -> Result<Canonical, KeyError> {
    let malformed = |_| KeyError::Malformed { format: "PKCS#8" };
    let info = PrivateKeyInfoRef::from_der(&private.der).map_err(malformed)?;
    match private.kind {
        KeyKind::Rsa { .. } => {
            let key = RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).map_err(malformed)?;
            public_from_pkcs1(&key.public_key().to_der().map_err(malformed)?)
        }
        KeyKind::EcdsaP256 => {
            let key = p256::SecretKey::try_from(info).map_err(|_| KeyError::Malformed { format: "PKCS#8" })?;
            let spki = key.public_key().to_public_key_der().map_err(|_| KeyError::Malformed { format: "PKCS#8" })?;
            Ok(Canonical { kind: KeyKind::EcdsaP256, der: Zeroizing::new(spki.as_bytes().to_vec()) })
        }
    }
}

fn private_from_pkcs8(der: &[u8]) -> Result<Canonical, KeyError> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| KeyError::Malformed { format: "PKCS#8" })?;
    match algorithm(&info.algorithm)? {
        Algorithm::Rsa => private_from_pkcs1(info.private_key.as_bytes()),
        Algorithm::P256 => private_from_sec1(info.private_key.as_bytes(), Some(P256)),
    }
}

fn private_from_pkcs1(der: &[u8]) -> Result<Canonical, KeyError> {
    let key = RsaPrivateKeyRef::from_der(der).map_err(|_| KeyError::Malformed { format: "PKCS#1" })?;
    if key.other_prime_infos.is_some() {
        return Err(KeyError::MultiPrimeRsa);
    }
    let bits = rsa_size(key.modulus.as_bytes())?;
    check_rsa(&key)?;
    let inner = OctetStringRef::new(der).map_err(|_| KeyError::Malformed { format: "PKCS#1" })?;
    let info = PrivateKeyInfoRef::new(pkcs1::ALGORITHM_ID, inner);
    let pkcs8 = info.to_der().map_err(|_| KeyError::Malformed { format: "PKCS#1" })?;
    Ok(Canonical { kind: KeyKind::Rsa { bits }, der: Zeroizing::new(pkcs8) })
}

fn private_from_sec1(der: &[u8], curve: Option<ObjectIdentifier>) -> Result<Canonical, KeyError> {
    let key = EcPrivateKey::from_der(der)
        .map_err(|_| if has_explicit_curve(der) { unnamed_curve() } else { KeyError::Malformed { format: "SEC1" } })?;
    let named = key.parameters.as_ref().and_then(|parameters| parameters.named_curve());
    if let Some(curve) = named.or(curve).filter(|curve| *curve != P256) {
        return Err(unsupported_curve(curve));
    }
    let secret = p256::SecretKey::from_slice(key.private_key).map_err(|_| KeyError::Malformed { format: "SEC1" })?;
    if let Some(public) = key.public_key {
        let stated = p256::PublicKey::from_sec1_bytes(public).map_err(|_| KeyError::InconsistentEc)?;
        if stated != secret.public_key() {
            return Err(KeyError::InconsistentEc);
        }
    }
    private_from_p256(&secret)
}

fn public_from_spki(der: &[u8]) -> Result<Canonical, KeyError> {
    let malformed = || KeyError::Malformed { format: "SubjectPublicKeyInfo" };
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| malformed())?;
    let content = info.subject_public_key.as_bytes().ok_or_else(malformed)?;
    match algorithm(&info.algorithm)? {
        Algorithm::Rsa => public_from_pkcs1(content),
        Algorithm::P256 => {
            p256::PublicKey::from_sec1_bytes(content).map_err(|_| malformed())?;
            Ok(Canonical { kind: KeyKind::EcdsaP256, der: Zeroizing::new(der.to_vec()) })
        }
    }
}

fn public_from_pkcs1(der: &[u8]) -> Result<Canonical, KeyError> {
    let malformed = || KeyError::Malformed { format: "PKCS#1" };
    let key = RsaPublicKeyRef::from_der(der).map_err(|_| malformed())?;
    let bits = rsa_size(key.modulus.as_bytes())?;
    // The engines accept 33 bits; larger numbers must not be computed with.
    if key.public_exponent.as_bytes().len() > 5 {
        return Err(malformed());
    }
    let info = SubjectPublicKeyInfoRef {
        algorithm: pkcs1::ALGORITHM_ID,
        subject_public_key: der::asn1::BitStringRef::from_bytes(der).map_err(|_| malformed())?,
    };
    Ok(Canonical { kind: KeyKind::Rsa { bits }, der: Zeroizing::new(info.to_der().map_err(|_| malformed())?) })
}

fn decrypt(der: &[u8], passphrase: Option<&[u8]>) -> Result<Canonical, KeyError> {
    let info = EncryptedPrivateKeyInfoRef::from_der(der).map_err(|_| KeyError::UnsupportedEncryption)?;
    check_cost(info.encryption_algorithm.pbes2().ok_or(KeyError::UnsupportedEncryption)?)?;
    let passphrase = passphrase.ok_or(KeyError::PassphraseMissing)?;
    let document = info.decrypt(passphrase).map_err(|_| KeyError::PassphraseWrong)?;
    private_from_pkcs8(document.as_bytes())
}

/// The file itself sets how much work decryption takes: it must not block or exhaust the process.
fn check_cost(parameters: &pbes2::Parameters) -> Result<(), KeyError> {
    const MOST_ROUNDS: u32 = 10_000_000;
    const MOST_MEMORY: u64 = 256 << 20;
    let sensible = match &parameters.kdf {
        pbes2::Kdf::Pbkdf2(work) => work.iteration_count <= MOST_ROUNDS,
        pbes2::Kdf::Scrypt(work) => {
            let memory = work.cost_parameter.saturating_mul(128).saturating_mul(work.block_size.into());
            // RFC 7914, section 6: the cost is a power of two, and larger than one.
            work.cost_parameter > 1
                && work.cost_parameter.is_power_of_two()
                && memory <= MOST_MEMORY
                && (1..=16).contains(&work.parallelization)
        }
        _ => return Err(KeyError::UnsupportedEncryption),
    };
    if sensible { Ok(()) } else { Err(KeyError::EncryptionTooCostly) }
}

enum Algorithm {
    Rsa,
    P256,
}

fn algorithm(identifier: &AlgorithmIdentifierRef<'_>) -> Result<Algorithm, KeyError> {
    if identifier.oid == pkcs1::ALGORITHM_OID {
        return Ok(Algorithm::Rsa);
    }
    if identifier.oid == EC_PUBLIC_KEY {
        return match identifier.parameters_oid() {
            Ok(P256) => Ok(Algorithm::P256),
            Ok(curve) => Err(unsupported_curve(curve)),
            Err(_) => Err(unnamed_curve()),
        };
    }
    let found = match identifier.oid.to_string().as_str() {
        "1.3.101.112" => "this is an Ed25519 key".to_owned(),
        "1.3.101.113" => "this is an Ed448 key".to_owned(),
        "1.3.101.110" => "this is an X25519 key".to_owned(),
        "1.2.840.10040.4.1" => "this is a DSA key".to_owned(),
        "1.2.840.113549.1.1.10" => "this is an RSA-PSS key".to_owned(),
        oid => format!("this is a key of algorithm {oid}"),
    };
    Err(KeyError::UnsupportedAlgorithm { found })
}

fn unsupported_curve(curve: ObjectIdentifier) -> KeyError {
    let found = match curve.to_string().as_str() {
        "1.3.132.0.34" => "this is a P-384 key".to_owned(),
        "1.3.132.0.35" => "this is a P-521 key".to_owned(),
        "1.3.132.0.10" => "this is a secp256k1 key".to_owned(),
        oid => format!("this is a key on the curve {oid}"),
    };
    KeyError::UnsupportedAlgorithm { found }
}

/// A curve whose parameters are written out, as by `openssl -param_enc explicit`.
fn unnamed_curve() -> KeyError {
    KeyError::UnsupportedAlgorithm { found: "this is a key on an elliptic curve without a name".to_owned() }
}

/// Whether a SEC1 structure (INTEGER, OCTET STRING, parameters) has a SEQUENCE instead of the identifier of a named
/// curve.
fn has_explicit_curve(der: &[u8]) -> bool {
    first_three(der).is_ok_and(|[version, number, parameters]| {
        (version.tag(), number.tag()) == (Tag::Integer, Tag::OctetString) && is_sequence(parameters.value())
    })
}

fn rsa_size(modulus: &[u8]) -> Result<usize, KeyError> {
    let leading = modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    let bits = modulus.len() * 8 - leading;
    if (1024..=4096).contains(&bits) { Ok(bits) } else { Err(KeyError::UnsupportedRsaSize { bits }) }
}

fn foreign_label(label: Option<&'static str>) -> KeyError {
    match label {
        Some("CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE") => KeyError::Certificate,
        Some("OPENSSH PRIVATE KEY") => KeyError::SshPrivateKey,
        Some("DSA PRIVATE KEY") => KeyError::UnsupportedAlgorithm { found: "this is a DSA key".to_owned() },
        Some(label) => KeyError::ForeignPemLabel { label },
        None => KeyError::UnknownPemLabel,
    }
}

/// Why a text has no PEM block.
fn no_block(text: &[u8]) -> KeyError {
    let text = text.trim_ascii();
    let is_ssh = |start: &&str| text.starts_with(start.as_bytes());
    if ["ssh-", "ecdsa-sha2-", "---- BEGIN SSH2 PUBLIC KEY"].iter().any(is_ssh) {
        KeyError::SshPublicKey
    } else if is_sequence(text) {
        KeyError::DerWherePemExpected
    } else if matches!(text, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        KeyError::Utf16
    } else if text.len() < 512 && text.ends_with(b".pem") {
        KeyError::LooksLikeAPath
    } else if pem::find(text, b"BEGIN ").is_some() {
        KeyError::BadPemBegin
    } else if pem::decode_base64(text).is_some_and(|der| is_sequence(&der) && AnyRef::from_der(&der).is_ok()) {
        KeyError::PemBodyAlone
    } else {
        KeyError::NotAKey
    }
}

/// Why DER has none of the known structures.
fn no_structure(der: &[u8]) -> KeyError {
    if is_certificate(der) {
        KeyError::Certificate
    } else if is_pkcs12(der) {
        KeyError::Pkcs12
    } else if has_explicit_curve(der) {
        unnamed_curve()
    } else if is_sequence(der) {
        KeyError::Malformed { format: "DER" }
    } else {
        KeyError::NotAKey
    }
}

/// A certificate is a SEQUENCE of a SEQUENCE, a SEQUENCE and a BIT STRING.
fn is_certificate(der: &[u8]) -> bool {
    first_three(der)
        .is_ok_and(|elements| elements.map(|element| element.tag()) == [Tag::Sequence, Tag::Sequence, Tag::BitString])
}

/// A PFX is a SEQUENCE of the version 3, a SEQUENCE, and usually another one (RFC 7292, section 4).
fn is_pkcs12(der: &[u8]) -> bool {
    first_three(der).is_ok_and(|[version, safe, mac]| {
        (version.value(), safe.tag(), mac.tag()) == (&[3], Tag::Sequence, Tag::Sequence)
    })
}

/// The first three elements of a SEQUENCE.
fn first_three(der: &[u8]) -> der::Result<[AnyRef<'_>; 3]> {
    let mut reader = SliceReader::new(AnyRef::from_der(der)?.value())?;
    Ok([AnyRef::decode(&mut reader)?, AnyRef::decode(&mut reader)?, AnyRef::decode(&mut reader)?])
}

/// Whether the bytes begin with a SEQUENCE of at most 16 MiB, more than any file that is read.
pub(super) fn is_sequence(bytes: &[u8]) -> bool {
    matches!(bytes, [0x30, 0x81..=0x83 | 0..=0x7f, ..])
}

#[cfg(test)]
mod tests {
    use pkcs8::pkcs5::{EncryptionScheme, pbes2::Parameters};

    use super::*;

    #[test]
    fn costly_encryption_is_refused() {
        let opened = |mut parameters: Parameters, change: &dyn Fn(&mut pbes2::Kdf)| {
            change(&mut parameters.kdf);
            let encrypted_data = OctetStringRef::new(&[0; 32]).unwrap();
            let info = EncryptedPrivateKeyInfoRef {
                encryption_algorithm: EncryptionScheme::Pbes2(parameters),
                encrypted_data,
            };
            decrypt(&info.to_der().unwrap(), Some(b"phrase")).err()
        };
        let pbkdf2 = Parameters::generate_pbkdf2_sha256_aes256cbc(1_000, &[1; 16], [2; 16]).unwrap();
        let rounds = |rounds| {
            opened(pbkdf2.clone(), &|kdf| {
                let pbes2::Kdf::Pbkdf2(work) = kdf else { unreachable!() };
                work.iteration_count = rounds;
            })
        };
        assert_eq!(rounds(1_000), Some(KeyError::PassphraseWrong));
        assert_eq!(rounds(10_000_001), Some(KeyError::EncryptionTooCostly));
        let scrypt = pkcs8::pkcs5::scrypt::Params::new(4, 8, 1).unwrap();
        let scrypt = Parameters::generate_scrypt_aes256cbc(scrypt, &[1; 16], [2; 16]).unwrap();
        let cost = |cost| {
            opened(scrypt.clone(), &|kdf| {
                let pbes2::Kdf::Scrypt(work) = kdf else { unreachable!() };
                work.cost_parameter = cost;
            })
        };
        assert_eq!(cost(16), Some(KeyError::PassphraseWrong));
        for unreal in [0, 1, 15, 1 << 40] {
            assert_eq!(cost(unreal), Some(KeyError::EncryptionTooCostly), "{unreal}");
        }
    }
}
