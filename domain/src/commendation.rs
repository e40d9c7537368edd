//! Commendations: who was commended in a year, in what form, for what, by which decision.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::centre::{Decision, is_plausible};
use crate::id::{CentreId, CommendationId, EventId, RapporteurId, UnitId};
use crate::problem::Faults;
use crate::record::{Holder, Record};
use crate::user::{named, plain};

coded! {
    /// Who is commended.
    pub enum RecipientKind in "recipient_kind" {
        /// Trung tâm.
        Centre = "centre" ("trung tâm", "centre"),
        /// Cá nhân.
        Person = "person" ("cá nhân", "person"),
        /// Tập thể.
        Collective = "collective" ("tập thể", "collective"),
        /// Báo cáo viên, cộng tác viên.
        Rapporteur = "rapporteur" ("báo cáo viên, cộng tác viên", "rapporteur"),
    }
}

coded! {
    /// In what form.
    pub enum CommendationForm in "commendation_form" {
        /// Giấy khen.
        Certificate = "certificate" ("giấy khen", "certificate of commendation"),
        /// Bằng khen.
        Diploma = "diploma" ("bằng khen", "diploma of merit"),
        /// Danh hiệu thi đua.
        EmulationTitle = "emulation_title" ("danh hiệu thi đua", "emulation title"),
        /// Hình thức khác.
        Other = "other" ("hình thức khác", "other"),
    }
}

/// A commendation, kept by a centre or a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Commendation {
    /// Identity, where the client makes it.
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<CommendationId>,
    /// The centre that keeps it …
    #[serde(default)]
    pub centre_id: Option<CentreId>,
    /// … or the unit that does; everybody of the province reads it.
    #[serde(default)]
    pub unit_id: Option<UnitId>,
    /// The year whose work was commended.
    #[validate(range(min = 1990, max = 2100))]
    #[schema(example = 2018, minimum = 1990, maximum = 2100)]
    pub year: i32,
    /// Whom: a centre, a person, a collective, somebody on a roster.
    pub recipient_kind: RecipientKind,
    /// The name of the person or collective.
    #[serde(default)]
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Chi hội Khuyến học khu phố Kim Thành", min_length = 1, max_length = 200)]
    pub recipient_name: Option<String>,
    /// The centre that is commended.
    #[serde(default)]
    pub recipient_centre_id: Option<CentreId>,
    /// Somebody on a roster who is commended.
    #[serde(default)]
    pub rapporteur_id: Option<RapporteurId>,
    /// In what form.
    pub form: CommendationForm,
    /// What for.
    #[validate(length(min = 1, max = 500), custom(function = "named"))]
    #[schema(example = "Thành tích xuất sắc trong phong trào khuyến học", min_length = 1, max_length = 500)]
    pub reason: String,
    /// The decision, where it is at hand.
    #[serde(default)]
    #[validate(nested)]
    pub decision: Option<Decision>,
    /// The review or contest at which it was given.
    #[serde(default)]
    pub event_id: Option<EventId>,
    /// What else is to be said.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

impl Record for Commendation {
    type Id = CommendationId;
    const SUBJECT: &'static str = "commendation";
    const PLURAL: &'static str = "commendations";
    const NAME: (&'static str, &'static str) = ("khen thưởng", "commendation");

    fn own_id(&self) -> Option<CommendationId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Holder::of(self.centre_id, self.unit_id)
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        faults.check(
            self.year <= today.year(),
            "/year",
            "year_begun",
            "Không khen thưởng cho thành tích của năm chưa đến.",
            "Nobody is commended for the work of a year to come.",
        );
        use RecipientKind as K;
        let named = [
            ("/recipient_name", self.recipient_name.is_some(), matches!(self.recipient_kind, K::Person | K::Collective)),
            ("/recipient_centre_id", self.recipient_centre_id.is_some(), self.recipient_kind == K::Centre),
            ("/rapporteur_id", self.rapporteur_id.is_some(), self.recipient_kind == K::Rapporteur),
        ];
        for (pointer, is_there, is_wanted) in named {
            faults.check(
                is_there == is_wanted,
                pointer,
                "recipient_named",
                "Nêu đúng người được khen theo loại: recipient_name cho cá nhân, tập thể; recipient_centre_id cho trung tâm; rapporteur_id cho báo cáo viên.",
                "Name the recipient by its kind: recipient_name for a person or collective, recipient_centre_id for a centre, rapporteur_id for somebody on a roster.",
            );
        }
        if let Some(decision) = &self.decision {
            faults.check(
                is_plausible(decision.date, today) && decision.date.year() >= self.year,
                "/decision/date",
                "plausible_date",
                "Ngày quyết định phải từ năm được khen và không quá một năm tới.",
                "The decision is not older than the year that is commended, nor more than a year from now.",
            );
        }
    }
}
