//! Tables for notebooks: what `_repr_html_` returns.

use pyo3::prelude::*;

use super::{clock::now, exceptions::RaiseExt as _};
use crate::{explain::policy_rows, mask_secrets};

/// A label and a text, as in `Inspection.rows`.
pub(super) type Row = (&'static str, String);

// Notebooks align the cells of a table as numbers, and allow no other style in stored output.
const LABEL: &str = "text-align:left;white-space:nowrap";
const TEXT: &str = "text-align:left;overflow-wrap:anywhere";

/// A table with one row per pair. The texts are escaped, and keys in them are masked.
pub(super) fn table(rows: Vec<Row>) -> String {
    let row = |(label, text): Row| {
        let text = escape(&mask_secrets(&text));
        format!("<tr><th style=\"{LABEL}\">{label}</th><td style=\"{TEXT}\">{text}</td></tr>")
    };
    format!("<table>{}</table>", rows.into_iter().map(row).collect::<String>())
}

pub(super) fn of_policy(py: Python<'_>, policy: &crate::Policy) -> PyResult<Vec<Row>> {
    Ok(policy_rows(policy, Some(now().raise(py)?)))
}

pub(super) fn of_cookies(py: Python<'_>, cookies: &crate::SignedCookies) -> PyResult<Vec<Row>> {
    let inspection = crate::Inspection::new(&cookies.header()).raise(py)?;
    Ok(inspection.rows(now().raise(py)?))
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}
