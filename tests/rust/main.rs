//! The tests of the public API, in one program.

mod batch;
mod engines;
mod fuzz_smoke;
mod keys;
mod openssl_vectors;
mod oversized_keys;
#[allow(unreachable_pub, reason = "public for the fuzz targets, which are another crate")]
mod properties;
mod signer;
mod url_standard;
mod wycheproof;
