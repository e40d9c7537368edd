//! Enumerations that travel as English codes and carry a label in both languages.

use crate::text::Label;

/// An enumeration whose values have a stable code and a label.
pub trait Coded: Sized + Copy + 'static {
    /// The catalogue's name, for instance `operating_model`.
    const CATALOGUE: &'static str;
    /// Every value, in the order in which people list them.
    const ALL: &'static [Self];
    /// The stable code, as it travels and as it is stored.
    fn code(self) -> &'static str;
    /// What people call it.
    fn label(self) -> Label;
    /// The value of a code, or `None` for an unknown one.
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.code() == code)
    }
}

/// Declares an enumeration with its codes and labels:
/// `Variant = "code" ("tiếng Việt", "English")`.
macro_rules! coded {
    ($(#[$meta:meta])* pub enum $name:ident in $catalogue:literal {
        $($(#[$variant_meta:meta])* $variant:ident = $code:literal ($vi:literal, $en:literal)),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
                 serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $code)] $variant),+
        }
        impl $crate::Coded for $name {
            const CATALOGUE: &'static str = $catalogue;
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn code(self) -> &'static str { match self { $(Self::$variant => $code),+ } }
            fn label(self) -> $crate::text::Label {
                match self { $(Self::$variant => $crate::text::Label::fixed($vi, $en)),+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::Coded::code(*self))
            }
        }
    };
}
