//! Copies of a `CloudFrontSigner`, with what a subclass has of its own.

use pyo3::{
    intern,
    prelude::*,
    types::{PyDict, PyString, PyTuple},
};

use super::signer::CloudFrontSigner;

pub(super) fn shallow_copy<'py>(signer: &Bound<'py, CloudFrontSigner>) -> PyResult<Bound<'py, CloudFrontSigner>> {
    let copy = duplicate(signer)?;
    put_attributes(&own_attributes(signer)?, &copy)?;
    Ok(copy)
}

pub(super) fn deep_copy<'py>(
    signer: &Bound<'py, CloudFrontSigner>,
    memo: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, CloudFrontSigner>> {
    let (py, copy, own) = (signer.py(), duplicate(signer)?, own_attributes(signer)?);
    if !own.is_none() {
        // It may lead back to this object.
        memo.set_item(signer.as_ptr().addr(), &copy)?;
        put_attributes(&py.import("copy")?.call_method1("deepcopy", (own, memo))?, &copy)?;
    }
    Ok(copy)
}

/// Without `__init__`, which a subclass may have changed.
fn duplicate<'py>(signer: &Bound<'py, CloudFrontSigner>) -> PyResult<Bound<'py, CloudFrontSigner>> {
    let py = signer.py();
    let class = py.get_type::<CloudFrontSigner>();
    let copy = class.call_method1(intern!(py, "__new__"), (signer.get_type(),))?.cast_into::<CloudFrontSigner>()?;
    copy.get().0.copy_from(py, &signer.get().0)?;
    Ok(copy)
}

/// The attributes that a subclass has of its own, as `object.__getstate__` gives them: None, its `__dict__`, or that and
/// a dict of its slots.
fn own_attributes<'py>(signer: &Bound<'py, CloudFrontSigner>) -> PyResult<Bound<'py, PyAny>> {
    signer.py().get_type::<PyAny>().call_method1(intern!(signer.py(), "__getstate__"), (signer,))
}

fn put_attributes(own: &Bound<'_, PyAny>, copy: &Bound<'_, CloudFrontSigner>) -> PyResult<()> {
    if own.is_none() {
        return Ok(());
    }
    let (of_dict, of_slots) = match own.cast::<PyTuple>() {
        Ok(both) => (both.get_item(0)?, Some(both.get_item(1)?)),
        Err(_) => (own.clone(), None),
    };
    if !of_dict.is_none() {
        copy.getattr(intern!(copy.py(), "__dict__"))?.cast::<PyDict>()?.update(of_dict.cast()?)?;
    }
    for (name, value) in of_slots.iter().filter_map(|slots| slots.cast::<PyDict>().ok()).flatten() {
        copy.setattr(name.cast::<PyString>()?, value)?;
    }
    Ok(())
}
