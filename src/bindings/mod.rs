//! The Python module `cloudfront_signer._native`: arguments are parsed once at the border, the core does the rest.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 passes arguments by value")]
#![allow(clippy::doc_link_with_quotes, reason = "the docstrings are written for Python, with its examples")]

mod arguments;
mod attributes;
mod botocore_methods;
mod clock;
mod column_buffers;
mod columns;
mod conditions;
mod convert;
mod cookies;
mod encoding;
mod engine_info;
mod exceptions;
mod grant;
mod hints;
mod html;
mod inspection;
mod interrupts;
mod key_argument;
mod manifest;
mod manifest_arguments;
mod path_pattern;
mod policy;
mod private_key;
mod public_key;
mod redaction;
mod request;
mod rsa_signer;
mod settings;
mod signed_url;
mod signer;
mod signer_state;
mod signing_methods;
mod terms;
mod time;
mod time_value;
mod url_text;
mod verifier;

#[pyo3::pymodule(gil_used = false)]
mod _native {
    /// The version of the core and of the package, which is the same.
    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "the name in Python")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_export]
    use super::{
        columns::ColumnSigner,
        cookies::SignedCookies,
        encoding::{decode_base64, encode_base64, escape_query, unescape_query},
        engine_info::engine_info,
        grant::Grant,
        inspection::{Diagnosis, Inspection, Mistake, explain_answer, inspect, mistake_names},
        manifest::{sign_dash, sign_hls},
        path_pattern::PathPattern,
        policy::Policy,
        private_key::{PrivateKey, RsaSigner},
        public_key::PublicKey,
        redaction::{excerpt, holds_key, mask_secrets},
        rsa_signer::rsa_signer,
        signed_url::signed_url,
        signer::CloudFrontSigner,
        url_text::{quote_path, wire_url},
        verifier::{Decision, Verifier},
    };
}
