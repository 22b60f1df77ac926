//! Columns of URLs: the buffers of Arrow's strings come in as bytes, and those of the signed URLs go out.

use std::{collections::HashMap, sync::Arc};

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
};

use super::{
    arguments::{Arg, OptionalArg as _, name},
    clock::warn_if_expired,
    column_buffers::{Expiries, Rows, Signed, Urls, write},
    conditions::{Align, Expires, GivenConditions, IpAddress, NotBefore},
    convert::Bytes,
    exceptions::{RaiseExt as _, wrong_type},
    grant::Grant,
    interrupts::Interrupts,
    signer::CloudFrontSigner,
    signer_state::Ready,
    terms::{GivenTerms, PolicyArgument, Resource},
    time::Expiry,
};
use crate::{EpochSeconds, PolicyError, Result, Signer, Terms};

/// Signs columns of URLs, batch by batch, for `cloudfront_signer.arrow`.
///
/// The terms are read once, so that a duration ends at the same time in all batches.
///
/// Args:
///     signer: A CloudFrontSigner, or a Grant, which has its own terms.
///     own_expiries: Whether each row has its own expiry, instead of `expires`.
///     expires, not_before, ip_address, resource, policy, align: As in `CloudFrontSigner.sign_urls`.
///
/// Raises:
///     InvalidPolicyError: The terms contradict each other, or a time or an address is not valid.
///     TypeError: An argument has the wrong type, or a Grant was given terms.
///
/// Examples:
///     >>> import struct
///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
///     >>> from cloudfront_signer._native import ColumnSigner
///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
///     >>> url = b"https://media.example.com/1.ts"
///     >>> column = ColumnSigner(signer, expires=2000000000)
///     >>> column.sign(struct.pack("2q", 0, len(url)), url, None)[1].split(b"&")[0]
///     b'https://media.example.com/1.ts?Expires=2000000000'
#[pyclass(module = "cloudfront_signer._native", frozen)]
pub(super) struct ColumnSigner(Work);

enum Work {
    Grant(crate::Grant),
    Shared(Arc<Ready>, Terms),
    OwnExpiries(Arc<Ready>, OwnExpiries),
}

/// Terms whose expiry each row sets.
struct OwnExpiries {
    terms: Terms,
    /// In seconds.
    grid: Option<u64>,
}

#[pymethods]
impl ColumnSigner {
    #[new]
    #[pyo3(
        signature = (
            signer, *, own_expiries=None, expires=None, not_before=None, ip_address=None, resource=None, policy=None, align=None
        ),
        text_signature = "(signer, *, own_expiries=False, expires=None, not_before=None, ip_address=None, resource=None, policy=None, align=None)"
    )]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments")]
    fn new(
        signer: &Bound<'_, PyAny>,
        own_expiries: Option<Arg<name::own_expiries, bool>>,
        expires: Option<Expires>,
        not_before: Option<NotBefore>,
        ip_address: Option<IpAddress>,
        resource: Option<Resource>,
        policy: Option<PolicyArgument>,
        align: Option<Align>,
    ) -> PyResult<Self> {
        let own_expiries = own_expiries.parsed()?.unwrap_or(false);
        let conditions = GivenConditions { expires, not_before, ip_address, align, ..Default::default() };
        let given = GivenTerms { conditions, resource, policy };
        if let Ok(grant) = signer.cast::<Grant>() {
            if own_expiries || given.are_given() {
                return Err(PyTypeError::new_err("a Grant has its own terms: leave out expires and all other terms"));
            }
            return Ok(Self(Work::Grant(grant.get().0.clone())));
        }
        let Ok(signer) = signer.cast::<CloudFrontSigner>() else {
            return Err(wrong_type("signer", "a CloudFrontSigner or a Grant", signer));
        };
        let (ready, py) = (CloudFrontSigner::ready(signer)?, signer.py());
        Ok(Self(if own_expiries {
            let terms = OwnExpiries::new(py, &ready, given)?;
            Work::OwnExpiries(ready, terms)
        } else {
            let terms = given.with_defaults(ready.defaults).parsed(py)?;
            Work::Shared(ready, terms)
        }))
    }

    /// Sign some rows of a column.
    ///
    /// The interpreter is released while a PrivateKey signs; Ctrl-C ends the batch.
    ///
    /// Args:
    ///     offsets: Where each URL starts, and where the last one ends: native `int64`.
    ///     data: The URLs in UTF-8, from the first offset on.
    ///     validity: A byte for each row, 0 for a null; None if no row is null.
    ///     expires: The expiry of each row in seconds since 1970, native `int64`, if each row has its own.
    ///     expires_validity: The same as `validity` for `expires`.
    ///     start: Where the first signed URL starts.
    ///     refused_are_null: Whether a row that cannot be signed is null, instead of an error.
    ///
    /// Returns:
    ///     The ends of the signed URLs as native `int64`, the signed URLs, and Arrow's validity bitmap: one bit for
    ///     each row, from the lowest bit on.
    ///
    /// Raises:
    ///     InvalidUrlError, InvalidPolicyError: A row cannot be signed; the attribute `index` counts it from 0.
    ///     SigningError: The signer returned no signature.
    ///     ValueError: The buffers do not fit together.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> import struct
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> from cloudfront_signer._native import ColumnSigner
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
    ///     >>> column = ColumnSigner(signer, expires=2000000000)
    ///     >>> column.sign(struct.pack("3q", 0, 0, 0), b"", b"\0\0")[2]
    ///     b'\x00'
    #[pyo3(
        signature = (offsets, data, validity, expires=None, expires_validity=None, *, start=None, refused_are_null=None),
        text_signature = "($self, offsets, data, validity, expires=None, expires_validity=None, *, start=0, refused_are_null=False)"
    )]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments")]
    fn sign<'py>(
        &self,
        py: Python<'py>,
        offsets: Arg<name::offsets, Bytes>,
        data: Arg<name::data, Bytes>,
        validity: Option<Arg<name::validity, Bytes>>,
        expires: Option<Arg<name::expires, Bytes>>,
        expires_validity: Option<Arg<name::expires_validity, Bytes>>,
        start: Option<i64>,
        refused_are_null: Option<Arg<name::refused_are_null, bool>>,
    ) -> PyResult<Signed<'py>> {
        let refused_are_null = refused_are_null.parsed()?.unwrap_or(false);
        let (offsets, data) = (offsets.parsed()?, data.parsed()?);
        let urls = Urls::new(&offsets, &data, validity.parsed()?)?;
        let own = Expiries::new(expires.parsed()?, expires_validity.parsed()?, urls.rows())?;
        let mut rows = self.sign_rows(py, &urls, own.as_ref())?;
        if refused_are_null {
            for row in &mut rows {
                row.take_if(|signed| signed.is_err());
            }
        }
        let refused = rows.iter().position(|row| matches!(row, Some(Err(_))));
        if let Some((index, Some(Err(error)))) = refused.map(|index| (index, rows[index].take())) {
            return Err(error.in_batch(index)).raise(py);
        }
        write(py, &rows, start.unwrap_or(0))
    }
}

