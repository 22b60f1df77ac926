//! `sign_hls` and `sign_dash`.

use pyo3::{
    intern,
    prelude::*,
    types::{PyBytes, PyList, PyString},
};

use super::{
    arguments::{Arg, OptionalArg as _, name},
    conditions::{Align, Expires, GivenConditions, IpAddress, NotBefore},
    convert::{Text, Texts},
    exceptions::RaiseExt as _,
    interrupts::Interrupts,
    manifest_arguments::{GivenManifest, Manifest, Mode, Playlists, Scope, Variables},
    terms::{GivenTerms, PolicyArgument, Resource},
};
use crate::{HashAlgorithm, ManifestSigner, Result, Rewritten};

/// Sign the URIs of an HLS playlist.
///
/// Every URI of the playlist's own host is signed: segments, playlists, keys, initialization sections, parts,
/// renditions, interstitials. Everything else is returned byte for byte. Other schemes (`skd:`, `data:`), other hosts
/// and empty URIs are left alone.
///
/// Args:
///     text: The playlist, as `str` or as `bytes` in UTF-8: a multivariant playlist, or a media playlist, live or not.
///     base_url: The absolute URL of the playlist, which its URIs are relative to. It may be a signed URL.
///     grant: A Grant whose resource ends in `*` and covers all URIs, such as the folder of the presentation.
///     signer: A CloudFrontSigner, instead of a grant, with `expires` or `policy`. It makes one grant for `resource`,
///         which by default is everything in the folder of `base_url`.
///     mode: "inline" writes the signature into each URI. "query" makes a playlist that is the same for all viewers:
///         each URI takes the parameters from the URL of the playlist, which is signed for each viewer with a custom
///         policy. It needs no key, and a player that knows `EXT-X-DEFINE` with `QUERYPARAM`.
///     hosts: Other hosts whose URIs are signed, such as "cdn.example.com". The policy has to cover them.
///     scope: "presentation" for one signature, or "uri" for a custom policy and a signature for each URI. Its resource
///         ends in `*`, so that players can add parameters, and so covers names that begin like the URI.
///     absolute: Whether signed URIs become absolute URLs, for a playlist that is sent from another place than
///         `base_url`.
///     playlists: "cloudfront" if players fetch the playlists that this one leads to from CloudFront, or "app" if an
///         application sends them: their URIs are left unchanged, and all others become absolute URLs, as do those of
///         interstitials that are absolute already.
///     variables: The values of variables that `EXT-X-DEFINE` imports, by name.
///     hash_algorithm: For mode "query" only: "SHA256" if the signed URLs have a Hash-Algorithm. The default is that of
///         the grant or signer, or else "SHA1".
///     key_id: For mode "query" only: the key pair id that all viewers' URLs are signed with. It and the hash are then
///         written out, instead of references with hyphens, which Shaka Player 5 does not read.
///     expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int` or
///         `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z". The default is the signer's
///         `expires`.
///     not_before: When access starts, in the same forms; None for at once.
///     ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
///     resource: The URL that access is granted to. It ends in `*`.
///     policy: A finished Policy, its JSON as `str` or `bytes`, or a `dict`, instead of all other terms.
///     align: A `timedelta`, or a number of seconds, that the expiry is rounded up to a multiple of.
///
/// Returns:
///     The signed playlist, of the same type as `text`.
///
/// Raises:
///     InvalidManifestError: The text is not an HLS playlist, or it is damaged. The attribute `line` counts from 1.
///     InvalidPolicyError: The policy does not cover a URI, or a term is not valid.
///     InvalidUrlError: A URI is signed already or has no valid host, or a signed URL is longer than 8,192 bytes.
///     SigningError: The signer returned no signature.
///     ValueError: A word is not among the choices.
///     TypeError: An argument has the wrong type, or arguments do not go together.
///
/// Examples:
///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
///     >>> from cloudfront_signer.manifest import sign_hls
///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
///     >>> grant = signer.grant("https://media.example.com/show/*", expires=2000000000)
///     >>> playlist = "#EXTM3U\n#EXTINF:4,\n1.ts\n"
///     >>> signed = sign_hls(playlist, base_url="https://media.example.com/show/index.m3u8", grant=grant)
///     >>> signed == playlist.replace("1.ts", f"1.ts?{grant.query}")
///     True
///
/// See https://datatracker.ietf.org/doc/html/draft-pantos-hls-rfc8216bis
#[pyfunction]
#[pyo3(
    signature = (
        text, *, base_url, grant=None, signer=None, mode=None, hosts=None, scope=None, absolute=None, playlists=None,
        variables=None, hash_algorithm=None, key_id=None, expires=None, not_before=None, ip_address=None,
        resource=None, policy=None, align=None
    ),
    text_signature = "(text, *, base_url, grant=None, signer=None, mode='inline', hosts=(), scope='presentation', absolute=False, playlists='cloudfront', variables=None, hash_algorithm=None, key_id=None, expires=None, not_before=None, ip_address=None, resource=None, policy=None, align=None)"
)]
#[allow(clippy::too_many_arguments, reason = "keyword arguments")]
pub(super) fn sign_hls<'py>(
    py: Python<'py>,
    text: Arg<name::text, Manifest>,
    base_url: Arg<name::base_url, Text>,
    grant: Option<Bound<'py, PyAny>>,
    signer: Option<Bound<'py, PyAny>>,
    mode: Option<Arg<name::mode, Mode>>,
    hosts: Option<Arg<name::hosts, Texts>>,
    scope: Option<Arg<name::scope, Scope>>,
    absolute: Option<Arg<name::absolute, bool>>,
    playlists: Option<Arg<name::playlists, Playlists>>,
    variables: Option<Arg<name::variables, Variables>>,
    hash_algorithm: Option<Arg<name::hash_algorithm, HashAlgorithm>>,
    key_id: Option<Arg<name::key_id, Text>>,
    expires: Option<Expires>,
    not_before: Option<NotBefore>,
    ip_address: Option<IpAddress>,
    resource: Option<Resource>,
    policy: Option<PolicyArgument>,
    align: Option<Align>,
) -> PyResult<Bound<'py, PyAny>> {
    let text = text.parsed()?;
    let conditions = GivenConditions { expires, not_before, ip_address, align, ..Default::default() };
    let terms = GivenTerms { conditions, resource, policy };
    let given = GivenManifest { base_url, grant, signer, mode, hosts, scope, absolute, hash_algorithm, key_id, terms };
    let mut signer = given.parsed(py)?;
    if playlists.parsed()? == Some(Playlists::App) {
        signer = signer.with_playlists_from_app();
    }
    if let Some(variables) = variables.parsed()? {
        signer = signer.with_variables(variables.0);
    }
    rewritten(py, &text, |text, keep_going| signer.sign_hls_while(text, keep_going))
}

