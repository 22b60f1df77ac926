//! What goes over the wire: CloudFront's base64 and escapes, and URLs as clients send them.

pub(crate) mod encoding;
pub(crate) mod url;
