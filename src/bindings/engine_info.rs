//! `engine_info`.

use pyo3::{prelude::*, types::PyDict};

use super::exceptions::RaiseExt as _;

/// Describe the signing engine: `engine` signs, `batch` signs many messages with an RSA-2048 key, `available` lists
/// the engines of this build, and `threads` is the size of a batch's pool.
///
/// The environment variable CLOUDFRONT_SIGNER_ENGINE selects another engine ("aws-lc", "portable"), which then also
/// signs batches, or a batch engine ("lanes" is the fastest one of this CPU).
///
/// Raises:
///     InvalidKeyError: The variable names an engine that is unknown or that this CPU cannot run.
///
/// Examples:
///     >>> from cloudfront_signer import engine_info
///     >>> engine_info()["threads"] >= 1
///     True
#[pyfunction]
pub(super) fn engine_info(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let chosen = crate::engine::Choice::made().map_err(crate::Error::from).raise(py)?;
    let info = PyDict::new(py);
    info.set_item("engine", chosen.engine.name())?;
    info.set_item("batch", chosen.batch_name())?;
    let available: Vec<_> = crate::Engine::available().iter().map(|engine| engine.name()).collect();
    info.set_item("available", available)?;
    info.set_item("threads", crate::engine::cores())?;
    Ok(info)
}
