//! The properties stand with the main crate's tests, which run them on fixed inputs.

#[path = "../../tests/rust/properties.rs"]
mod properties;

pub use properties::*;
