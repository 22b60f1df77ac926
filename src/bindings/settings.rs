//! Settings from environment variables.

use std::path::PathBuf;

use pyo3::{
    prelude::*,
    types::{PyDict, PyString},
};
use zeroize::Zeroizing;

use super::{
    arguments::Parse, convert::Text, exceptions::RaiseExt as _, interrupts::read_interruptibly, private_key::PrivateKey,
};
use crate::{
    EpochSeconds, Error, Excerpt, HashAlgorithm, PolicyError, Result, SigningError, Url, UrlError,
    sign::signer::check_key_id,
};

/// The environment variables that begin with a prefix. An empty variable counts as not set.
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
        let (key_id, key) = (self.trimmed("KEY_PAIR_ID")?, self.value("PRIVATE_KEY")?);
        let missing = [("KEY_PAIR_ID", key_id.is_none()), ("PRIVATE_KEY", key.is_none())];
        let missing: Vec<_> = missing.iter().filter(|(_, is)| *is).map(|(name, _)| self.shown(name)).collect();
        let (Some(key_id), Some(key)) = (key_id, key) else {
            return Err(SigningError::MissingSettings(missing).into()).raise(py);
        };
        check_key_id(&key_id).raise_for(py, &self.named("KEY_PAIR_ID"))?;
        let passphrase = self.value("PASSPHRASE")?;
        // The value may be the path of a named pipe. If it is the key itself, it is not copied.
        let path = if crate::holds_key(&key) { PathBuf::new() } else { PathBuf::from(key.trim()) };
        let read = move || crate::PrivateKey::from_setting(&key, passphrase.as_ref().map(|phrase| phrase.as_bytes()));
        let key = read_interruptibly(py, &path, read)?.raise_for(py, &self.named("PRIVATE_KEY"))?;
        Ok(((key_id, PrivateKey(key)), self.keywords()?))
    }

    fn keywords(&self) -> PyResult<Bound<'py, PyDict>> {
        let py = self.environment.py();
        let keywords = PyDict::new(py);
        if let Some(domain) = self.trimmed("DOMAIN")? {
            check_domain(&domain).raise_for(py, &self.named("DOMAIN"))?;
            keywords.set_item("domain", domain.as_str())?;
        }
        if let Some(name) = self.trimmed("HASH_ALGORITHM")? {
            let hash: HashAlgorithm = name.parse().raise_for(py, &self.named("HASH_ALGORITHM"))?;
            keywords.set_item("hash_algorithm", hash.name())?;
        }
        if let Some(written) = self.trimmed("EXPIRES")? {
            match Written::read(&written).raise_for(py, &self.named("EXPIRES"))? {
                Written::Duration(seconds) => keywords.set_item("expires", timedelta(py, seconds)?)?,
                Written::Time(time) => keywords.set_item("expires", time.get())?,
            }
        }
        if let Some(written) = self.trimmed("ALIGN")? {
            let seconds = read_grid(&written).raise_for(py, &self.named("ALIGN"))?;
            keywords.set_item("align", timedelta(py, seconds)?)?;
        }
        Ok(keywords)
    }

    /// The value of a variable, unchanged: blanks may belong to a passphrase or a file name.
    fn value(&self, name: &str) -> PyResult<Option<Zeroizing<String>>> {
        let value = self.environment.call_method1("get", ([&self.prefix, name].concat(),))?;
        let Ok(value) = value.cast_into::<PyString>() else { return Ok(None) };
        let value = Zeroizing::new(Text::parse(&self.named(name), value.as_any())?.to_string());
        Ok(Some(value).filter(|value| !value.trim().is_empty()))
    }

    /// The value without blanks around it: secrets mounted into the environment end in a newline.
    fn trimmed(&self, name: &str) -> PyResult<Option<String>> {
        Ok(self.value(name)?.map(|value| value.trim().to_owned()))
    }

    /// The name of a variable as a message shows it: the caller chose its prefix.
    fn shown(&self, name: &str) -> Excerpt {
        Excerpt::new(&[&self.prefix, name].concat())
    }

    fn named(&self, name: &str) -> String {
        self.shown(name).to_string()
    }
}

/// A duration or a time in a setting. The environment holds only text, so a number before 2001 is a duration here.
#[derive(Debug, PartialEq)]
enum Written {
    /// In seconds.
    Duration(u64),
    Time(EpochSeconds),
}

impl Written {
    /// Reads `3600`, `30m`, `2h` and `7d`, seconds since 1970, or ISO 8601 with an offset.
    fn read(written: &str) -> Result<Self> {
        if !written.bytes().all(|byte| byte.is_ascii_digit()) {
            return match (read_duration(written), EpochSeconds::parse(written)) {
                (Some(seconds), _) => Ok(Self::Duration(seconds)),
                (None, Err(Error::InvalidPolicy(PolicyError::BadTime(found)))) => {
                    Err(PolicyError::BadExpiry(found).into())
                }
                (None, time) => time.map(Self::Time),
            };
        }
        let Ok(number) = written.parse() else { return Err(PolicyError::BadExpiry(written.into()).into()) };
        let time = EpochSeconds::new(number)?;
        Ok(time.not_a_duration().map_or_else(|_| Self::Duration(time.get()), Self::Time))
    }
}

/// Reads a grid that an expiry is rounded up to.
fn read_grid(written: &str) -> Result<u64> {
    match read_duration(written) {
        // A number that may be a time is not a duration.
        Some(seconds) if seconds > 0 && is_duration(seconds) => Ok(seconds),
        _ => Err(PolicyError::BadDuration(written.into()).into()),
    }
}

fn is_duration(seconds: u64) -> bool {
    EpochSeconds::new(seconds.into()).is_ok_and(|time| time.not_a_duration().is_err())
}

/// Reads a duration in seconds, up to 10,000 years.
fn read_duration(written: &str) -> Option<u64> {
    let (digits, unit) = written.split_at(written.find(|c: char| !c.is_ascii_digit()).unwrap_or(written.len()));
    let scale = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    digits.parse().ok().and_then(|count: u64| count.checked_mul(scale)).filter(|seconds| *seconds < 320_000_000_000)
}

/// A host alone, as it appears between `https://` and `/`.
pub(super) struct BareDomain(pub(super) Text);

impl Parse for BareDomain {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let domain = Text::parse(name, value)?;
        check_domain(&domain).raise_for(value.py(), name)?;
        Ok(Self(domain))
    }
}

fn check_domain(domain: &str) -> Result<()> {
    let is_bare = !domain.contains(['/', '?', '#', ':', '@']);
    if is_bare && Url::parse(&["https://", domain].concat()).is_ok() {
        return Ok(());
    }
    Err(UrlError::BadDomain(domain.into()).into())
}

pub(super) fn timedelta<'py>(py: Python<'py>, seconds: impl IntoPyObject<'py>) -> PyResult<Bound<'py, PyAny>> {
    py.import("datetime")?.getattr("timedelta")?.call1((0, seconds))
}
