//! People who work for a centre: directors, members of committees, teachers, with an account or without.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::id::{CentreId, PersonId, UserId};
use crate::personal::{Email, Phone};
use crate::problem::Faults;
use crate::record::{Holder, Patch, Record};
use crate::text::tidy;
use crate::user::{mail_address, person_name, phone_number, plain};

coded! {
    /// Somebody's sex.
    pub enum Sex in "sex" {
        /// Female.
        Female = "female" ("nữ", "female"),
        /// Male.
        Male = "male" ("nam", "male"),
        /// Another.
        Other = "other" ("khác", "other"),
    }
}

/// Somebody who works for a centre. Whatever is not known stays blank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Identity, where the client makes it (UUIDv7 recommended): then it can be sent twice and is made once.
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<PersonId>,
    /// The centre.
    pub centre_id: CentreId,
    /// Their name.
    #[validate(length(min = 1, max = 200), custom(function = "person_name"))]
    #[schema(example = "Nguyễn Thị Lan", min_length = 1, max_length = 200)]
    pub full_name: String,
    /// Their sex.
    #[serde(default)]
    pub sex: Option<Sex>,
    /// The year in which they were born.
    #[serde(default)]
    #[validate(range(min = 1900, max = 2100))]
    #[schema(example = 1968, minimum = 1900, maximum = 2100)]
    pub birth_year: Option<i64>,
    /// Whether they belong to an ethnic minority; `null` when not known.
    #[serde(default)]
    pub ethnic_minority: Option<bool>,
    /// What they do besides the centre.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(example = "Phó chủ tịch UBND phường", max_length = 200)]
    pub occupation: Option<String>,
    /// Where they do it.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(example = "UBND phường Mạo Khê", max_length = 200)]
    pub organisation: Option<String>,
    /// What they have learnt.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(example = "Đại học Sư phạm", max_length = 200)]
    pub qualification: Option<String>,
    /// Where mail reaches them; masked in every answer, in clear at `/v1/persons/{person_id}/contact`.
    #[serde(default)]
    #[validate(custom(function = "mail"))]
    #[schema(value_type = Option<String>, example = "lan@maokhe.vn", max_length = 254)]
    pub email: Option<Email>,
    /// Their telephone number; masked in every answer, in clear at `/v1/persons/{person_id}/contact`.
    #[serde(default)]
    #[validate(custom(function = "telephone"))]
    #[schema(value_type = Option<String>, example = "0912 345 678", max_length = 20)]
    pub phone: Option<Phone>,
    /// Their account, where they have one.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// Since when the record is without its person. Nobody sends it, and only views show it.
    #[serde(skip)]
    pub anonymised_at: Option<DateTime<Utc>>,
}

fn mail(email: &Email) -> Result<(), ValidationError> {
    mail_address(email.reveal())
}

fn telephone(phone: &Phone) -> Result<(), ValidationError> {
    phone_number(phone.reveal())
}

impl Person {
    /// The same person with the name in the form in which names are stored.
    pub fn tidied(mut self) -> Self {
        self.full_name = tidy(&self.full_name);
        self
    }

    /// The person without contacts: these show themselves masked, and what a patch is applied to is what is shown.
    pub fn without_contacts(&self) -> Self {
        Self { email: None, phone: None, ..self.clone() }
    }

    /// What a patch made of [`Person::without_contacts`], with the contacts that it says nothing about.
    pub fn with_contacts_of(mut self, before: &Self, patch: &Patch<Self>) -> Self {
        if !patch.members.contains_key("email") {
            self.email.clone_from(&before.email);
        }
        if !patch.members.contains_key("phone") {
            self.phone.clone_from(&before.phone);
        }
        self
    }

    /// What is left when somebody's name is taken off: the centre, under whose records of official acts the id stays.
    pub fn anonymised(&self, at: DateTime<Utc>) -> Self {
        Self {
            id: None,
            centre_id: self.centre_id,
            full_name: "Người đã ẩn danh".into(),
            sex: None,
            birth_year: None,
            ethnic_minority: None,
            occupation: None,
            organisation: None,
            qualification: None,
            email: None,
            phone: None,
            user_id: None,
            anonymised_at: Some(at),
        }
    }
}

