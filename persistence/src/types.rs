//! SQL types that both databases have, each in its own form.

use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::HasSqlType;
use diesel::sqlite::{Sqlite, SqliteValue};
use htcd_domain::Coded;
use htcd_domain::id::*;
use htcd_domain::id::{
    ActId, CentreId, DelegationId, FileId, GrantId, IdentityId, ProvinceId, RatingId, RoundId, SchemeId, ServiceAccountId,
    ServiceSecretId, SessionId, SiteId, UnitId, UserId,
};
use uuid::Uuid;

use crate::db::{MultiBackend, MultiRawValue};
use crate::error::{Error, Result};

/// The types as `schema.rs` names them.
pub mod sql {
    use diesel::query_builder::QueryId;
    use diesel::sql_types::SqlType;

    /// `uuid` / 16-byte BLOB.
    #[derive(SqlType, QueryId, Clone, Copy, Default)]
    #[diesel(postgres_type(oid = 2950, array_oid = 2951), sqlite_type(name = "Binary"))]
    pub struct Id;

    /// `timestamptz` / TEXT of fixed width in UTC.
    #[derive(SqlType, QueryId, Clone, Copy, Default)]
    #[diesel(postgres_type(oid = 1184, array_oid = 1185), sqlite_type(name = "Text"))]
    pub struct Instant;

    /// `jsonb` / TEXT.
    #[derive(SqlType, QueryId, Clone, Copy, Default)]
    #[diesel(postgres_type(oid = 3802, array_oid = 3807), sqlite_type(name = "Text"))]
    pub struct Doc;
}

/// Any identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Id)]
pub struct Id(pub Uuid);

/// A moment, cut to microseconds, so that a row read back equals the row written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Instant)]
pub struct Instant(DateTime<Utc>);

/// A JSON document.
#[derive(Debug, Clone, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Doc)]
pub struct Doc(serde_json::Value);

impl From<DateTime<Utc>> for Instant {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(6))
    }
}

impl From<Instant> for DateTime<Utc> {
    fn from(at: Instant) -> Self {
        at.0
    }
}

impl Doc {
    /// The document of a value.
    pub fn of(value: &impl serde::Serialize) -> Result<Self> {
        serde_json::to_value(value).map(Self).map_err(|error| Error::Corrupt(error.to_string()))
    }

    /// The value of a document.
    pub fn read<T: serde::de::DeserializeOwned>(self) -> Result<T> {
        serde_json::from_value(self.0).map_err(|error| Error::Corrupt(error.to_string()))
    }
}

/// The value of a stored code.
pub fn coded<T: Coded>(code: &str) -> Result<T> {
    T::from_code(code).ok_or_else(|| Error::Corrupt(format!("`{code}` is not a {}", T::CATALOGUE)))
}

macro_rules! identities {
    ($($name:ident),+ $(,)?) => {$(
        impl From<$name> for Id { fn from(id: $name) -> Self { Self(id.0) } }
        impl From<Id> for $name { fn from(id: Id) -> Self { $name(id.0) } }
    )+};
}
identities!(
    ActId,
    RestructuringId,
    CentreId,
    DelegationId,
    ExtensionId,
    FileId,
    GrantId,
    IdentityId,
    ProvinceId,
    RatingId,
    RoundId,
    SchemeId,
    ServiceAccountId,
    ServiceSecretId,
    SessionId,
    SiteId,
    UnitId,
    UserId,
    ActivityId,
    ActivityCategoryId,
    ClubId,
    PlanItemId,
    ReportId,
    RapporteurId,
    RapporteurAssignmentId,
    EventId,
    CommendationId,
    LearningModelCountId,
    ProfileIndicatorId,
    ProfileValueId,
    PersonId,
    AppointmentId,
    MergerId,
    ReconstitutionId,
    PlanId,
    SurveyId,
    SurveyTopicId,
    LiteracyClassId,
    BudgetId,
    MoneyEntryId,
    SettlementId,
    AllowanceNormId,
    BaseSalaryId,
    AssetId,
    AssetConfirmationId,
    DocumentId,
    NewsId,
    FindingExplanationId,
    SubmissionId,
);

impl ToSql<sql::Id, Pg> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<diesel::sql_types::Uuid, Pg>::to_sql(&self.0, out)
    }
}
impl FromSql<sql::Id, Pg> for Id {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        <Uuid as FromSql<diesel::sql_types::Uuid, Pg>>::from_sql(value).map(Id)
    }
}
impl ToSql<sql::Id, Sqlite> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}
impl FromSql<sql::Id, Sqlite> for Id {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Id(Uuid::from_slice(value.read_blob())?))
    }
}

/// Text order is time order.
const LITE_INSTANT: &str = "%Y-%m-%d %H:%M:%S%.6f";

impl ToSql<sql::Instant, Pg> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<diesel::sql_types::Timestamptz, Pg>::to_sql(&self.0, &mut out.reborrow())
    }
}
impl FromSql<sql::Instant, Pg> for Instant {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        <DateTime<Utc> as FromSql<diesel::sql_types::Timestamptz, Pg>>::from_sql(value).map(Instant)
    }
}
impl ToSql<sql::Instant, Sqlite> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.format(LITE_INSTANT).to_string());
        Ok(IsNull::No)
    }
}
impl FromSql<sql::Instant, Sqlite> for Instant {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Instant(NaiveDateTime::parse_from_str(value.read_text(), LITE_INSTANT)?.and_utc()))
    }
}

impl ToSql<sql::Doc, Pg> for Doc {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<diesel::sql_types::Jsonb, Pg>::to_sql(&self.0, &mut out.reborrow())
    }
}
impl FromSql<sql::Doc, Pg> for Doc {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        <serde_json::Value as FromSql<diesel::sql_types::Jsonb, Pg>>::from_sql(value).map(Doc)
    }
}
impl ToSql<sql::Doc, Sqlite> for Doc {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}
impl FromSql<sql::Doc, Sqlite> for Doc {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Doc(serde_json::from_str(value.read_text())?))
    }
}

/// What the derived backend needs for a type of our own.
macro_rules! multi {
    ($sql:ty, $rust:ty) => {
        impl HasSqlType<$sql> for MultiBackend {
            fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
                Self::lookup_sql_type::<$sql>(lookup)
            }
        }
        impl FromSql<$sql, MultiBackend> for $rust {
            fn from_sql(value: MultiRawValue<'_>) -> deserialize::Result<Self> {
                value.from_sql::<$rust, $sql>()
            }
        }
        impl ToSql<$sql, MultiBackend> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value((<$sql>::default(), self));
                Ok(IsNull::No)
            }
        }
    };
}
multi!(sql::Id, Id);
multi!(sql::Instant, Instant);
multi!(sql::Doc, Doc);
