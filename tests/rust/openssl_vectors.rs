//! Signatures that the `openssl` command made: those of the repository verify, and fresh ones come out the same.

use std::{fs, path::Path, process::Command};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use cloudfront_signer::{Engine, Error, HashAlgorithm, KeyError, PrivateKey, PublicKey};

struct Vector {
    key: String,
    hash: HashAlgorithm,
    message: Vec<u8>,
    signature: Vec<u8>,
    public: PublicKey,
}

fn read(path: &Path) -> Vec<Vector> {
    let text = fs::read_to_string(path).expect("a line as make.sh writes it");
    let vectors: Vec<Vector> = text.lines().filter(|line| !line.starts_with('#')).map(parse).collect();
    assert_eq!(vectors.len(), 5 * 4 * 2, "five keys, four messages, two hashes");
    vectors
}

fn parse(line: &str) -> Vector {
    let [key, hash, message, signature, public] =
        line.split(' ').collect::<Vec<_>>().try_into().expect("a line as make.sh writes it");
    Vector {
        key: key.to_owned(),
        hash: hash.parse().expect("a line as make.sh writes it"),
        message: from_hex(message.strip_prefix('x').expect("a line as make.sh writes it")),
        signature: from_hex(signature),
        public: PublicKey::from_der(&BASE64_STANDARD.decode(public).expect("a line as make.sh writes it"))
            .expect("a line as make.sh writes it"),
    }
}

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("a line as make.sh writes it"))
        .collect()
}

#[test]
fn those_of_the_repository_verify() {
    for vector in read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/openssl.txt")) {
        for engine in Engine::available() {
            let public = vector.public.with_engine(*engine).unwrap();
            assert!(public.verify(&vector.message, &vector.signature, vector.hash), "{} {engine:?}", vector.key);
            for place in [0, vector.signature.len() / 2, vector.signature.len() - 1] {
                let mut flipped = vector.signature.clone();
                flipped[place] ^= 1;
                assert!(!public.verify(&vector.message, &flipped, vector.hash), "{} {engine:?}", vector.key);
            }
        }
    }
}

/// A folder of its own below `target`, where `make.sh` leaves its keys.
fn fresh_folder(name: &str) -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder below target");
    folder
}

fn run(command: &mut Command) {
    let done = command.output().expect("the openssl command and bash are needed: apt-get install openssl");
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn fresh_ones_come_out_the_same() {
    let folder = fresh_folder("openssl");
    run(Command::new("bash").arg("scripts/make-vectors.sh").arg(&folder).current_dir(env!("CARGO_MANIFEST_DIR")));
    for vector in read(&folder.join("openssl.txt")) {
        let key = PrivateKey::from_file(&folder.join(&vector.key), None).unwrap();
        assert_eq!(key.kind().to_string(), vector.key);
        for engine in Engine::available() {
            let ours = key.with_engine(*engine).unwrap().sign(&vector.message, vector.hash).unwrap();
            if vector.key.starts_with("rsa") {
                assert_eq!(ours, vector.signature, "{} {engine:?}", vector.key);
            }
            assert!(vector.public.verify(&vector.message, &ours, vector.hash), "{} {engine:?}", vector.key);
        }
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_cloudfront_does_not_take_is_named() {
    let folder = fresh_folder("refused");
    let make = |name: &str, arguments: &[&str]| {
        run(Command::new("openssl").args(arguments).arg("-out").arg(name).current_dir(&folder));
        match PrivateKey::from_file(&folder.join(name), None) {
            Err(Error::InFile { path, error }) if path.to_string().ends_with(name) => match *error {
                Error::InvalidKey(error) => error,
                other => panic!("{name}: {other:?}"),
            },
            other => panic!("{name}: {other:?}"),
        }
    };
    let primes = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_primes:3"];
    assert_eq!(make("multi-prime", &primes), KeyError::MultiPrimeRsa);
    let small = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:512"];
    assert_eq!(make("small", &small), KeyError::UnsupportedRsaSize { bits: 512 });
    for curve in ["P-384", "P-521"] {
        let option = format!("ec_paramgen_curve:{curve}");
        let error = make(curve, &["genpkey", "-algorithm", "EC", "-pkeyopt", &option]);
        assert!(error.to_string().contains(curve), "{error}");
    }
    assert!(make("ed25519", &["genpkey", "-algorithm", "ed25519"]).to_string().contains("Ed25519"));
    fs::remove_dir_all(folder).unwrap();
}
