//! The methods of `CloudFrontSigner` that sign.

use pyo3::{prelude::*, types::PyDict};

use super::{
    arguments::{Arg, OptionalArg as _, name},
    conditions::{Align, Expires, GivenConditions, IpAddress, NotBefore},
    convert::{Text, Texts},
    cookies::SignedCookies,
    grant::Grant,
    interrupts::Interrupts,
    signer::CloudFrontSigner,
    terms::{Covered, GivenTerms, PolicyArgument, Resource},
};

#[pymethods]
impl CloudFrontSigner {
    /// Sign one URL, with a canned policy unless a start, an address or a resource asks for a custom one.
    ///
    /// A `*` in the URL is literal and goes out as `%2A`: wildcards come from `resource` or `policy` alone.
    #[pyo3(signature = (url, *, expires=None, not_before=None, ip_address=None, resource=None, policy=None, align=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments")]
    fn sign_url(
        slf: &Bound<'_, Self>,
        url: Arg<name::url, Text>,
        expires: Option<Expires>,
        not_before: Option<NotBefore>,
        ip_address: Option<IpAddress>,
        resource: Option<Resource>,
        policy: Option<PolicyArgument>,
        align: Option<Align>,
    ) -> PyResult<String> {
        let ready = Self::ready(slf)?;
        let defaults = ready.defaults;
        let conditions = GivenConditions { expires, not_before, ip_address, align, defaults, ..Default::default() };
        ready.sign_one(slf.py(), &url.parsed()?, GivenTerms { conditions, resource, policy })
    }

    /// Sign many URLs on all cores; the results come in their order. Equal policies are signed once.
    ///
    /// If one is refused, its exception has an attribute `index`: which one, counted from 0.
    #[pyo3(signature = (urls, *, expires=None, not_before=None, ip_address=None, resource=None, policy=None, align=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments")]
    fn sign_urls(
        slf: &Bound<'_, Self>,
        urls: Arg<name::urls, Texts>,
        expires: Option<Expires>,
        not_before: Option<NotBefore>,
        ip_address: Option<IpAddress>,
        resource: Option<Resource>,
        policy: Option<PolicyArgument>,
        align: Option<Align>,
    ) -> PyResult<Vec<String>> {
        let (ready, py, urls) = (Self::ready(slf)?, slf.py(), urls.parsed()?);
        let defaults = ready.defaults;
        let conditions = GivenConditions { expires, not_before, ip_address, align, defaults, ..Default::default() };
        let terms = GivenTerms { conditions, resource, policy }.parsed(py)?;
        ready.work(py, |signer| {
            let interrupts = Interrupts::new();
            signer.sign_urls_while(&urls.0, &terms, &|| interrupts.check())
        })
    }

    /// Sign cookies for a resource, which may hold wildcards.
    ///
    /// A `policy` needs no resource beside it, and is refused where it does not certainly cover the one that is given:
    /// each `*` of the resource must be met by a `*` of the policy's, each `?` by a `?` or `*`.
    #[pyo3(signature = (resource=None, *, expires=None, not_before=None, ip_address=None, policy=None, align=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments")]
    fn sign_cookies(
        slf: &Bound<'_, Self>,
        resource: Option<Resource>,
        expires: Option<Expires>,
        not_before: Option<NotBefore>,
        ip_address: Option<IpAddress>,
        policy: Option<PolicyArgument>,
        align: Option<Align>,
    ) -> PyResult<SignedCookies> {
        let (ready, py) = (Self::ready(slf)?, slf.py());
        let defaults = ready.defaults;
        let conditions = GivenConditions { expires, not_before, ip_address, align, defaults, ..Default::default() };
        let signed = match Covered::new(py, resource, GivenTerms { conditions, policy, resource: None })? {
            Covered::Resource(resource, terms) => ready.work(py, |signer| signer.sign_cookies(&resource, &terms)),
            Covered::Policy(policy) => ready.work(py, |signer| signer.sign_cookies_for_policy(policy)),
        };
        signed.map(SignedCookies)
    }

    /// Sign the parameters alone, as a dict, for a URL or for a resource with wildcards: `Expires` or `Policy`,
    /// `Signature`, `Key-Pair-Id` and, for SHA-256, `Hash-Algorithm`. Their values stand in a query as they are.
    ///
    /// The policy is the one that sign_cookies signs: canned where nothing but an expiry is given and nothing in the
    /// resource is a wildcard. A `policy` needs no resource beside it.
    #[pyo3(signature = (resource=None, *, expires=None, not_before=None, ip_address=None, policy=None, align=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments")]
    fn signed_parameters<'py>(
        slf: &Bound<'py, Self>,
        resource: Option<Resource>,
        expires: Option<Expires>,
        not_before: Option<NotBefore>,
        ip_address: Option<IpAddress>,
        policy: Option<PolicyArgument>,
        align: Option<Align>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (ready, py) = (Self::ready(slf)?, slf.py());
        let defaults = ready.defaults;
        let conditions = GivenConditions { expires, not_before, ip_address, align, defaults, ..Default::default() };
        let signed = match Covered::new(py, resource, GivenTerms { conditions, policy, resource: None })? {
            Covered::Resource(resource, terms) => ready.work(py, |signer| signer.sign_parameters(&resource, &terms)),
            Covered::Policy(policy) => ready.work(py, |signer| signer.sign_parameters_for_policy(policy)),
        };
        let parameters = PyDict::new(py);
        for (name, value) in signed? {
            parameters.set_item(name, value)?;
        }
        Ok(parameters)
    }

    /// Sign the name of an RTMP stream: the resource is the name alone.
    #[pyo3(
        signature = (name, *, expires=None, escape=None, align=None),
        text_signature = "($self, name, *, expires=None, escape=True, align=None)"
    )]
    fn sign_stream(
        slf: &Bound<'_, Self>,
        name: Arg<name::name, Text>,
        expires: Option<Expires>,
        escape: Option<Arg<name::escape, bool>>,
        align: Option<Align>,
    ) -> PyResult<String> {
        let (ready, py) = (Self::ready(slf)?, slf.py());
        let given = GivenConditions { expires, align, defaults: ready.defaults, ..Default::default() };
        let escape = escape.parsed()?.unwrap_or(true);
        let (name, end) = (name.parsed()?, given.parsed_to_sign(py)?.expires());
        ready.work(py, |signer| signer.sign_stream(&name, end, escape))
    }

    /// Sign once for all the URLs that a resource covers.
    #[pyo3(signature = (resource, *, expires=None, not_before=None, ip_address=None, align=None))]
    fn grant(
        slf: &Bound<'_, Self>,
        resource: Resource,
        expires: Option<Expires>,
        not_before: Option<NotBefore>,
        ip_address: Option<IpAddress>,
        align: Option<Align>,
    ) -> PyResult<Grant> {
        let (ready, py) = (Self::ready(slf)?, slf.py());
        let defaults = ready.defaults;
        let given = GivenConditions { expires, not_before, ip_address, align, defaults, ..Default::default() };
        let (resource, conditions) = (resource.parsed()?, given.parsed_to_sign(py)?);
        ready.work(py, |signer| signer.grant(&resource, conditions)).map(Grant)
    }
}
