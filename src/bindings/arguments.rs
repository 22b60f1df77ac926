//! Arguments that are parsed before a function runs, and named in the messages that refuse them.

use std::{convert::Infallible, marker::PhantomData};

use pyo3::{Borrowed, prelude::*};

/// A type that is read from a Python value.
///
/// An implementation shows no value in a message, as PyO3's own conversions may: it may be a key.
pub(super) trait Parse: Sized {
    /// Reads `value`; a message begins with `name`.
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self>;
}

/// One argument of a function: its type is `T`, and `N` is its name, which PyO3 does not pass on to `FromPyObject`.
///
/// A refusal is kept until the function calls [`Arg::parsed`]. If `extract` returned it, PyO3 would add a note with the
/// name of the argument, which the message has already.
pub(super) struct Arg<N, T>(PyResult<T>, PhantomData<N>);

impl<N, T> Arg<N, T> {
    pub(super) const fn new(value: T) -> Self {
        Self(Ok(value), PhantomData)
    }

    pub(super) fn parsed(self) -> PyResult<T> {
        self.0
    }

    /// The same argument under another name, or of another type.
    pub(super) fn map<M, U>(self, into: impl FnOnce(T) -> U) -> Arg<M, U> {
        Arg(self.0.map(into), PhantomData)
    }
}

impl<N: Name, T: Parse> FromPyObject<'_, '_> for Arg<N, T> {
    type Error = Infallible;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> Result<Self, Infallible> {
        Ok(Self(T::parse(N::NAME, &value), PhantomData))
    }
}

/// [`Arg::parsed`] for an argument that may be left out.
pub(super) trait OptionalArg<T> {
    fn parsed(self) -> PyResult<Option<T>>;
}

impl<N, T> OptionalArg<T> for Option<Arg<N, T>> {
    fn parsed(self) -> PyResult<Option<T>> {
        self.map(Arg::parsed).transpose()
    }
}

/// The name of an argument.
pub(super) trait Name {
    const NAME: &'static str;
}

macro_rules! names {
    ($($name:ident)*) => { $(
        #[allow(non_camel_case_types, reason = "the argument's own name")]
        pub(in crate::bindings) struct $name;

        impl super::Name for $name {
            const NAME: &'static str = stringify!($name);
        }
    )* };
}

/// A type for each argument's name, spelled as in Python.
pub(super) mod name {
    names! {
        absolute align base_url body cookies data date_greater_than date_less_than domain escape expires
        expires_validity hash_algorithm hosts http_only ip_address key key_id keys kind max_age message messages
        mode name not_before now offsets own_expiries passphrase path pattern playlists policy prefix private_key
        refused_are_null request resource same_site scope secure signature text url url_or_cookies urls
        validity variables verifier
    }
}
