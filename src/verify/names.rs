//! Stable names for the variants of an enum.

/// Defines `name` and `NAMES` for an enum from one table, so that neither can miss a variant.
macro_rules! names {
    ($($pattern:pat => $name:literal,)+) => {
        /// The name of each variant, in the order of the enum. Names are stable: programs may rely on them.
        pub const NAMES: &'static [&'static str] = &[$($name),+];

        /// The name of this variant, one of [`Self::NAMES`].
        #[must_use]
        pub const fn name(&self) -> &'static str {
            match self {
                $($pattern => $name,)+
            }
        }
    };
}

pub(crate) use names;
