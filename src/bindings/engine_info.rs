//! `engine_info`.

use pyo3::{prelude::*, types::PyDict};

use super::exceptions::RaiseExt as _;

/// Describe the signing engine: `engine` is in use, `available` are those of this build, `threads` is the size of a
/// batch's pool.
///
/// The environment variable CLOUDFRONT_SIGNER_ENGINE selects another engine, for tests.
///
/// Raises:
///     InvalidKeyError: The variable names an unknown engine.
///
/// Examples:
///     >>> from cloudfront_signer import engine_info
///     >>> engine_info()["threads"] >= 1
///     True
#[pyfunction]
pub(super) fn engine_info(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let chosen = crate::Engine::chosen().map_err(crate::Error::from).raise(py)?;
    let info = PyDict::new(py);
    info.set_item("engine", chosen.name())?;
    let available: Vec<_> = crate::Engine::available().iter().map(|engine| engine.name()).collect();
    info.set_item("available", available)?;
    info.set_item("threads", crate::engine::cores())?;
    Ok(info)
}
