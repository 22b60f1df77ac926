//! Arrow's buffers as bytes: offsets and values in the machine's byte order.
//!
//! See <https://arrow.apache.org/docs/format/Columnar.html>.

use std::{ops::Range, str};

use pyo3::{exceptions::PyValueError, prelude::*, types::PyBytes};

use super::convert::Bytes;
use crate::{Result, UrlError};

/// The rows of a column in their order. A null has no result.
pub(super) type Rows = Vec<Option<Result<String>>>;

/// The ends, the data and the validity of a column.
pub(super) type Signed<'py> = (Bound<'py, PyBytes>, Bound<'py, PyBytes>, Bound<'py, PyBytes>);

/// A column of URLs. The first offset is that of the data's first byte.
pub(super) struct Urls<'a> {
    places: Vec<Range<usize>>,
    data: &'a [u8],
    validity: Validity,
}

impl<'a> Urls<'a> {
    pub(super) fn new(offsets: &[u8], data: &'a [u8], validity: Option<Bytes>) -> PyResult<Self> {
        let offsets: Vec<i64> = int64s(offsets).collect();
        let first = offsets.first().copied().unwrap_or(0);
        let place =
            |offset: &i64| usize::try_from(offset.checked_sub(first)?).ok().filter(|place| *place <= data.len());
        let offsets: Vec<usize> = offsets
            .iter()
            .map(place)
            .collect::<Option<_>>()
            .ok_or_else(|| misfit("an offset is outside of the data"))?;
        if !offsets.is_sorted() {
            return Err(misfit("an offset is less than the one before it"));
        }
        let places: Vec<_> = offsets.windows(2).map(|pair| pair[0]..pair[1]).collect();
        Ok(Self { validity: Validity::new(validity, places.len())?, places, data })
    }

    pub(super) fn rows(&self) -> usize {
        self.places.len()
    }

    pub(super) fn is_null(&self, row: usize) -> bool {
        !self.validity.is_set(row)
    }

    /// The URL of a row, unless it is null.
    pub(super) fn get(&self, row: usize) -> Option<Result<&'a str>> {
        let text = || str::from_utf8(&self.data[self.places[row].clone()]);
        self.validity.is_set(row).then(|| text().map_err(|_| UrlError::NotUtf8.into()))
    }
}

/// A column of expiries, in seconds since 1970.
pub(super) struct Expiries {
    seconds: Vec<i64>,
    validity: Validity,
}

impl Expiries {
    pub(super) fn new(seconds: Option<Bytes>, validity: Option<Bytes>, rows: usize) -> PyResult<Option<Self>> {
        let Some(seconds) = seconds else {
            return Ok(None);
        };
        let seconds: Vec<i64> = int64s(&seconds).collect();
        if seconds.len() != rows {
            return Err(misfit("expected an expiry for each row"));
        }
        Ok(Some(Self { seconds, validity: Validity::new(validity, rows)? }))
    }

    pub(super) fn get(&self, row: usize) -> Option<i64> {
        self.validity.is_set(row).then(|| self.seconds[row])
    }
}

/// A byte for each row, 0 for a null; without them, no row is null.
struct Validity(Option<Bytes>);

impl Validity {
    fn new(valid: Option<Bytes>, rows: usize) -> PyResult<Self> {
        match valid {
            Some(valid) if valid.len() != rows => Err(misfit("expected a byte of validity for each row")),
            valid => Ok(Self(valid)),
        }
    }

    fn is_set(&self, row: usize) -> bool {
        self.0.as_ref().is_none_or(|valid| valid[row] != 0)
    }
}

/// Writes the rows that are signed. All others are null. The first one starts at `start`.
pub(super) fn write<'py>(py: Python<'py>, rows: &Rows, start: i64) -> PyResult<Signed<'py>> {
    let signed = || rows.iter().map(|row| row.as_ref().and_then(|signed| signed.as_deref().ok()));
    let (mut ends, mut validity, mut end) = (Vec::with_capacity(8 * rows.len()), vec![0; rows.len().div_ceil(8)], 0);
    for (row, url) in signed().enumerate() {
        end += url.map_or(0, str::len);
        ends.extend_from_slice(&(start + i64::try_from(end)?).to_ne_bytes());
        validity[row / 8] |= u8::from(url.is_some()) << (row % 8);
    }
    let data = PyBytes::new_with(py, end, |mut free| {
        for url in signed().flatten() {
            let (place, rest) = free.split_at_mut(url.len());
            place.copy_from_slice(url.as_bytes());
            free = rest;
        }
        Ok(())
    })?;
    Ok((PyBytes::new(py, &ends), data, PyBytes::new(py, &validity)))
}

fn int64s(bytes: &[u8]) -> impl Iterator<Item = i64> + '_ {
    bytes.chunks_exact(8).map(|number| i64::from_ne_bytes(number.try_into().expect("eight bytes")))
}

fn misfit(problem: &str) -> PyErr {
    PyValueError::new_err(format!("the buffers do not fit together: {problem}"))
}
