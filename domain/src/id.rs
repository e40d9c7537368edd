//! Opaque identities. A function cannot be given a round's id for a centre's.

/// Declares newtypes over a UUID.
macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
                 serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = Uuid, example = "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11")]
        pub struct $name(pub uuid::Uuid);
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { text.parse().map(Self) }
        }
        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self { Self(id) }
        }
        impl From<$name> for uuid::Uuid {
            fn from(id: $name) -> Self { id.0 }
        }
    )+};
}

ids! {
    /// A tenant: a province and everything that it took along when provinces merged.
    ProvinceId,
    /// An administrative unit: a province, a district or a commune, over all its versions.
    UnitId,
    /// A community learning centre.
    CentreId,
    /// A site of a centre, such as a quarter's culture house.
    SiteId,
    /// One act in a centre's life (establishment, suspension, merger …).
    ActId,
    /// A change of the map: mergers, splits, new names and kinds of units.
    RestructuringId,
    /// A rating scheme in one version.
    SchemeId,
    /// One year's rating round.
    RoundId,
    /// The rating of one centre or commune in one round.
    RatingId,
    /// Somebody who can sign in.
    UserId,
    /// A role held on a unit or centre.
    GrantId,
    /// One signing in, over all the tokens that came from it.
    SessionId,
    /// A program that signs in by itself.
    ServiceAccountId,
    /// A secret of a service account.
    ServiceSecretId,
    /// Leave to act for somebody.
    DelegationId,
    /// More time for something that is due.
    ExtensionId,
    /// Who somebody is at another issuer of tokens.
    IdentityId,
    /// An activity of a centre, or the totals of a month.
    ActivityId,
    /// A province's own category of activities.
    ActivityCategoryId,
    /// A club.
    ClubId,
    /// An item of a plan.
    PlanItemId,
    /// A centre's report of a year or another period.
    ReportId,
    /// A rapporteur, collaborator or teacher on a roster.
    RapporteurId,
    /// A rapporteur's speaking in an activity or at an event.
    RapporteurAssignmentId,
    /// A training, workshop, contest, exchange, meeting or review.
    EventId,
    /// A commendation.
    CommendationId,
    /// What a commune counts of a learning model in a year.
    LearningModelCountId,
    /// A province's own indicator of the communes' profiles.
    ProfileIndicatorId,
    /// A number of a commune's profile.
    ProfileValueId,
    /// Somebody who works for a centre, with an account or without.
    PersonId,
    /// A post that somebody holds or held.
    AppointmentId,
    /// The merger of centres as one act.
    MergerId,
    /// The reshaping of a board as one act.
    ReconstitutionId,
    /// A plan of a centre.
    PlanId,
    /// An explanation of a finding.
    FindingExplanationId,
    /// A survey of learning needs.
    SurveyId,
    /// A topic of a survey.
    SurveyTopicId,
    /// A literacy class.
    LiteracyClassId,
    /// A file that somebody uploaded.
    FileId,
    /// A paper in a register.
    DocumentId,
    /// A news item.
    NewsId,
    /// A yearly estimate of a centre in one version.
    BudgetId,
    /// An entry in a centre's books.
    MoneyEntryId,
    /// What a year of a centre's books came to.
    SettlementId,
    /// A dated norm of an allowance.
    AllowanceNormId,
    /// A dated base salary.
    BaseSalaryId,
    /// An asset of a centre, or several alike.
    AssetId,
    /// What was found of an asset in a year.
    AssetConfirmationId,
    /// What a province submitted to the Ministry.
    SubmissionId,
}

impl ProvinceId {
    /// Stands where a tenant is expected and the nation is meant: national frameworks, the Ministry's
    /// and the platform's own users, the audit chain of the nation.
    pub const NATION: Self = Self(uuid::Uuid::nil());

    /// Whether this is the nation rather than a province.
    pub fn is_nation(self) -> bool {
        self == Self::NATION
    }
}
