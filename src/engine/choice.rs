//! Who signs, chosen once for the process: what the environment names, or what is the fastest here.

use std::sync::OnceLock;

use super::{fork, lanes::Kernel};
use crate::{error::KeyError, text::Excerpt};

/// The environment variable that names an engine (`aws-lc`, `portable`), which then signs batches too, or `lanes`: the
/// default engine, with the fastest batch engine of this CPU. Unset: the default engine, and a batch engine where it is
/// faster.
pub const ENGINE_VARIABLE: &str = "CLOUDFRONT_SIGNER_ENGINE";

/// The implementation that computes signatures.
///
/// ```
/// use cloudfront_signer::{Engine, KeyKind, PrivateKey};
///
/// for engine in Engine::available() {
///     assert!(PrivateKey::generate(KeyKind::EcdsaP256)?.with_engine(*engine).is_ok(), "{}", engine.name());
/// }
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// AWS-LC, through the feature `aws-lc`.
    #[cfg(feature = "aws-lc")]
    AwsLc,
    /// The crates `rsa` and `p256`.
    Portable,
}

impl Engine {
    /// The engines of this build, the preferred one first.
    #[must_use]
    pub const fn available() -> &'static [Self] {
        &[
            #[cfg(feature = "aws-lc")]
            Self::AwsLc,
            Self::Portable,
        ]
    }

    /// The name of the engine in [`ENGINE_VARIABLE`].
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => "aws-lc",
            Self::Portable => "portable",
        }
    }

    /// The engine that keys are loaded into: the one named by the environment, or else the preferred one. Chosen once.
    ///
    /// # Errors
    /// [`KeyError::UnknownEngine`] if the environment names one that this build, or this CPU, does not have.
    pub fn chosen() -> Result<Self, KeyError> {
        Choice::made().map(|choice| choice.engine)
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::available()[0]
    }
}

/// The name for any batch engine.
const LANES: &str = "lanes";

/// An engine for keys, and a batch engine's kernel for many messages with RSA-2048.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) engine: Engine,
    pub(crate) kernel: Option<Kernel>,
}

impl Choice {
    /// The choice of this process.
    pub(crate) fn made() -> Result<Self, KeyError> {
        static CHOSEN: OnceLock<Result<Choice, KeyError>> = OnceLock::new();
        let choose = || {
            // The operating system's random numbers are found once, too, and a child must not see that half done.
            let _ = getrandom::fill(&mut [0]);
            std::env::var(ENGINE_VARIABLE).map_or_else(|_| Ok(Self::fastest()), |name| Self::named(&name))
        };
        fork::once(&CHOSEN, choose).clone()
    }

    /// What `engine_info` says of batches.
    #[cfg(any(test, feature = "python"))]
    pub(crate) fn batch_name(self) -> &'static str {
        self.kernel.map_or(self.engine.name(), Kernel::name)
    }

    fn fastest() -> Self {
        // Without optimisation the lanes are far behind AWS-LC, which always has it.
        let kernel = if cfg!(debug_assertions) { None } else { Kernel::available().first().copied() };
        Self { engine: Engine::default(), kernel }
    }

    fn named(name: &str) -> Result<Self, KeyError> {
        let engines = Engine::available().iter().map(|&engine| (engine.name(), Self { engine, kernel: None }));
        let with = |kernel| Self { engine: Engine::default(), kernel: Some(kernel) };
        let kernels = Kernel::available();
        let any = kernels.first().map(|&kernel| (LANES, with(kernel)));
        let known: Vec<_> =
            engines.chain(any).chain(kernels.iter().map(|&kernel| (kernel.name(), with(kernel)))).collect();
        known.iter().find(|(known, _)| *known == name).map(|(_, choice)| *choice).ok_or_else(|| {
            let known: Vec<_> = known.iter().map(|(name, _)| *name).collect();
            KeyError::UnknownEngine { found: Excerpt::new(name), known: known.join(", ") }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_have_names_and_sign_batches_themselves() {
        for &engine in Engine::available() {
            assert_eq!(Choice::named(engine.name()).unwrap(), Choice { engine, kernel: None });
        }
        let error = Choice::named("abacus").unwrap_err();
        assert!(error.to_string().contains("abacus") && error.to_string().contains("portable"), "{error}");
    }

    #[test]
    fn lanes_are_an_error_where_the_cpu_has_none() {
        let kernels = Kernel::available();
        for kernel in &kernels {
            let choice = Choice::named(kernel.name()).unwrap();
            assert_eq!((choice.kernel, choice.batch_name()), (Some(*kernel), kernel.name()));
        }
        assert_eq!(Choice::named(LANES).ok().and_then(|choice| choice.kernel), kernels.first().copied());
    }
}