/// Sign the URIs of a DASH MPD.
///
/// Every URI of the MPD's own host that players request is signed: templates, lists and files of segments,
/// initialization segments and indexes, and other documents (`Location`, `PatchLocation`, `ImportedMPD`,
/// `ContentSteering`, `xlink:href`, events with another MPD). A `BaseURL` is signed if it is the media itself, and left
/// unchanged if it is a folder, because players drop its query. Everything else is returned byte for byte. Other hosts
/// and schemes are left alone. The MPD is read as XML, without expanding or loading anything.
///
/// Args:
///     text: The MPD, as `str` or as `bytes` in UTF-8: on demand or live.
///     base_url: The absolute URL of the MPD, which its URIs are relative to. It may be a signed URL.
///     grant: A Grant whose resource ends in `*` and covers all URIs, such as the folder of the presentation.
///     signer: A CloudFrontSigner, instead of a grant, with `expires` or `policy`. It makes one grant for `resource`,
///         which by default is everything in the folder of `base_url`.
///     mode: "inline" writes the signature into each URI. "query" makes an MPD that is the same for all viewers: it has
///         players add the parameters of the MPD's URL, which is signed for each viewer with a custom policy, to the
///         URLs of segments. It needs no key, and a player that knows `urn:mpeg:dash:urlparam:2014`.
///     hosts: Other hosts whose URIs are signed, such as "cdn.example.com". The policy has to cover them.
///     scope: "presentation" for one signature, or "uri" for a custom policy and a signature for each URI. Templates
///         need "presentation", since each leads to many URLs.
///     absolute: Whether the MPD gets an absolute `BaseURL`, and URIs of other documents become absolute URLs, for an
///         MPD that is sent from another place than `base_url`.
///     hash_algorithm: For mode "query" only. It makes no difference: players add all parameters of the URL.
///     expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int` or
///         `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z". The default is the signer's
///         `expires`.
///     not_before: When access starts, in the same forms; None for at once.
///     ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
///     resource: The URL that access is granted to. It ends in `*`.
///     policy: A finished Policy, its JSON as `str` or `bytes`, or a `dict`, instead of all other terms.
///     align: A `timedelta`, or a number of seconds, that the expiry is rounded up to a multiple of.
///
/// Returns:
///     The signed MPD, of the same type as `text`.
///
/// Raises:
///     InvalidManifestError: The text is not an MPD, it is damaged, or a URI would send the signature to another host.
///         The attribute `line` counts from 1.
///     InvalidPolicyError: The policy does not cover a URI, or a term is not valid.
///     InvalidUrlError: A URI is signed already or has no valid host, or a signed URL is longer than 8,192 bytes.
///     SigningError: The signer returned no signature.
///     ValueError: A word is not among the choices.
///     TypeError: An argument has the wrong type, or arguments do not go together.
///
/// Examples:
///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
///     >>> from cloudfront_signer.manifest import sign_dash
///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
///     >>> grant = signer.grant("https://media.example.com/show/*", expires=2000000000)
///     >>> mpd = '<MPD><Period><AdaptationSet><SegmentTemplate media="$Number$.m4s"/></AdaptationSet></Period></MPD>'
///     >>> signed = sign_dash(mpd, base_url="https://media.example.com/show/index.mpd", grant=grant)
///     >>> signed == mpd.replace(".m4s", ".m4s?" + grant.query.replace("&", "&amp;"))
///     True
///
/// See https://www.iso.org/standard/83314.html (ISO/IEC 23009-1)
#[pyfunction]
#[pyo3(
    signature = (
        text, *, base_url, grant=None, signer=None, mode=None, hosts=None, scope=None, absolute=None,
        hash_algorithm=None, expires=None, not_before=None, ip_address=None, resource=None, policy=None, align=None
    ),
    text_signature = "(text, *, base_url, grant=None, signer=None, mode='inline', hosts=(), scope='presentation', absolute=False, hash_algorithm=None, expires=None, not_before=None, ip_address=None, resource=None, policy=None, align=None)"
)]
#[allow(clippy::too_many_arguments, reason = "keyword arguments")]
pub(super) fn sign_dash<'py>(
    py: Python<'py>,
    text: Arg<name::text, Manifest>,
    base_url: Arg<name::base_url, Text>,
    grant: Option<Bound<'py, PyAny>>,
    signer: Option<Bound<'py, PyAny>>,
    mode: Option<Arg<name::mode, Mode>>,
    hosts: Option<Arg<name::hosts, Texts>>,
    scope: Option<Arg<name::scope, Scope>>,
    absolute: Option<Arg<name::absolute, bool>>,
    hash_algorithm: Option<Arg<name::hash_algorithm, HashAlgorithm>>,
    expires: Option<Expires>,
    not_before: Option<NotBefore>,
    ip_address: Option<IpAddress>,
    resource: Option<Resource>,
    policy: Option<PolicyArgument>,
    align: Option<Align>,
) -> PyResult<Bound<'py, PyAny>> {
    let text = text.parsed()?;
    let conditions = GivenConditions { expires, not_before, ip_address, align, ..Default::default() };
    let terms = GivenTerms { conditions, resource, policy };
    let given =
        GivenManifest { base_url, grant, signer, mode, hosts, scope, absolute, hash_algorithm, key_id: None, terms };
    let signer: ManifestSigner = given.parsed(py)?;
    rewritten(py, &text, |text, keep_going| signer.sign_dash_while(text, keep_going))
}