impl Record for Person {
    type Id = PersonId;
    const SUBJECT: &'static str = "person";
    const PLURAL: &'static str = "persons";
    const NAME: (&'static str, &'static str) = ("người", "person");
    const FIXED: &'static [&'static str] = &["centre_id"];

    fn own_id(&self) -> Option<PersonId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Centre(self.centre_id))
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        faults.check(
            self.birth_year.is_none_or(|year| year <= i64::from(today.year())),
            "/birth_year",
            "born_by_now",
            "Năm sinh không được sau năm nay.",
            "The year of birth is not later than this year.",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lan() -> Person {
        serde_json::from_value(json!({
            "centre_id": "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11", "full_name": " Nguyễn  Thị Lan", "sex": "female",
            "birth_year": 1968, "ethnic_minority": false, "occupation": "Phó chủ tịch UBND phường",
            "organisation": "UBND phường Mạo Khê", "qualification": "Đại học", "email": "lan@maokhe.vn", "phone": "0912 345 678",
            "user_id": "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c12",
        }))
        .unwrap()
    }

    #[test]
    fn what_is_not_right_about_a_person_is_named() {
        assert!(lan().validate().is_ok());
        for (member, value) in [
            ("full_name", json!(" ")),
            ("full_name", json!("L\u{0430}n")),
            ("birth_year", json!(1899)),
            ("email", json!("lan@")),
            ("email", json!("l***@m***.vn")),
            ("phone", json!("gọi tôi")),
            ("phone", json!("***678")),
        ] {
            let mut value_of = serde_json::to_value(lan()).unwrap();
            // What a person shows is masked, so it is not what a person is read from.
            (value_of["email"], value_of["phone"]) = (json!(null), json!(null));
            value_of[member] = value.clone();
            let person: Person = serde_json::from_value(value_of).unwrap();
            let faults = person.validate().expect_err(member);
            assert_eq!(faults.errors().keys().collect::<Vec<_>>(), [member], "{value}");
        }
        let (today, mut faults) = (NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(), Faults::default());
        Person { birth_year: Some(2027), ..lan() }.check(&mut faults, today);
        assert_eq!(faults.into_result().unwrap_err().faults[0].rule, "born_by_now");
    }

    #[test]
    fn a_patch_never_stores_a_mask() {
        let before = lan();
        // The patch, and the contacts that come of it.
        for (patch, email, phone) in [
            (json!({ "full_name": "Lan" }), Some("lan@maokhe.vn"), Some("0912 345 678")),
            (json!({ "email": null }), None, Some("0912 345 678")),
            (json!({ "email": "moi@maokhe.vn" }), Some("moi@maokhe.vn"), Some("0912 345 678")),
            (json!({ "phone": "0909 000 111" }), Some("lan@maokhe.vn"), Some("0909 000 111")),
        ] {
            let read: Patch<Person> = serde_json::from_value(patch.clone()).unwrap();
            let value = read.applied_to(&before.without_contacts()).unwrap();
            let after = serde_json::from_value::<Person>(value).unwrap().with_contacts_of(&before, &read);
            assert_eq!(after.email.as_ref().map(Email::reveal), email, "{patch}");
            assert_eq!(after.phone.as_ref().map(Phone::reveal), phone, "{patch}");
        }
    }

    #[test]
    fn nothing_of_the_person_is_left_when_they_are_anonymised() {
        let at = DateTime::from_timestamp(0, 0).unwrap();
        let left = lan().tidied().anonymised(at);
        let value = serde_json::to_value(&left).unwrap();
        let kept: Vec<_> =
            value.as_object().unwrap().iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name).collect();
        assert_eq!(kept, ["centre_id", "full_name"]);
        assert!(left.anonymised_at == Some(at) && !left.full_name.contains("Lan"));
    }
}
