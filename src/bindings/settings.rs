//! Settings by their names in the environment.

use pyo3::{
    prelude::*,
    types::{PyDict, PyString},
};
use zeroize::Zeroizing;

use super::{
    convert::{RaiseExt as _, text},
    key::PrivateKey,
};
use crate::{EpochSeconds, HashAlgorithm, PolicyError, Result, SigningError, Url, UrlError};

/// The environment's variables that begin with a prefix; an empty one is as good as none.
pub(super) struct Settings<'py> {
    environment: Bound<'py, PyAny>,
    prefix: String,
}

impl<'py> Settings<'py> {
    pub(super) fn new(py: Python<'py>, prefix: &str) -> PyResult<Self> {
        Ok(Self { environment: py.import("os")?.getattr("environ")?, prefix: prefix.to_owned() })
    }

    /// The arguments of CloudFrontSigner: the key pair id, the private key, and keyword arguments for what is set.
    pub(super) fn arguments(&self) -> PyResult<((String, PrivateKey), Bound<'py, PyDict>)> {
        let py = self.environment.py();
        let missing = ["KEY_PAIR_ID", "PRIVATE_KEY"].map(|name| (name, self.value(name)));
        let missing: Vec<_> = missing
            .into_iter()
            .filter_map(|(name, value)| value.is_ok_and(|value| value.is_none()).then(|| self.name(name)))
            .collect();
        if !missing.is_empty() {
            return Err(SigningError::MissingSetting(missing.join(" and ")).into()).raise(py);
        }
        let key_id = self.value("KEY_PAIR_ID")?.unwrap_or_default().to_string();
        let (key, passphrase) = (self.value("PRIVATE_KEY")?.unwrap_or_default(), self.value("PASSPHRASE")?);
        let key = py
            .detach(|| crate::PrivateKey::from_setting(&key, passphrase.as_ref().map(|phrase| phrase.as_bytes())))
            .raise_for(py, &self.name("PRIVATE_KEY"))?;
        Ok(((key_id, PrivateKey(key)), self.keywords()?))
    }

    fn keywords(&self) -> PyResult<Bound<'py, PyDict>> {
        let py = self.environment.py();
        let keywords = PyDict::new(py);
        if let Some(domain) = self.value("DOMAIN")? {
            keywords.set_item("domain", domain.as_str())?;
        }
        if let Some(name) = self.value("HASH_ALGORITHM")? {
            let hash: HashAlgorithm = name.parse().raise_for(py, &self.name("HASH_ALGORITHM"))?;
            keywords.set_item("hash_algorithm", hash.name())?;
        }
        if let Some(written) = self.value("EXPIRES")? {
            match Written::read(&written).raise_for(py, &self.name("EXPIRES"))? {
                Written::Span(seconds) => keywords.set_item("expires", timedelta(py, seconds)?)?,
                Written::Moment(moment) => keywords.set_item("expires", moment.get())?,
            }
        }
        if let Some(written) = self.value("ALIGN")? {
            match Written::read(&written).raise_for(py, &self.name("ALIGN"))? {
                Written::Span(seconds) => keywords.set_item("align", timedelta(py, seconds)?)?,
                Written::Moment(_) => {
                    return Err(PolicyError::BadSpan(written.as_str().into()).into())
                        .raise_for(py, &self.name("ALIGN"));
                }
            }
        }
        Ok(keywords)
    }

    fn value(&self, name: &str) -> PyResult<Option<Zeroizing<String>>> {
        let value = self.environment.call_method1("get", (self.name(name),))?;
        let Ok(value) = value.cast_into::<PyString>() else { return Ok(None) };
        let value = Zeroizing::new(text(&self.name(name), value.as_any())?.to_string());
        Ok(Some(value).filter(|value| !value.trim().is_empty()))
    }

    fn name(&self, name: &str) -> String {
        [&self.prefix, name].concat()
    }
}

/// A span or a moment as a setting writes it. The environment holds text alone, so a number before 2001 is a span here.
#[derive(Debug, PartialEq)]
enum Written {
    /// In seconds.
    Span(u64),
    Moment(EpochSeconds),
}

impl Written {
    /// Reads `3600`, `30m`, `2h` and `7d`, or ISO 8601 with an offset.
    fn read(written: &str) -> Result<Self> {
        let written = written.trim();
        let (digits, unit) = written.split_at(written.find(|c: char| !c.is_ascii_digit()).unwrap_or(written.len()));
        let scale = match unit {
            "" | "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return EpochSeconds::parse(written).map(Self::Moment),
        };
        let Some(seconds) = digits.parse().ok().and_then(|count: u64| count.checked_mul(scale)) else {
            return Err(PolicyError::BadSpan(written.into()).into());
        };
        let moment = EpochSeconds::new(seconds.into())?;
        match moment.not_a_span() {
            Ok(moment) if unit.is_empty() => Ok(Self::Moment(moment)),
            _ => Ok(Self::Span(seconds)),
        }
    }
}

/// A host and nothing else, as it stands between `https://` and `/`.
pub(super) fn bare_domain(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let domain = text("domain", value)?;
    let is_bare = !domain.contains(['/', '?', '#', ':', '@']);
    if is_bare && Url::parse(&["https://", &domain].concat()).is_ok() {
        return Ok(domain.to_string());
    }
    Err(UrlError::BadDomain((&*domain).into()).into()).raise(value.py())
}

pub(super) fn timedelta<'py>(py: Python<'py>, seconds: impl IntoPyObject<'py>) -> PyResult<Bound<'py, PyAny>> {
    py.import("datetime")?.getattr("timedelta")?.call1((0, seconds))
}
