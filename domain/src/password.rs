//! What a password must be: long, and none that everybody tries (NIST SP 800-63B: length and a list of known
//! passwords, no rules about kinds of characters).

use zxcvbn::{Score, zxcvbn};

use crate::problem::Fault;
use crate::text::{Label, is_plain};

/// The fewest characters.
pub const SHORTEST: usize = 12;
/// The most characters.
pub const LONGEST: usize = 128;

/// Words of this field and country that a guesser tries first; zxcvbn's own lists hold the common passwords that
/// leaked elsewhere.
const WORDS: &[&str] =
    &["htcd", "tthtcd", "matkhau", "mat khau", "mật khẩu", "trungtam", "hoctap", "congdong", "anhyeuem", "vietnam", "quantri"];

/// Checks a password for somebody.
///
/// # Errors
/// A fault at `pointer` that names the rule: `length`, `plain`, `password_has_name` or `password_known`.
pub fn check(pointer: &str, password: &str, username: &str, display_name: &str) -> Result<(), Fault> {
    let fault = |rule, vi: &'static str, en: &'static str| Err(Fault::body(pointer, rule, Label::fixed(vi, en)));
    if !(SHORTEST..=LONGEST).contains(&password.chars().count()) {
        return fault("length", "Mật khẩu có 12 đến 128 ký tự.", "A password has 12 to 128 characters.");
    }
    if !is_plain(password) {
        return fault("plain", "Mật khẩu không chứa ký tự điều khiển.", "A password holds no control characters.");
    }
    let lower = password.to_lowercase();
    if lower.contains(&username.to_lowercase())
        || (display_name.chars().count() >= 5 && lower.contains(&display_name.to_lowercase()))
    {
        return fault(
            "password_has_name",
            "Mật khẩu không chứa tên đăng nhập hay họ tên.",
            "A password does not hold the username or the name.",
        );
    }
    let known: Vec<&str> = WORDS.iter().copied().chain([username, display_name]).filter(|word| !word.is_empty()).collect();
    if zxcvbn(password, &known).score() < Score::Three {
        return fault(
            "password_known",
            "Mật khẩu này nằm trong danh sách đã lộ hoặc quá dễ đoán; dùng vài từ không liên quan đến nhau.",
            "This password is on the lists that leaked, or too easy to guess; use a few words that have nothing to do with each other.",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(password: &str) -> &'static str {
        check("/password", password, "nguyen.lan", "Nguyễn Thị Lan").err().map_or("", |fault| fault.rule)
    }

    #[test]
    fn long_and_unknown_passes_and_all_else_is_told_why() {
        assert_eq!(rule("ba con vịt và một cái thang"), "");
        assert_eq!(rule("Đồng Triều & 2018 = vui?"), "");
        assert_eq!(rule("mười một ký"), "length");
        assert_eq!(rule(&"a1".repeat(65)), "length");
        assert_eq!(rule("ba con vịt\u{7} và thang"), "plain");
        assert_eq!(rule("xin chào Nguyen.Lan nhé"), "password_has_name");
        for known in
            ["password1234", "123456789012", "qwertyuiop12", "matkhau123456", "aaaaaaaaaaaaaaaa", "Password@1234", "iloveyou1234"]
        {
            assert_eq!(rule(known), "password_known", "{known}");
        }
    }
}
