//! What a signed URL or cookies say, without any key, and, with keys, what is wrong with them.
//!
//! [`Inspection::new`] takes the text apart as far as it can be; [`Inspection::diagnose`] decides a request with it as
//! the edge does, and where that denies, tries the mistakes that people make until one explains it.

mod advice;
mod answer;
mod clients;
mod cookie_text;
mod copied;
mod diagnosis;
mod inspection;
mod json_spelling;
mod key_id;
mod mistake;
mod policy_flaw;
mod trials;
mod url_forms;
mod warnings;

pub use self::{
    answer::{Answer, Cause},
    copied::Copied,
    diagnosis::{Circumstances, Diagnosis},
    inspection::Inspection,
    mistake::Mistake,
    policy_flaw::PolicyFlaw,
};

#[cfg(test)]
mod tests;
