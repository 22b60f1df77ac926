//! What a signed URL or cookies say, and what is wrong with them.
//!
//! [`Inspection`] reads a text as far as that is possible without a key. [`Diagnosis`] decides a request with it as the
//! edge does and, if it is denied, tries the mistakes that people make until one of them explains it. [`Answer`] reads
//! what CloudFront or S3 answered.

mod answer;
mod cause;
mod circumstances;
mod clients;
mod cookie_text;
mod copied;
mod diagnosis;
mod difference;
mod inspection;
mod json_spelling;
mod key_id;
mod mistake;
mod policy_flaw;
mod signature_search;
mod trials;
mod url_forms;
mod url_parts;
mod warnings;

pub use self::{
    answer::Answer, cause::Cause, circumstances::Circumstances, copied::Copied, diagnosis::Diagnosis,
    inspection::Inspection, mistake::Mistake, policy_flaw::PolicyFlaw,
};

#[cfg(feature = "python")]
pub(crate) use self::inspection::policy_rows;

#[cfg(test)]
mod tests;
