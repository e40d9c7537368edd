//! Personal data (Law 91/2025/QH15): which fields are personal, who needs them, and what stays for the record.
//!
//! An address of a person is a type of its own here. It shows itself masked wherever it is written out (answers,
//! the audit trail, logs), so that nothing has to remember to mask it; [`Email::reveal`] and [`Phone::reveal`] are
//! called where a person's own data are asked for, and nowhere else.

use serde::{Deserialize, Serialize, Serializer};

/// Keeps the first letter of a text and says that there is more.
fn first_letter(text: &str) -> String {
    text.chars().next().map(|first| format!("{first}***")).unwrap_or_default()
}

macro_rules! contact {
    ($(#[$meta:meta])* $name:ident, $mask:expr) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);
        impl $name {
            /// The text itself: for whoever asked for a person's contact, and was put on record for it.
            pub fn reveal(&self) -> &str {
                &self.0
            }

            /// What everybody else sees.
            pub fn masked(&self) -> String {
                let mask: fn(&str) -> String = $mask;
                mask(&self.0)
            }
        }
        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.masked())
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.masked())
            }
        }
    };
}

contact! {
    /// An e-mail address: `lan@so.quangninh.vn` shows as `l***@s***.vn`.
    Email, |text| {
        let (name, host) = text.split_once('@').unwrap_or((text, ""));
        let top = host.rsplit_once('.').map_or("", |(_, top)| top);
        format!("{}@{}.{top}", first_letter(name), first_letter(host))
    }
}
contact! {
    /// A telephone number: `0912345678` shows as `***678`.
    Phone, |text| {
        let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
        format!("***{}", digits.iter().skip(digits.len().saturating_sub(3)).collect::<String>())
    }
}

contact! {
    /// Who somebody is at another issuer of tokens: `0190a6b4-7c1e-7d33` shows as `***7d33`, a short one as `***`.
    Subject, |text| {
        let letters: Vec<char> = text.chars().collect();
        let shown = if letters.len() > 8 { letters.len() - 4 } else { letters.len() };
        format!("***{}", letters.iter().skip(shown).collect::<String>())
    }
}

/// How a personal field is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Shown masked; in clear only on a request of its own, which is put on record.
    Masked,
    /// Shown to those who may see the record, because the work is done under this name.
    Named,
    /// Never in any answer but the person's own copy of their data.
    Hidden,
}

/// What becomes of a field when a person is anonymised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anonymised {
    /// It is erased or replaced.
    Erased,
    /// It stays, because the record of an official act must say who did it.
    Kept,
}

/// A personal field.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Table and column.
    pub column: &'static str,
    /// How it is treated.
    pub treatment: Treatment,
    /// What becomes of it.
    pub anonymised: Anonymised,
}

/// Every personal field that is stored. A test holds this table against the schema: a new column that sounds
/// personal has to be declared here.
pub const FIELDS: &[Field] = {
    use Anonymised::{Erased, Kept};
    use Treatment::{Hidden, Masked, Named};
    const fn field(column: &'static str, treatment: Treatment, anonymised: Anonymised) -> Field {
        Field { column, treatment, anonymised }
    }
    &[
        field("users.username", Named, Erased),
        field("users.display_name", Named, Erased),
        field("users.email", Masked, Erased),
        field("users.phone", Masked, Erased),
        field("sessions.address", Hidden, Erased),
        field("sessions.user_agent", Hidden, Erased),
        field("sign_in_failures.address", Hidden, Erased),
        field("user_identities.subject", Masked, Erased),
        field("outbox_mails.recipient", Hidden, Erased),
        field("persons.full_name", Named, Erased),
        field("persons.name_sort", Hidden, Erased),
        field("persons.name_search", Hidden, Erased),
        field("persons.sex", Named, Erased),
        field("persons.birth_year", Named, Erased),
        field("persons.ethnic_minority", Named, Erased),
        field("persons.occupation", Named, Erased),
        field("persons.organisation", Named, Erased),
        field("persons.qualification", Named, Erased),
        field("persons.email", Masked, Erased),
        field("persons.phone", Masked, Erased),
        field("appointments.end_reason", Named, Erased),
        field("appointments.duties", Named, Kept),
        field("centre_sites.manager", Named, Kept),
        field("reports.signer", Named, Kept),
        field("report_versions.document", Named, Kept),
        field("rapporteurs.full_name", Named, Kept),
        field("rapporteurs.email", Masked, Erased),
        field("rapporteurs.phone", Masked, Erased),
        field("commendations.recipient_name", Named, Kept),
        field("clubs.leader", Named, Kept),
        field("plan_items.lead", Named, Kept),
        field("money_entries.counterparty", Named, Kept),
        field("asset_confirmations.confirmed_by", Named, Kept),
        field("documents.signer", Named, Kept),
        field("finding_explanations.explained_by", Named, Kept),
        field("idempotency_keys.body", Hidden, Erased),
        field("audit_records.before", Named, Kept),
        field("audit_records.after", Named, Kept),
        field("audit_records.reason", Named, Kept),
        field("audit_records.username", Named, Kept),
        field("audit_records.acting_username", Named, Kept),
        field("audit_records.address", Named, Kept),
    ]
};

/// For how many days data of a kind are kept once they are no longer needed; `htcd retention` removes what is older.
pub mod retention {
    /// Sign-ins that are over, with their refresh tokens, addresses and devices.
    pub const SESSIONS_DAYS: i64 = 180;
    /// One-time codes that were used or have expired.
    pub const CODES_DAYS: i64 = 30;
    /// Failures to sign in.
    pub const FAILURES_DAYS: i64 = 30;
    /// Secrets of service accounts that were revoked.
    pub const SECRETS_DAYS: i64 = 365;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_shows_itself_masked_unless_it_is_revealed() {
        let email = Email::from("lan.nguyen@so.quangninh.vn".to_owned());
        let phone = Phone::from("0912 345 678".to_owned());
        let shown = format!("{email:?} {phone:?} {}", serde_json::to_string(&(&email, &phone)).unwrap());
        assert_eq!(shown, r#"l***@s***.vn ***678 ["l***@s***.vn","***678"]"#);
        assert_eq!((email.reveal(), phone.reveal()), ("lan.nguyen@so.quangninh.vn", "0912 345 678"));
        let subject = |text: &str| Subject::from(text.to_owned()).masked();
        assert_eq!(
            (subject("0190a6b4-7c1e-7d33"), subject("nguyen.l"), subject("")),
            ("***7d33".into(), "***".into(), "***".into())
        );
        for odd in ["", "@", "lan", "lan@"] {
            assert!(!Email::from(odd.to_owned()).masked().contains("lan"));
        }
    }
}
