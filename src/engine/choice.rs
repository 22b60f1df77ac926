//! Who signs, chosen once for the process: what the environment names, or what is the fastest here.

use std::sync::OnceLock;

use super::{ENGINE_VARIABLE, Engine, fork, lanes::Kernel};
use crate::{error::KeyError, text::Excerpt};

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
