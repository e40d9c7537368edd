//! Enumerations that travel as English codes and carry a label in both languages.

use std::fmt::Formatter;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{Error, Visitor};

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

/// Reads a code, which is a text and nothing else: serde's own reading of enumerations also takes a map with
/// one member, and serde_json calls any other value a fault of syntax.
///
/// # Errors
/// An unknown code, with those there are, or a value that is not a text.
pub fn read<'de, D: Deserializer<'de>, T: Coded>(deserializer: D, codes: &'static [&'static str]) -> Result<T, D::Error> {
    struct Code<T>(&'static [&'static str], PhantomData<T>);
    impl<T: Coded> Visitor<'_> for Code<T> {
        type Value = T;

        fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
            f.write_str("a code")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            T::from_code(text).ok_or_else(|| E::unknown_variant(text, self.0))
        }
    }
    deserializer.deserialize_str(Code(codes, PhantomData))
}

/// The schema of codes: a string out of a list, with what each of them means.
pub fn schema(about: &str, values: Vec<(&'static str, Label)>) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    use utoipa::openapi::schema::{ObjectBuilder, Type};
    let meanings: Vec<_> = values.iter().map(|(code, label)| format!("- `{code}`: {} ({})", label.en, label.vi)).collect();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(values.iter().map(|(code, _)| *code)))
        .description(Some(format!("{}\n\n{}", about.trim(), meanings.join("\n"))))
        .into()
}

/// Declares an enumeration with its codes and labels:
/// `Variant = "code" ("tiếng Việt", "English")`.
///
/// The schema is written out here because utoipa's derive cannot see a code that comes through a macro.
macro_rules! coded {
    ($(#[doc = $about:literal])+ pub enum $name:ident in $catalogue:literal {
        $($(#[$variant_meta:meta])* $variant:ident = $code:literal ($vi:literal, $en:literal)),+ $(,)?
    }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $code)] $variant),+
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let values = <Self as $crate::Coded>::ALL.iter().map(|value| ($crate::Coded::code(*value), $crate::Coded::label(*value)));
                $crate::coded::schema(concat!($($about),+), values.collect())
            }
        }
        impl utoipa::ToSchema for $name {}
        impl $crate::Coded for $name {
            const CATALOGUE: &'static str = $catalogue;
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn code(self) -> &'static str { match self { $(Self::$variant => $code),+ } }
            fn label(self) -> $crate::text::Label {
                match self { $(Self::$variant => $crate::text::Label::fixed($vi, $en)),+ }
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::coded::read(deserializer, &[$($code),+])
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::Coded::code(*self))
            }
        }
    };
}
