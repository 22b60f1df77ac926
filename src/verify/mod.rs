//! Deciding requests as the edge does.

pub(crate) mod verifier;

#[cfg(test)]
mod tests;
