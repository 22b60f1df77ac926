//! The attributes of an instance, for its copies: those of `__dict__` and of a subclass's slots.

use pyo3::{
    intern,
    prelude::*,
    types::{PyDict, PyString, PyTuple},
};

/// The attributes of an instance as `object.__getstate__` returns them: None, its `__dict__`, or a tuple of that and a
/// dict of its slots.
pub(super) fn own_attributes<'py>(instance: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    instance.py().get_type::<PyAny>().call_method1(intern!(instance.py(), "__getstate__"), (instance,))
}

pub(super) fn put_attributes(own: &Bound<'_, PyAny>, copy: &Bound<'_, PyAny>) -> PyResult<()> {
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
