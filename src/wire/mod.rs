//! The wire format: CloudFront's base64 and escapes, and URLs as clients send them.

pub(crate) mod encoding;
pub(crate) mod reference;
pub(crate) mod url;
