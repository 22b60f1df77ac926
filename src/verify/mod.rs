//! Decides requests as the edge does.

mod conditions;
mod decision;
mod denial;
mod names;
mod signed;
mod verifier;

pub(crate) use self::{
    conditions::{check_address, check_resource, check_time},
    names::names,
    signed::{Claim, Signed},
};
pub use self::{
    decision::{Decision, Via},
    denial::{Code, Denial},
    verifier::{Request, Verifier},
};

#[cfg(test)]
mod tests;
