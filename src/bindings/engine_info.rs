//! `engine_info`.

use pyo3::{prelude::*, types::PyDict};

use super::exceptions::RaiseExt as _;

/// Say who signs: the engine, the engines of this build, and how many threads a batch gets.
///
/// The environment variable CLOUDFRONT_SIGNER_ENGINE names another engine, for tests; a name that is not known raises
/// InvalidKeyError.
///
/// >>> from cloudfront_signer import engine_info
/// >>> engine_info().get("threads") >= 1
/// True
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
