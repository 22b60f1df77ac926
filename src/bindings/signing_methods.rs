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
    /// Sign one URL.
    ///
    /// The policy is canned, unless a start, an address or a resource requires a custom one. A `*` in the URL is
    /// literal and is sent as `%2A`: wildcards come from `resource` or `policy` only.
    ///
    /// Args:
    ///     url: The URL to sign, with its scheme, host, path and query. It is percent-encoded as clients send it.
    ///     expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int`
    ///         or `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z". The default is the
    ///         signer's `expires`.
    ///     not_before: When access starts, in the same forms; None for at once.
    ///     ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
    ///     resource: A URL with wildcards (`*`, `?`) that access is granted to, instead of the URL itself.
    ///     policy: A finished Policy, its JSON as `str` or `bytes`, or a `dict`, instead of all other terms.
    ///     align: A `timedelta`, or a number of seconds: the expiry is rounded up to a multiple of it, so that the same
    ///         page has the same URLs for that long and caches hold. The default is the signer's `align`.
    ///
    /// Returns:
    ///     The signed URL.
    ///
    /// Raises:
    ///     InvalidUrlError: The URL is relative, has no valid host, is signed already, or is longer than 8,192 bytes.
    ///     InvalidPolicyError: The terms contradict each other, a time or an address is not valid, or the resource does
    ///         not cover the URL.
    ///     SigningError: The signer returned no signature.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Warns:
    ///     ExpiredWarning: The expiry is in the past.
    ///
    /// Examples:
    ///     >>> from datetime import timedelta
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
    ///     >>> url = signer.sign_url("https://d111111abcdef8.cloudfront.net/a.mp4", expires=timedelta(hours=1))
    ///     >>> signer.sign_url("https://d111111abcdef8.cloudfront.net/a.mp4", expires=2000000000).split("&")[0]
    ///     'https://d111111abcdef8.cloudfront.net/a.mp4?Expires=2000000000'
    ///
    /// See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
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

    /// Sign many URLs on all cores.
    ///
    /// Equal policies are signed once. The interpreter is released while a PrivateKey signs; Ctrl-C ends the batch.
    ///
    /// Args:
    ///     urls: The URLs to sign, any iterable of `str`.
    ///     expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int`
    ///         or `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z". The default is the
    ///         signer's `expires`.
    ///     not_before: When access starts, in the same forms; None for at once.
    ///     ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
    ///     resource: A URL with wildcards that access is granted to, instead of each URL itself.
    ///     policy: A finished Policy, its JSON as `str` or `bytes`, or a `dict`, instead of all other terms.
    ///     align: A `timedelta`, or a number of seconds, that the expiry is rounded up to a multiple of.
    ///
    /// Returns:
    ///     The signed URLs, in the order of `urls`.
    ///
    /// Raises:
    ///     InvalidUrlError: As in sign_url; the attribute `index` of the exception counts the URL from 0.
    ///     InvalidPolicyError: The terms contradict each other, a time or an address is not valid, or the resource does
    ///         not cover the URL.
    ///     SigningError: The signer returned no signature.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
    ///     >>> len(signer.sign_urls((f"https://media.example.com/{n}.ts" for n in range(9)), expires=2000000000))
    ///     9
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

    /// Sign cookies for a resource.
    ///
    /// A `policy` needs no `resource`. If both are given, the policy must certainly cover the resource: each `*` of the
    /// resource is matched by a `*` of the policy's, each `?` by a `?` or `*`.
    ///
    /// Args:
    ///     resource: The URL, with or without wildcards, that access is granted to. It starts with http:// or https://.
    ///     expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int`
    ///         or `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z". The default is the
    ///         signer's `expires`.
    ///     not_before: When access starts, in the same forms; None for at once.
    ///     ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
    ///     policy: A finished Policy, its JSON as `str` or `bytes`, or a `dict`, instead of all other terms.
    ///     align: A `timedelta`, or a number of seconds, that the expiry is rounded up to a multiple of.
    ///
    /// Returns:
    ///     The cookies, a mapping of names to values.
    ///
    /// Raises:
    ///     InvalidPolicyError: The terms contradict each other, a time or an address is not valid, or the resource does
    ///         not cover the URL.
    ///     SigningError: The signer returned no signature.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
    ///     >>> cookies = signer.sign_cookies("https://media.example.com/videos/*", expires=2000000000)
    ///     >>> cookies["CloudFront-Key-Pair-Id"]
    ///     'K2JCJMDEHXQW5F'
    ///
    /// See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-cookies.html
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
            Covered::Policy(policy) => ready.work(py, |signer| signer.sign_cookies_for_policy(&policy)),
        };
        signed.map(SignedCookies)
    }

    /// Sign the query parameters alone.
    ///
    /// They are `Expires` or `Policy`, `Signature`, `Key-Pair-Id` and, for SHA-256, `Hash-Algorithm`.
    ///
    /// The policy is the one that sign_cookies signs: canned if only an expiry is given and the resource has no
    /// wildcard.
    ///
    /// Args:
    ///     resource: The URL, with or without wildcards, that access is granted to; not needed with a `policy`.
    ///     expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int`
    ///         or `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z". The default is the
    ///         signer's `expires`.
    ///     not_before: When access starts, in the same forms; None for at once.
    ///     ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
    ///     policy: A finished Policy, its JSON as `str` or `bytes`, or a `dict`, instead of all other terms.
    ///     align: A `timedelta`, or a number of seconds, that the expiry is rounded up to a multiple of.
    ///
    /// Returns:
    ///     The parameters by name. Their values need no escaping in a query.
    ///
    /// Raises:
    ///     InvalidPolicyError: The terms contradict each other, a time or an address is not valid, or the resource does
    ///         not cover the URL.
    ///     SigningError: The signer returned no signature.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
    ///     >>> list(signer.signed_parameters("https://media.example.com/videos/*", expires=2000000000))
    ///     ['Policy', 'Signature', 'Key-Pair-Id']
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
            Covered::Policy(policy) => ready.work(py, |signer| signer.sign_parameters_for_policy(&policy)),
        };
        let parameters = PyDict::new(py);
        for (name, value) in signed? {
            parameters.set_item(name, value)?;
        }
        Ok(parameters)
    }

    /// Sign the name of an RTMP stream: the resource is the name alone. AWS ended RTMP distributions in 2020.
    ///
    /// Args:
    ///     name: The name of the stream, such as "videos/name", without the `mp4:` prefix.
    ///     expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int`
    ///         or `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z". The default is the
    ///         signer's `expires`.
    ///     escape: Whether `?`, `=` and `&` are escaped, on which the Flash player split a name.
    ///     align: A `timedelta`, or a number of seconds, that the expiry is rounded up to a multiple of.
    ///
    /// Returns:
    ///     The name with the signing parameters.
    ///
    /// Raises:
    ///     InvalidUrlError: The name has a blank, `?`, `*` or the prefix of a player.
    ///     InvalidPolicyError: The terms contradict each other, a time or an address is not valid, or the resource does
    ///         not cover the URL.
    ///     SigningError: The signer returned no signature.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
    ///     >>> signer.sign_stream("videos/name", expires=2000000000).split("%26")[0]
    ///     'videos/name%3FExpires%3D2000000000'
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

    /// Sign once for all URLs that a resource covers.
    ///
    /// Args:
    ///     resource: A URL with wildcards, such as `https://media.example.com/videos/*`.
    ///     expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int`
    ///         or `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z". The default is the
    ///         signer's `expires`.
    ///     not_before: When access starts, in the same forms; None for at once.
    ///     ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
    ///     align: A `timedelta`, or a number of seconds, that the expiry is rounded up to a multiple of.
    ///
    /// Returns:
    ///     A Grant, which signs URLs and cookies without a further signature.
    ///
    /// Raises:
    ///     InvalidPolicyError: The terms contradict each other, a time or an address is not valid, or the resource does
    ///         not cover the URL.
    ///     SigningError: The signer returned no signature.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
    ///     >>> grant = signer.grant("https://media.example.com/videos/*", expires=2000000000)
    ///     >>> grant.url("https://media.example.com/videos/1.ts").split("=")[0]
    ///     'https://media.example.com/videos/1.ts?Policy'
    ///
    /// See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
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
