//! Many URLs at once: read first, then signed in one batch.

use std::{collections::HashMap, sync::Arc};

use super::{
    signer::{Signer, encode},
    terms::Terms,
};
use crate::{
    credentials::parameters::OutgoingPolicy,
    error::{Result, SigningError},
    policy::Policy,
    wire::url::Url,
};

/// A URL that was read, with its policy.
struct Read<'t> {
    url: Url,
    policy: OutgoingPolicy<'t>,
    /// Whether the signature may be one that the signer remembers.
    reuses_signature: bool,
}

impl Signer {
    /// Signs many URLs, on all cores; the results come in the order of the URLs. Equal policies are signed once, and
    /// not at all if the terms reuse signatures and the signer remembers theirs.
    ///
    /// # Errors
    /// [`Error::InBatch`] with the index of the first URL that could not be signed, and the error
    /// of [`Signer::sign_url`]. Everything but the length of the signed URLs is checked before the first signature.
    pub fn sign_urls<U: AsRef<str>>(&self, urls: &[U], terms: &Terms) -> Result<Vec<String>> {
        self.sign_urls_while(urls, terms, &|| Ok(()))
    }

    /// The same, calling `keep_going` repeatedly from the calling thread; its error ends the batch.
    ///
    /// # Errors
    /// As [`Signer::sign_urls`], and the errors of `keep_going`.
    pub fn sign_urls_while<U: AsRef<str>>(
        &self,
        urls: &[U],
        terms: &Terms,
        keep_going: &dyn Fn() -> Result<()>,
    ) -> Result<Vec<String>> {
        let mut all = Vec::with_capacity(urls.len());
        for (index, url) in urls.iter().enumerate() {
            keep_going()?;
            all.push(Ok(read(url.as_ref(), terms).map_err(|error| error.in_batch(index))?));
        }
        let signed = self.sign_read(all, keep_going)?.into_iter().enumerate();
        signed.map(|(index, signed)| signed.map_err(|error| error.in_batch(index))).collect()
    }

    /// Signs many URLs as [`Signer::sign_urls`] does, each under its own terms and with its own result.
    ///
    /// ```
    /// use cloudfront_signer::{Conditions, EpochSeconds, KeyKind, PrivateKey, Signer, Terms};
    ///
    /// let signer = Signer::new("K2JCJMDEHXQW5F", PrivateKey::generate(KeyKind::EcdsaP256)?)?;
    /// let terms = Terms::url(Conditions::until(EpochSeconds::new(1_767_290_400)?));
    /// let longer = terms.expiring(EpochSeconds::new(1_767_294_000)?)?;
    /// let rows = [("https://media.example.com/1.ts", &terms), ("2.ts", &terms), ("https://media.example.com/3.ts", &longer)];
    /// let signed = signer.sign_each(&rows)?;
    /// assert!(signed[0].is_ok() && signed[1].is_err() && signed[2].is_ok());
    /// # Ok::<(), cloudfront_signer::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`SigningError`] if the key makes no signature. A URL that cannot be signed has its error in its own result.
    pub fn sign_each<U: AsRef<str>>(&self, rows: &[(U, &Terms)]) -> Result<Vec<Result<String>>> {
        self.sign_each_while(rows, &|| Ok(()))
    }

    /// The same, calling `keep_going` repeatedly from the calling thread; its error ends the batch.
    ///
    /// # Errors
    /// As [`Signer::sign_each`], and the errors of `keep_going`.
    pub fn sign_each_while<U: AsRef<str>>(
        &self,
        rows: &[(U, &Terms)],
        keep_going: &dyn Fn() -> Result<()>,
    ) -> Result<Vec<Result<String>>> {
        let read = rows.iter().map(|(url, terms)| keep_going().map(|()| read(url.as_ref(), terms)));
        self.sign_read(read.collect::<Result<_>>()?, keep_going)
    }

    /// The signing parameters for each policy, in the form of a query string.
    pub(crate) fn queries_while(
        &self,
        policies: &[&Policy],
        keep_going: &dyn Fn() -> Result<()>,
    ) -> Result<Vec<String>> {
        let distinct = policies.iter().map(|policy| Distinct { json: policy.to_json(), reuses_signature: false });
        let signatures = self.signatures(&distinct.collect::<Vec<_>>(), keep_going)?;
        let query =
            |(policy, signature): (&&Policy, &Arc<str>)| self.parameters(&(*policy).into(), signature).to_query();
        Ok(policies.iter().zip(&signatures).map(query).collect())
    }

    fn sign_read(
        &self,
        all: Vec<Result<Read<'_>>>,
        keep_going: &dyn Fn() -> Result<()>,
    ) -> Result<Vec<Result<String>>> {
        let (policies, places) = distinct(&all);
        let signatures = self.signatures(&policies, keep_going)?;
        let sign = |(read, place): (Result<Read<'_>>, usize)| {
            keep_going()?;
            Ok(read.and_then(|Read { url, policy, .. }| Ok(self.parameters(&policy, &signatures[place]).sign(&url)?)))
        };
        all.into_iter().zip(places).map(sign).collect()
    }

    /// The signature of each policy: remembered, or made in one batch.
    fn signatures(&self, policies: &[Distinct<'_>], keep_going: &dyn Fn() -> Result<()>) -> Result<Vec<Arc<str>>> {
        let recall = |one: &Distinct<'_>| one.reuses_signature.then(|| self.recall(one.json)).flatten();
        let recalled: Vec<_> = policies.iter().map(recall).collect();
        let missing = policies.iter().zip(&recalled).filter(|(_, recalled)| recalled.is_none());
        let messages: Vec<_> = missing.map(|(policy, _)| policy.json.as_bytes()).collect();
        let made = self.key.sign_many_while(&messages, self.hash, keep_going)?;
        if made.len() != messages.len() {
            return Err(SigningError::Count { found: made.len(), expected: messages.len() }.into());
        }
        let mut made = made.iter();
        let complete = |(policy, recalled): (&Distinct<'_>, Option<Arc<str>>)| {
            if let Some(signature) = recalled {
                return Ok(signature);
            }
            let signature = encode(made.next().map_or(&[], Vec::as_slice))?;
            Ok(if policy.reuses_signature { self.remember(policy.json, signature) } else { signature.into() })
        };
        policies.iter().zip(recalled).map(complete).collect()
    }
}

fn read<'t>(url: &str, terms: &'t Terms) -> Result<Read<'t>> {
    let url = terms.read_url(url)?;
    let policy = terms.policy_for(&url)?;
    Ok(Read { url, policy, reuses_signature: terms.reuses_signatures() })
}

/// The JSON of a policy, which is signed once.
struct Distinct<'a> {
    json: &'a str,
    reuses_signature: bool,
}

/// The policies to sign, each once, and for each URL that can be signed the place of its policy.
fn distinct<'a>(all: &'a [Result<Read<'_>>]) -> (Vec<Distinct<'a>>, Vec<usize>) {
    let mut known: HashMap<&str, usize> = HashMap::with_capacity(all.len());
    let mut policies = Vec::new();
    let mut place = |read: &'a Read<'_>| {
        let (json, reuses_signature) = (read.policy.json(), read.reuses_signature);
        *known.entry(json).or_insert_with(|| {
            policies.push(Distinct { json, reuses_signature });
            policies.len() - 1
        })
    };
    let places = all.iter().map(|read| read.as_ref().map_or(0, &mut place)).collect();
    (policies, places)
}
