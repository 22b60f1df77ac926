//! `PathPattern`: the path patterns of a distribution's behaviours, for the edge.

use pyo3::prelude::*;

use super::{
    arguments::{Arg, name},
    convert::{Bytes, Text},
};
use crate::policy::resource::Glob;

/// A behaviour's path pattern: case-sensitive, `*` any number of characters (`/` too), `?` exactly one.
///
/// The first slash may be left out. The path is given without its query. Matching takes time in proportion to the path,
/// whatever the pattern
/// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html).
///
/// >>> from cloudfront_signer._native import PathPattern
/// >>> PathPattern("images/*.jpg").matches(b"/images/2026/a.jpg")
/// True
#[pyclass(module = "cloudfront_signer._native", frozen)]
pub(super) struct PathPattern(Glob);

#[pymethods]
impl PathPattern {
    #[new]
    fn new(pattern: Arg<name::pattern, Text>) -> PyResult<Self> {
        let pattern = pattern.parsed()?;
        let slash = if pattern.starts_with(['/', '*']) { "" } else { "/" };
        Ok(Self(Glob::new(&[slash, &pattern].concat())))
    }

    /// Whether the whole path matches.
    fn matches(&self, path: Arg<name::path, Bytes>) -> PyResult<bool> {
        Ok(self.0.matches(path.parsed()?.iter().copied(), None))
    }
}
