//! What a viewer's request carries: text that is judged, never refused.

use std::net::IpAddr;

use pyo3::{
    prelude::*,
    types::{PyMapping, PyString},
};

use super::{arguments::Parse, exceptions::wrong_type};

/// A viewer's text. What cannot be sent becomes a replacement character, which then does not verify.
pub(super) struct SentText(pub(super) String);

impl Parse for SentText {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let text = value.cast::<PyString>().map_err(|_| wrong_type(name, "str", value))?;
        Ok(Self(text.to_string_lossy().into_owned()))
    }
}

/// The Cookie header, or a mapping of names to values.
pub(super) struct CookieHeader(pub(super) String);

impl Parse for CookieHeader {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if value.is_instance_of::<PyString>() {
            return SentText::parse(name, value).map(|header| Self(header.0));
        }
        let Ok(mapping) = value.cast::<PyMapping>() else {
            return Err(wrong_type(name, "the Cookie header or a mapping of names to values", value));
        };
        let mut header = String::new();
        for pair in mapping.items()? {
            let (key, value) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
            header.extend([SentText::parse(name, &key)?.0.as_str(), "=", &SentText::parse(name, &value)?.0, "; "]);
        }
        Ok(Self(header))
    }
}

/// A viewer's address; None for anything that is not an address. The core decides what that means.
pub(super) struct ViewerAddress(pub(super) Option<IpAddr>);

impl Parse for ViewerAddress {
    fn parse(_name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self(value.str()?.to_string_lossy().parse().ok()))
    }
}
