//! `PathPattern`: the path patterns of a distribution's behaviours, for the edge.

use pyo3::prelude::*;

use super::{
    arguments::{Arg, name},
    convert::{Bytes, Text},
};
use crate::policy::resource::Glob;

/// The path pattern of a cache behavior: case-sensitive, `*` for any number of characters, `/` included, `?` for
/// exactly one.
///
/// Matching takes time in proportion to the length of the path, whatever the pattern.
///
/// Args:
///     pattern: The pattern; its leading slash is optional.
///
/// Raises:
///     TypeError: The argument is not `str`.
///
/// Examples:
///     >>> from cloudfront_signer._native import PathPattern
///     >>> PathPattern("images/*.jpg").matches(b"/images/2026/a.jpg")
///     True
///
/// See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
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

    /// Whether the pattern matches the whole path.
    ///
    /// Args:
    ///     path: The path as it was sent, without its query.
    ///
    /// Raises:
    ///     TypeError: The argument is not `bytes`.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer._native import PathPattern
    ///     >>> PathPattern("*.ts").matches(b"/a.mp4")
    ///     False
    fn matches(&self, path: Arg<name::path, Bytes>) -> PyResult<bool> {
        Ok(self.0.matches(path.parsed()?.iter().copied(), None))
    }
}
