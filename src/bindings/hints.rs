//! Hints in Python's names for the core's errors, whose messages name no language.

use crate::{CookieError, Error, KeyError, ManifestError, PolicyError, UrlError};

/// The core's message, followed by the hint in parentheses, if there is one.
pub(super) fn message(error: &Error) -> String {
    match hint(error) {
        Some(hint) => format!("{error} ({hint})"),
        None => error.to_string(),
    }
}

fn hint(error: &Error) -> Option<String> {
    let hint = match error {
        Error::InBatch { error, .. } | Error::InFile { error, .. } | Error::InManifest { error, .. } => {
            return hint(error);
        }
        Error::InvalidKey(KeyError::LooksLikeAPath) => "PrivateKey.from_file, or a pathlib.Path",
        Error::InvalidKey(KeyError::KeyWherePathExpected { .. }) => "from_pem for PEM text",
        Error::InvalidKey(KeyError::DerWherePemExpected) => "from_der or from_file",
        Error::InvalidKey(KeyError::MultiPrimeRsa) => "PrivateKey.generate, or cloudfront-signer keygen",
        Error::InvalidPolicy(PolicyError::LikelyDuration(seconds)) => {
            return Some(format!("for a duration, timedelta(seconds={seconds})"));
        }
        Error::InvalidManifest(ManifestError::WildcardFolder(_)) => "resource=\"https://HOST/PATH/*\"",
        Error::InvalidManifest(ManifestError::UndefinedVariable(_)) => "variables={\"NAME\": \"VALUE\"}",
        Error::InvalidManifest(
            ManifestError::Wildcard(_) | ManifestError::Template(_) | ManifestError::SeveralUrls(_),
        ) => "scope=\"presentation\"",
        Error::InvalidManifest(ManifestError::MixedHosts(_) | ManifestError::ForeignProxy(_)) => "hosts=[\"HOST\"]",
        Error::InvalidManifest(ManifestError::NotASegment(_)) => "mode=\"inline\"",
        Error::InvalidManifest(ManifestError::MixedRepresentation) => "hosts=[\"HOST\"], or mode=\"inline\"",
        Error::InvalidUrl(UrlError::Relative(_)) => "for a stream name, sign_stream",
        Error::InvalidCookie(CookieError::BadAttribute { attribute: "Max-Age", .. }) => {
            "to delete the cookies, SignedCookies.clear_on"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}
