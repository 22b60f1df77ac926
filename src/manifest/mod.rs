//! Manifests of streams, HLS playlists and DASH MPDs, signed in place.
//!
//! Every URI of the own host is signed, and nothing else is touched: a manifest is never parsed into objects and
//! written again, which would lose comments, unknown tags and white space. [`signer`] decides which URIs are
//! signed and how, [`hls`] and [`dash`] know where they stand, and [`edits`] holds the changes until they are written.
//!
//! It does not fetch manifests, and it signs no URI of another host unless that is named: advertisements and licence
//! servers are not CloudFront's.

mod attributes;
mod dash;
mod edits;
mod hls;
mod signer;
mod variables;

pub use self::{
    edits::Rewritten,
    signer::{ManifestAccess, ManifestSigner},
};
use crate::error::Result;

impl ManifestSigner {
    /// Signs an HLS playlist.
    ///
    /// # Errors
    /// [`ManifestError`] for what is no playlist, and [`Error::InManifest`](crate::Error::InManifest) with the line of a
    /// URI that cannot be signed.
    pub fn sign_hls<'t>(&self, text: &'t str) -> Result<Rewritten<'t>> {
        self.sign_hls_while(text, &|| Ok(()))
    }

    /// The same, calling `keep_going` repeatedly from the calling thread; its error ends the work.
    ///
    /// # Errors
    /// As [`ManifestSigner::sign_hls`], and the errors of `keep_going`.
    pub fn sign_hls_while<'t>(&self, text: &'t str, keep_going: &dyn Fn() -> Result<()>) -> Result<Rewritten<'t>> {
        hls::sign(self, text, keep_going)
    }

    /// Signs a DASH MPD.
    ///
    /// # Errors
    /// [`ManifestError`] for what is no MPD, and [`Error::InManifest`](crate::Error::InManifest) with the line of a URI
    /// that cannot be signed.
    pub fn sign_dash<'t>(&self, text: &'t str) -> Result<Rewritten<'t>> {
        self.sign_dash_while(text, &|| Ok(()))
    }

    /// The same, calling `keep_going` repeatedly from the calling thread; its error ends the work.
    ///
    /// # Errors
    /// As [`ManifestSigner::sign_dash`], and the errors of `keep_going`.
    pub fn sign_dash_while<'t>(&self, text: &'t str, keep_going: &dyn Fn() -> Result<()>) -> Result<Rewritten<'t>> {
        dash::sign(self, text, keep_going)
    }
}
