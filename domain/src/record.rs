//! What all records of the year's work have in common: who keeps them, their identity, and how they stand in the document.

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::schema::{AdditionalProperties, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};
use validator::Validate;

use crate::access::Scope;
use crate::id::{CentreId, UnitId};
use crate::measure::Look;
use crate::problem::Faults;

/// Who keeps a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holder {
    /// A centre.
    Centre(CentreId),
    /// A commune, a district or a province.
    Unit(UnitId),
    /// All of the province: its own catalogues and norms.
    Province,
}

impl Holder {
    /// The holder that two members of a record name: just one of them stands there.
    pub fn of(centre_id: Option<CentreId>, unit_id: Option<UnitId>) -> Option<Self> {
        match (centre_id, unit_id) {
            (Some(centre), None) => Some(Self::Centre(centre)),
            (None, Some(unit)) => Some(Self::Unit(unit)),
            _ => None,
        }
    }

    /// Whether a scope covers all of it. What a centre keeps is looked up with its commune, within the scope.
    pub fn is_within(self, scope: &Scope) -> bool {
        match self {
            Self::Centre(_) => true,
            Self::Unit(unit) => scope.covers_unit(unit),
            Self::Province => scope.whole,
        }
    }
}

/// A record of the year's work. One type is what comes in, what is changed, and, inside [`Kept`], what goes out.
///
/// Its members are plain values with `#[serde(deny_unknown_fields)]`; `id` is there for a client that makes identities
/// itself, `#[serde(default, skip_serializing_if = "crate::record::comes_in_only")]`.
pub trait Record: Serialize + DeserializeOwned + Validate + ToSchema + Clone + PartialEq + Send + Sync + 'static {
    /// Its identity.
    type Id: Copy
        + PartialEq
        + std::fmt::Display
        + Serialize
        + From<uuid::Uuid>
        + Into<uuid::Uuid>
        + ToSchema
        + Send
        + Sync
        + 'static;
    /// What it is called in the audit trail: `activity`.
    const SUBJECT: &'static str;
    /// What lists of it are called in paths: `activities`.
    const PLURAL: &'static str;
    /// What people call one, in Vietnamese and English: for refusals.
    const NAME: (&'static str, &'static str);
    /// Members that stay as they were made.
    const FIXED: &'static [&'static str] = &["centre_id", "unit_id"];

    /// The identity that the client made.
    fn own_id(&self) -> Option<Self::Id>;

    /// Who keeps it; `None` when the members do not say so.
    fn holder(&self) -> Option<Holder>;

    /// The rules that need nothing but the record and the date in Viet Nam.
    fn check(&self, faults: &mut Faults, today: NaiveDate);

    /// The centres whose measures may have counted it (`crate::measure`).
    fn counted_for(&self) -> Vec<CentreId> {
        vec![]
    }

    /// What a measure read of it; `None` where it does not count it. Two states that read alike count alike.
    fn read_by(&self, look: &Look<'_>) -> Option<Value> {
        let _ = look;
        None
    }

    /// Members that the server sets, with their schemas: they go out and never come in. They stand in a struct of their
    /// own, as `#[serde(flatten, skip_deserializing)] #[schema(ignore)]`. What these refer to is added to `schemas`.
    fn set_by_server(schemas: &mut Vec<(String, RefOr<Schema>)>) -> Vec<(String, RefOr<Schema>)> {
        let _ = schemas;
        vec![]
    }
}

/// Keeps the id that a client made out of what a record says: beside that stands the identity that it got. The document
/// names the member, which it would not with `skip_serializing`.
pub fn comes_in_only<T>(_: &Option<T>) -> bool {
    true
}

/// The members of an object, as [`Record::set_by_server`] names them.
pub fn members_of<T: ToSchema>() -> Vec<(String, RefOr<Schema>)> {
    object_of::<T>().properties.into_iter().collect()
}