/// The result, of the type of the manifest. Bytes are written once, where Python has them.
fn rewritten<'py>(
    py: Python<'py>,
    manifest: &Manifest,
    sign: impl for<'t> Fn(&'t str, &dyn Fn() -> Result<()>) -> Result<Rewritten<'t>> + Sync,
) -> PyResult<Bound<'py, PyAny>> {
    let text = manifest.text().raise(py)?;
    let detached = || {
        let interrupts = Interrupts::new();
        sign(text, &|| interrupts.check())
    };
    let signed = py.detach(detached).raise(py)?;
    if let Manifest::Text(_) = manifest {
        return joined(py, &signed);
    }
    let write = |place: &mut [u8]| {
        let mut at = 0;
        signed.write_to(|part, _| {
            place[at..at + part.len()].copy_from_slice(part.as_bytes());
            at += part.len();
        });
        Ok(())
    };
    Ok(PyBytes::new_with(py, signed.len(), write)?.into_any())
}

/// The text as Python joins it: the parts are small, but for the parameters, which are one object however often they
/// come. A string of Rust would be as large as the result.
fn joined<'py>(py: Python<'py>, signed: &Rewritten<'_>) -> PyResult<Bound<'py, PyAny>> {
    let (parts, mut problem) = (PyList::empty(py), Ok(()));
    let mut last: Option<(&str, Bound<'py, PyString>)> = None;
    signed.write_to(|part, is_added| {
        if part.is_empty() || problem.is_err() {
            return;
        }
        let string = match &last {
            Some((text, string)) if std::ptr::eq(*text, part) => string.clone(),
            _ => PyString::new(py, part),
        };
        // Not a separator.
        if is_added && part.len() > "&amp;".len() {
            last = Some((part, string.clone()));
        }
        problem = parts.append(string);
    });
    problem?;
    PyString::new(py, "").call_method1(intern!(py, "join"), (parts,))
}
