//! Vietnamese text: two-language labels, search without diacritics, the order of a Vietnamese list.

use std::borrow::Cow;
use std::sync::LazyLock;

use icu_collator::options::{CollatorOptions, Strength};
use icu_collator::preferences::CollationNumericOrdering;
use icu_collator::{Collator, CollatorBorrowed, CollatorPreferences};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::{GeneralSecurityProfile, MixedScript};
use utoipa::ToSchema;

/// A language that answers are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Vietnamese, the default.
    #[default]
    Vi,
    /// English.
    En,
}

/// A text in Vietnamese and English.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Vietnamese.
    #[schema(value_type = String, example = "Tốt")]
    pub vi: Cow<'static, str>,
    /// English.
    #[schema(value_type = String, example = "Good")]
    pub en: Cow<'static, str>,
}

impl Label {
    /// A label from two constants.
    pub const fn fixed(vi: &'static str, en: &'static str) -> Self {
        Self { vi: Cow::Borrowed(vi), en: Cow::Borrowed(en) }
    }

    /// A label made at run time.
    pub fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { vi: Cow::Owned(vi.into()), en: Cow::Owned(en.into()) }
    }

    /// The text in one language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Vi => &self.vi,
            Language::En => &self.en,
        }
    }

    /// The same as a sentence: it begins with a capital and ends with a full stop.
    #[must_use]
    pub fn sentence(&self) -> Self {
        let sentence = |text: &str| format!("{}.", upper_first(text));
        Self::new(sentence(&self.vi), sentence(&self.en))
    }
}

/// `giám đốc` at the head of a line: `Giám đốc`.
pub fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a search compares: lower case, without diacritics, `đ` as `d`, punctuation as single spaces.
///
/// `Hòa`, `Hoà` and `HOA` become the same, and so do `Xã A Vương` and `xã a-vương`.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'đ' | 'Đ' | 'Ð' => folded.push('d'),
            c if c.is_alphanumeric() => folded.extend(c.to_lowercase()),
            _ if folded.is_empty() || folded.ends_with(' ') => {}
            _ => folded.push(' '),
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

static COLLATOR: LazyLock<Option<CollatorBorrowed<'static>>> = LazyLock::new(|| {
    let mut preferences = CollatorPreferences::from(icu_locale::locale!("vi"));
    preferences.numeric_ordering = Some(CollationNumericOrdering::True);
    let mut options = CollatorOptions::default();
    options.strength = Some(Strength::Tertiary);
    Collator::try_new(preferences, options).ok()
});

/// Bytes whose order is that of a Vietnamese list: `Đ` after `D`, tones after the plain letter,
/// and numbers by value (`Phường 2` before `Phường 10`).
pub fn sort_key(text: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(text.len() * 2);
    match COLLATOR.as_ref() {
        Some(collator) => {
            let Ok(()) = collator.write_sort_key_to(text, &mut key);
        }
        // The collation data is compiled in, so this arm only keeps the function total.
        None => key.extend_from_slice(fold(text).as_bytes()),
    }
    key
}

/// A text in plain Latin letters: marks are left out, đ becomes d; everything else stays as it is.
pub fn without_marks(text: &str) -> String {
    let plain = |c: char| match c {
        'đ' => 'd',
        'Đ' | 'Ð' => 'D',
        other => other,
    };
    text.nfd().filter(|c| !is_combining_mark(*c)).map(plain).collect()
}

/// Whether a text may be stored: no NUL and no other control character but a new line and a tab.
pub fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t')
}

/// The form in which names are stored and compared: composed (NFC), without blanks around or doubled inside.
pub fn tidy(name: &str) -> String {
    let composed: String = name.nfc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a name shows what it is: nothing invisible, no letters of several scripts that look alike (Unicode
/// Technical Standard 39).
pub fn is_honest_name(name: &str) -> bool {
    let composed: String = name.nfc().collect();
    let is_usual = |c: char| {
        c == ' ' || c == '’' || c.is_ascii_graphic() || (c.identifier_allowed() && !matches!(c, '\u{200c}' | '\u{200d}'))
    };
    composed.chars().all(is_usual) && composed.is_single_script()
}

/// An English name with its article: an activity, a plan.
pub fn a(name: &str) -> String {
    let article = if name.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_is_blind_to_diacritics_and_to_where_the_tone_mark_stands() {
        assert_eq!(fold("Mạo Khê"), "mao khe");
        assert_eq!(fold("Hòa"), fold("Hoà"));
        assert_eq!(fold("ĐÔNG TRIỀU"), "dong trieu");
        assert_eq!(fold("  Xã  A-Vương "), "xa a vuong");
    }

    #[test]
    fn the_order_is_that_of_a_vietnamese_list() {
        let mut names = ["Phường 10", "Đông", "Phường 2", "Dương", "Ea", "Ân", "An", "Ăn"];
        names.sort_by_key(|name| sort_key(name));
        assert_eq!(names, ["An", "Ăn", "Ân", "Dương", "Đông", "Ea", "Phường 2", "Phường 10"]);
    }

    #[test]
    fn a_name_does_not_pass_for_another_one() {
        for name in ["Nguyễn Thị Lan", "Y Ngông Niê Kđăm", "H’Hen Niê", "Sở GD&ĐT Quảng Ninh (2)", "Lê Văn A"] {
            assert!(is_honest_name(name), "{name}");
            assert!(is_honest_name(&name.nfd().collect::<String>()), "{name}, decomposed");
        }
        for trick in ["Nguy\u{0435}n Lan", "Lan\u{200b}", "Lan\u{202e}nal", "La\u{00ad}n", "Lan\u{200d}", "Ｌａｎ", "L\u{0430}n"]
        {
            assert!(!is_honest_name(trick), "{trick:?}");
        }
        assert_eq!(tidy("  Nguye\u{0302}\u{0303}n   Lan "), "Nguyễn Lan");
    }

    #[test]
    fn control_characters_are_not_plain() {
        assert!(is_plain("Trung tâm\nhọc tập"));
        assert!(!is_plain("a\0b"));
        assert!(!is_plain("a\u{1b}[31m"));
    }

    #[test]
    fn an_english_name_has_its_article() {
        assert_eq!(["activity", "estimate", "plan"].map(a), ["an activity", "an estimate", "a plan"]);
    }
}
