//! Why a key was refused.

use crate::text::Excerpt;

/// Why a key was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum KeyError {
    #[error("no key found: expected PEM, from its BEGIN line to its END line, or DER")]
    NotAKey,
    #[error("this is a path or a name, not PEM text: read the key from its file")]
    LooksLikeAPath,
    #[error("found {found} where the path of a key file is expected: pass the path, or read the text as PEM")]
    KeyWherePathExpected { found: Excerpt },
    #[error("this is UTF-16 text, as written by PowerShell's >: save it as UTF-8 or ASCII")]
    Utf16,
    #[error(
        "this is a PKCS#12 file; extract the private key with: openssl pkcs12 -in FILE -nocerts -noenc -out KEY.pem"
    )]
    Pkcs12,
    #[error("this is DER, not PEM text: read it as DER")]
    DerWherePemExpected,
    #[error("this is the base64 of a PEM file without its BEGIN and END lines: copy the whole file again")]
    PemBodyAlone,
    #[error("this is the damaged base64 of a PEM file: encode the whole file again (base64 -w0 KEY.pem)")]
    DamagedBase64OfPem,
    #[error("the PEM text is cut off: its block '{label}' has no END line; copy the whole file again")]
    TruncatedPem { label: &'static str },
    #[error("the PEM block '{label}' does not hold base64: copy the whole file again")]
    PemNotBase64 { label: &'static str },
    #[error(
        "the BEGIN line of the PEM text is damaged: expected five dashes, BEGIN PRIVATE KEY, five dashes; copy the whole file again"
    )]
    BadPemBegin,
    #[error("the {format} structure is damaged: copy the whole file again")]
    Malformed { format: &'static str },
    #[error("this is a public key; signing needs the matching private key")]
    PublicKeyWherePrivateExpected,
    #[error("this is a private key where a public key is expected: extract it with openssl pkey -in KEY.pem -pubout")]
    PrivateKeyWherePublicExpected,
    #[error(
        "this is a certificate, not a key; extract its public key with: openssl x509 -pubkey -noout -in CERTIFICATE.pem"
    )]
    Certificate,
    #[error("this is an SSH private key; convert it to PKCS#8 with: ssh-keygen -p -m PKCS8 -f KEYFILE")]
    SshPrivateKey,
    #[error("this is an SSH public key; convert it to PEM with: ssh-keygen -e -m PKCS8 -f KEYFILE.pub")]
    SshPublicKey,
    #[error("a PEM block '{label}' is not a key that CloudFront accepts: expected RSA or ECDSA P-256")]
    ForeignPemLabel { label: &'static str },
    #[error(
        "the PEM text holds a block of an unknown kind: expected PRIVATE KEY, RSA PRIVATE KEY, EC PRIVATE KEY or PUBLIC KEY"
    )]
    UnknownPemLabel,
    #[error("{found}: CloudFront accepts RSA and ECDSA P-256 keys")]
    UnsupportedAlgorithm { found: String },
    #[error("RSA of {bits} bits: 1024 to 4096 are supported, and CloudFront's key groups accept 2048")]
    UnsupportedRsaSize { bits: usize },
    #[error("an RSA key with more than two primes: CloudFront accepts keys with two primes; make a new key")]
    MultiPrimeRsa,
    #[error(
        "the RSA key's numbers do not fit together ({which}): the file is damaged, and a signature would leak the key"
    )]
    InconsistentRsa { which: &'static str },
    #[error("the private and the public key in this file do not match: the file is damaged")]
    InconsistentEc,
    #[error("the key is encrypted: give its passphrase")]
    PassphraseMissing,
    #[error("the passphrase does not open this key")]
    PassphraseWrong,
    #[error("an empty passphrase protects nothing: use a longer one, or none")]
    PassphraseEmpty,
    #[error(
        "the key uses OpenSSL's old PEM encryption; convert it to PKCS#8 with: openssl pkcs8 -topk8 -in OLD.pem -out NEW.pem"
    )]
    LegacyEncryption,
    #[error(
        "the key is encrypted with an unsupported algorithm; convert it with: openssl pkcs8 -topk8 -v2 aes256 -in OLD.pem -out NEW.pem"
    )]
    UnsupportedEncryption,
    #[error(
        "the key's encryption needs more work or memory than is allowed; convert it with: openssl pkcs8 -topk8 -v2 aes256 -in OLD.pem -out NEW.pem"
    )]
    EncryptionTooCostly,
    #[error("the path of the key file is empty")]
    EmptyPath,
    #[error("{path}: {problem}")]
    Unreadable { path: Excerpt, problem: String },
    #[error("key kind {found:?}: expected \"rsa-2048\" or \"ecdsa-p256\"")]
    UnknownKind { found: Excerpt },
    #[error("CLOUDFRONT_SIGNER_ENGINE is {found:?}: this build supports {known} on this CPU")]
    UnknownEngine { found: Excerpt, known: String },
    #[error("the operating system provided no random numbers, so no key was made")]
    NoRandomness,
}