/// A record as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(bound = "T: Record")]
pub struct Kept<T: Record> {
    /// Identity.
    pub id: T::Id,
    /// What it says.
    #[serde(flatten)]
    pub content: T,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

fn object_of<T: ToSchema>() -> Object {
    match T::schema() {
        RefOr::T(Schema::Object(object)) => object,
        _ => Object::new(),
    }
}

fn instant(description: &str) -> RefOr<Schema> {
    let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).description(Some(description)).into()
}

impl<T: Record> PartialSchema for Kept<T> {
    fn schema() -> RefOr<Schema> {
        let mut object = object_of::<T>();
        // Whatever may be left out on the way in is there on the way out.
        object.properties.insert("id".into(), RefOr::Ref(Ref::from_schema_name(T::Id::name())));
        object.properties.extend(T::set_by_server(&mut vec![]));
        object.properties.insert("created_at".into(), instant("When it was made."));
        object.properties.insert("updated_at".into(), instant("When it was last changed."));
        object.required = object.properties.keys().cloned().collect();
        object.additional_properties = None;
        object.into()
    }
}

impl<T: Record> ToSchema for Kept<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("{}Record", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::Id::name().into(), T::Id::schema()));
        T::set_by_server(schemas);
        T::schemas(schemas);
    }
}

/// A change to a record: a JSON merge patch (RFC 7396) of what it says, without what is fixed.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Patch<T> {
    /// The members that change.
    pub members: serde_json::Map<String, serde_json::Value>,
    #[serde(skip)]
    record: std::marker::PhantomData<fn() -> T>,
}

impl<T> Validate for Patch<T> {
    // What a patch makes of a record is checked, not the patch.
    fn validate(&self) -> Result<(), validator::ValidationErrors> {
        Ok(())
    }
}

impl<T: Record> Patch<T> {
    /// What the record becomes, as JSON to be read and checked like a new one.
    ///
    /// # Errors
    /// `rule_broken` for members that are fixed.
    pub fn applied_to(&self, content: &T) -> crate::Result<serde_json::Value> {
        let mut faults = Faults::default();
        for name in std::iter::once(&"id").chain(T::FIXED) {
            let pointer = format!("/{name}");
            faults.check(
                !self.members.contains_key(*name),
                pointer,
                "fixed_member",
                "Trường này giữ nguyên từ khi lập bản ghi; cần khác thì lập bản ghi mới.",
                "This member stays as the record was made; make another record where it must differ.",
            );
        }
        faults.into_result()?;
        let mut value = said(content);
        merge(&mut value, &serde_json::Value::Object(self.members.clone()));
        Ok(value)
    }
}

/// What a record says, without what the server sets: as it comes in.
pub fn said<T: Record>(content: &T) -> serde_json::Value {
    let mut value = serde_json::to_value(content).unwrap_or_default();
    if let serde_json::Value::Object(members) = &mut value {
        for (name, _) in T::set_by_server(&mut vec![]) {
            members.remove(&name);
        }
    }
    value
}

/// RFC 7396.
fn merge(target: &mut serde_json::Value, patch: &serde_json::Value) {
    use serde_json::Value;
    let Value::Object(members) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(object) = target else { return };
    for (name, value) in members {
        if value.is_null() {
            object.remove(name);
        } else {
            merge(object.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

impl<T: Record> PartialSchema for Patch<T> {
    fn schema() -> RefOr<Schema> {
        let mut object = object_of::<T>();
        for name in std::iter::once(&"id").chain(T::FIXED) {
            object.properties.remove(*name);
        }
        object.required.clear();
        object.description =
            Some("JSON merge patch: a member that is left out stays, `null` empties it where it can be empty.".into());
        object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        object.into()
    }
}

impl<T: Record> ToSchema for Patch<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("{}Patch", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_merge_patch_is_that_of_rfc_7396() {
        // The table of the RFC's appendix.
        let table = [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ];
        for (mut target, patch, expected) in table {
            super::merge(&mut target, &patch);
            assert_eq!(target, expected, "{patch}");
        }
    }
}
