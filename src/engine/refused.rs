//! The error of the engines.

/// An engine could not do what was asked. Callers know what they asked for, so there is nothing to add.
#[derive(Debug)]
pub(crate) struct Refused;
