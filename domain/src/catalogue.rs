//! The coded values of every enumeration, with their labels, for front ends; and JSON merge patch's `null`.

use serde::Serialize;
use utoipa::ToSchema;

use crate::Coded;
use crate::text::Label;

/// One code with its label.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Entry {
    /// The code as it travels.
    #[schema(example = "tot")]
    pub code: &'static str,
    /// What people call it.
    pub label: Label,
}

/// The values of one enumeration.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Catalogue {
    /// Its name.
    #[schema(example = "rank")]
    pub name: &'static str,
    /// Its values, in the order in which people list them.
    pub entries: Vec<Entry>,
}

fn of<T: Coded>() -> Catalogue {
    Catalogue {
        name: T::CATALOGUE,
        entries: T::ALL.iter().map(|value| Entry { code: value.code(), label: value.label() }).collect(),
    }
}

/// Every catalogue.
pub fn all() -> Vec<Catalogue> {
    vec![
        of::<crate::access::Role>(),
        of::<crate::access::Permission>(),
        of::<crate::unit::Level>(),
        of::<crate::unit::UnitKind>(),
        of::<crate::unit::RegionClass>(),
        of::<crate::unit::SuccessionKind>(),
        of::<crate::unit::Extent>(),
        of::<crate::centre::OperatingModel>(),
        of::<crate::centre::CentreStatus>(),
        of::<crate::centre::CentreAct>(),
        of::<crate::centre::SiteKind>(),
        of::<crate::scheme::Subject>(),
        of::<crate::scheme::Method>(),
        of::<crate::scheme::SchemeStatus>(),
        of::<crate::scheme::Rank>(),
        of::<crate::restructuring::RestructuringState>(),
        of::<crate::restructuring::effect::EffectKind>(),
        of::<crate::restructuring::effect::EffectRule>(),
        of::<crate::round::RoundStatus>(),
        of::<crate::round::StageTask>(),
        of::<crate::round::StageLevel>(),
        of::<crate::rating::RatingState>(),
        of::<crate::rating::RatingAction>(),
        of::<crate::rating::RatingSource>(),
        of::<crate::boundaries::Breakdown>(),
        of::<crate::access::Refused>(),
        of::<crate::explain::GrantVerdict>(),
        of::<crate::account::CodePurpose>(),
        of::<crate::account::Delivery>(),
        of::<crate::account::UserStatus>(),
        of::<crate::table::Delimiter>(),
        of::<crate::activity::Category>(),
        of::<crate::activity::ActivityRole>(),
        of::<crate::activity::ActivityScope>(),
        of::<crate::activity::ActivityForm>(),
        of::<crate::activity::ActivityEntry>(),
        of::<crate::activity::Venue>(),
        of::<crate::rapporteur::RapporteurKind>(),
        of::<crate::event::EventKind>(),
        of::<crate::event::ParticipantKind>(),
        of::<crate::commendation::RecipientKind>(),
        of::<crate::commendation::CommendationForm>(),
        of::<crate::learning_model::LearningModel>(),
        of::<crate::profile::ProfileMeasure>(),
        of::<crate::profile::ProfileDoubt>(),
        of::<crate::person::Sex>(),
        of::<crate::appointment::BoardBody>(),
        of::<crate::appointment::Post>(),
        of::<crate::appointment::Sector>(),
        of::<crate::appointment::Employment>(),
        of::<crate::period::PeriodKind>(),
        of::<crate::activity_summary::SummaryBreakdown>(),
        of::<crate::report::ReportKind>(),
        of::<crate::report::ReportState>(),
        of::<crate::report::ReportAction>(),
        of::<crate::report::ReportPart>(),
        of::<crate::report::ReportSection>(),
        of::<crate::report::Judgement>(),
        of::<crate::summary::SummaryTopic>(),
        of::<crate::summary::SummaryHolder>(),
        of::<crate::summary::SummaryRows>(),
        of::<crate::summary::LineUnit>(),
        of::<crate::survey::SurveyChannel>(),
        of::<crate::plan::PlanState>(),
        of::<crate::plan::PlanAction>(),
        of::<crate::plan_progress::ItemStanding>(),
        of::<crate::literacy_class::LiteracyLevel>(),
        of::<crate::file::MediaType>(),
        of::<crate::file::FileState>(),
        of::<crate::measure::RecordMeasure>(),
        of::<crate::measure::MeasureUnit>(),
        of::<crate::money::Direction>(),
        of::<crate::money::IncomeSource>(),
        of::<crate::money::IncomeGroup>(),
        of::<crate::money::StateLevel>(),
        of::<crate::money::ExpenseCategory>(),
        of::<crate::money_step::MoneyState>(),
        of::<crate::money_step::MoneyAct>(),
        of::<crate::allowance::AllowancePost>(),
        of::<crate::allowance::DevelopmentRegion>(),
        of::<crate::allowance::NormMethod>(),
        of::<crate::allowance::AllowanceVerdict>(),
        of::<crate::asset::AssetKind>(),
        of::<crate::asset::AssetOwner>(),
        of::<crate::asset::AssetCondition>(),
        of::<crate::document::DocumentDirection>(),
        of::<crate::document::DocumentKind>(),
        of::<crate::document::IssuerLevel>(),
        of::<crate::news::NewsState>(),
        of::<crate::news::NewsAction>(),
        of::<crate::calendar::DueKind>(),
        of::<crate::calendar::DueSource>(),
        of::<crate::completeness::CompletenessState>(),
        of::<crate::completeness::LeftOutReason>(),
        of::<crate::completeness::CompletenessSort>(),
        of::<crate::task::TaskKind>(),
        of::<crate::finding::FindingCode>(),
        of::<crate::finding::FindingParty>(),
        of::<crate::finding::RuleMeasure>(),
        of::<crate::rated_record::NotRated>(),
        of::<crate::provenance::LeftOut>(),
        of::<crate::submission::SubmissionFormat>(),
        of::<crate::submission::RecordChangeKind>(),
        of::<crate::submission::ChangedPart>(),
    ]
}

/// Tells `null` from absent in a merge patch: `None` absent, `Some(None)` null.
pub mod patch {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Reads a member that is there.
    pub fn deserialize<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
        Option::<T>::deserialize(deserializer).map(Some)
    }

    /// Writes it back.
    pub fn serialize<S: Serializer, T: Serialize>(value: &Option<Option<T>>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(serializer)
    }
}

/// For members of a merge patch that cannot be emptied: absent stays, `null` is refused.
pub mod fixed {
    use serde::{Deserialize, Deserializer};

    /// Reads a member that is there.
    pub fn deserialize<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        T::deserialize(deserializer).map(Some)
    }
}
