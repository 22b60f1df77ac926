//! Why a text is not CloudFront's base64.

/// The first flaw of a text that is not base64. Offsets count bytes from 0.
///
/// ```
/// use cloudfront_signer::{Base64Error, Error, decode_base64};
///
/// let refused = decode_base64("a+b_");
/// assert!(matches!(refused, Err(Error::InvalidSignature(Base64Error::Symbol { offset: 1, byte: b'+' }))));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Base64Error {
    /// A byte that is not in the alphabet.
    #[error("unexpected symbol '{}' at offset {offset}", .byte.escape_ascii())]
    Symbol {
        /// Where it is.
        offset: usize,
        /// What it is.
        byte: u8,
    },
    /// No bytes have an encoding of this many symbols.
    #[error("{0} symbols are not a whole number of bytes")]
    Length(usize),
    /// The last symbol has bits that encode nothing, so the text was cut off or changed.
    #[error("the last symbol, at offset {offset}, is not one that an encoder writes")]
    LastSymbol {
        /// Where it is.
        offset: usize,
    },
    /// The padding at the end is missing, too short or too long.
    #[error("wrong padding at the end")]
    Padding,
}
