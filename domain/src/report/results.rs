//! The table of results: the ten categories with classes and participations, own work apart from what others ran, the
//! centre apart from the culture houses.

use serde::Serialize;
use utoipa::ToSchema;

use crate::Coded;
use crate::activity::{ActivityScope, Category};
use crate::activity_summary::{ActivityFigures, Tally};
use crate::text::Label;

/// A row of the table of results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ResultRow {
    /// Its number in the form.
    #[schema(example = 3)]
    pub number: usize,
    /// The national category.
    pub category: Category,
    /// What people call it.
    pub label: Label,
    /// What the centre ran itself, alone or with others.
    pub own: ActivityFigures,
    /// What others ran: the centre coordinated or gave the place. No part of the table's total.
    pub coordinated: ActivityFigures,
}

/// What the hamlets' culture houses did beside the centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HamletResults {
    /// What they ran.
    pub own: ActivityFigures,
    /// Participations at the centre and in the culture houses together, as far as both gave them.
    #[schema(example = 12_760)]
    pub participations_with_centre: Option<i64>,
}

/// Results by category, as far as records begin up to the cut-off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Results {
    /// The ten categories, in the order of the form; a row without an entry is blank.
    pub rows: Vec<ResultRow>,
    /// What the centre ran itself in all of them.
    pub own: ActivityFigures,
    /// What others ran in all of them; `null` where there was none of it.
    pub coordinated: Option<ActivityFigures>,
    /// The culture houses; `null` where they have no entry.
    pub hamlets: Option<HamletResults>,
    /// How many rows have an entry of the centre's own work …
    #[schema(example = 9)]
    pub rows_with_entries: usize,
    /// … and how many of these say how many women came.
    #[schema(example = 0)]
    pub rows_with_female: usize,
}

impl Results {
    /// Counts. `tallies` are those of one centre up to the cut-off.
    pub fn of(tallies: &[Tally]) -> Self {
        let figures = |wanted: &dyn Fn(&Tally) -> bool| {
            let mut figures = ActivityFigures::default();
            tallies.iter().filter(|tally| wanted(tally)).for_each(|tally| figures.add(tally));
            figures
        };
        let is_at = |tally: &Tally, scope: ActivityScope| tally.scope == scope;
        let centres_own = |tally: &Tally| is_at(tally, ActivityScope::Centre) && tally.role.is_own();
        let rows: Vec<ResultRow> = (1..)
            .zip(Category::ALL)
            .map(|(number, category)| ResultRow {
                number,
                category: *category,
                label: category.label(),
                own: figures(&|tally| tally.category == *category && centres_own(tally)),
                coordinated: figures(&|tally| tally.category == *category && !tally.role.is_own()),
            })
            .collect();
        let own = figures(&centres_own);
        let coordinated = figures(&|tally| !tally.role.is_own());
        let hamlets = figures(&|tally| is_at(tally, ActivityScope::Hamlets) && tally.role.is_own());
        let both = [own.participations.sum, hamlets.participations.sum];
        let participations_with_centre = both.iter().any(Option::is_some).then(|| both.iter().flatten().sum());
        let with_entries = || rows.iter().filter(|row| row.own.entries > 0);
        Self {
            rows_with_entries: with_entries().count(),
            rows_with_female: with_entries().filter(|row| row.own.female.reported > 0).count(),
            own,
            coordinated: (coordinated.entries > 0).then_some(coordinated),
            hamlets: (hamlets.entries > 0).then_some(HamletResults { own: hamlets, participations_with_centre }),
            rows,
        }
    }
}