impl ColumnSigner {
    fn sign_rows(&self, py: Python<'_>, urls: &Urls<'_>, expiries: Option<&Expiries>) -> PyResult<Rows> {
        match (&self.0, expiries) {
            (Work::Grant(grant), None) => {
                let sign = |row| urls.get(row).map(|url| grant.url(url?));
                Ok(py.detach(|| (0..urls.rows()).map(sign).collect()))
            }
            (Work::Shared(ready, terms), None) => ready.work(py, |signer| sign_each(signer, urls, |_| Ok(terms))),
            (Work::OwnExpiries(ready, own), Some(expiries)) => {
                let terms = own.distinct(urls, expiries);
                if let Some(first) = terms.values().flatten().map(|(end, _)| *end).min() {
                    warn_if_expired(py, first)?;
                }
                let terms_of = |row| own.terms_of(&terms, expiries.get(row));
                ready.work(py, |signer| sign_each(signer, urls, terms_of))
            }
            _ => Err(PyValueError::new_err("expires: expected with own_expiries, and only then")),
        }
    }
}

impl OwnExpiries {
    fn new(py: Python<'_>, ready: &Ready, given: GivenTerms) -> PyResult<Self> {
        let GivenTerms { mut conditions, resource, policy } = given;
        let grid = conditions.align.take().parsed()?.map(|grid| grid.0).or(ready.defaults.align);
        if conditions.expires.is_some() {
            return Err(PyTypeError::new_err(
                "expires: expected one for all rows or one for each row, both were given",
            ));
        }
        // The latest time is after any start: the rows' expiries replace it.
        conditions.expires = Some(Arg::new(Expiry::At(EpochSeconds::LAST)));
        let terms = GivenTerms { conditions, resource, policy }.parsed(py)?;
        Ok(Self { terms, grid })
    }

    /// The terms of each expiry in the rows, unless it is refused.
    fn distinct(&self, urls: &Urls<'_>, expiries: &Expiries) -> HashMap<i64, Option<(EpochSeconds, Terms)>> {
        let mut terms = HashMap::new();
        for seconds in (0..urls.rows()).filter(|row| !urls.is_null(*row)).filter_map(|row| expiries.get(row)) {
            terms.entry(seconds).or_insert_with(|| self.until(seconds).ok());
        }
        terms
    }

    fn terms_of<'t>(
        &self,
        terms: &'t HashMap<i64, Option<(EpochSeconds, Terms)>>,
        seconds: Option<i64>,
    ) -> Result<&'t Terms> {
        let seconds = seconds.ok_or(PolicyError::NeitherExpiryNorPolicy)?;
        match &terms[&seconds] {
            Some((_, terms)) => Ok(terms),
            None => Err(self.until(seconds).expect_err("it was refused before")),
        }
    }

    fn until(&self, seconds: i64) -> Result<(EpochSeconds, Terms)> {
        let mut end = EpochSeconds::new(seconds.into())?.not_a_duration()?;
        if let Some(grid) = self.grid {
            end = end.align_up(grid)?;
        }
        Ok((end, self.terms.expiring(end)?))
    }
}

/// The rows in their order. A null has no result.
fn sign_each<'t>(signer: &Signer, urls: &Urls<'_>, terms_of: impl Fn(usize) -> Result<&'t Terms>) -> Result<Rows> {
    let interrupts = Interrupts::new();
    let (mut rows, mut places, mut batch) = (Vec::with_capacity(urls.rows()), Vec::new(), Vec::new());
    for row in 0..urls.rows() {
        rows.push(match urls.get(row).map(|url| Ok((url?, terms_of(row)?))) {
            None => None,
            Some(Err(error)) => Some(Err(error)),
            Some(Ok(read)) => {
                places.push(row);
                batch.push(read);
                None
            }
        });
    }
    let results = signer.sign_each_while(&batch, &|| interrupts.check())?;
    for (place, result) in places.into_iter().zip(results) {
        rows[place] = Some(result);
    }
    Ok(rows)
}
