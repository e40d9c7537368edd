//! What is sealed, how it is put together, and how it is counted again from its own records.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::SubmissionFormat;
use crate::Coded;
use crate::aggregate::{Fact, Question, Row, Tenths, YearFacts, distribution, tenths_of_percent};
use crate::boundaries::{Boundaries, Breakdown, RowKey};
use crate::id::{CentreId, ProvinceId, RoundId, SchemeId, SubmissionId, UnitId};
use crate::province::Province;
use crate::rated_record::{CountedRecord, RatedRecord};
use crate::round::{Round, RoundStatus};
use crate::scheme::{Rank, Scheme, Subject};
use crate::text::Label;
use crate::unit::{Level, UnitMap};

/// The name of this form of content. Another form gets another name, so that what was sealed stays readable.
pub const FORMAT: &str = "htcd.submission.v1";

/// Whose submission it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SubmittingProvince {
    /// The tenant.
    pub id: ProvinceId,
    /// The province unit that it is today.
    pub unit_id: UnitId,
    /// Its official code today.
    #[schema(example = "33")]
    pub code: String,
    /// Its name.
    pub name: Label,
}

/// The round that was submitted, as it stood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SubmittedRound {
    /// The round.
    pub id: RoundId,
    /// Its title.
    pub title: String,
    /// First day of the data window.
    pub data_from: NaiveDate,
    /// Last day of the data window: what existed on it is counted.
    pub data_to: NaiveDate,
    /// Whether it took ratings still.
    pub status: RoundStatus,
}

/// The scheme by which was rated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SubmittedScheme {
    /// The scheme in this version.
    pub id: SchemeId,
    /// The code shared by its versions.
    #[schema(example = "TTHTCD-MAU-5")]
    pub code: String,
    /// Which version.
    #[schema(example = 1)]
    pub version: i32,
    /// Whether it is a national framework rather than the province's own.
    pub national: bool,
    /// Its title.
    pub title: Label,
    /// Its ranks, best first.
    pub ranks: Vec<Rank>,
}

/// The submission that is corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Superseded {
    /// Identity.
    pub id: SubmissionId,
    /// Its number.
    #[schema(example = 1)]
    pub number: i64,
    /// The hash of its content.
    pub sha256: String,
}

/// What was not complete when it was sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Incomplete {
    /// The round took ratings still.
    pub round_open: bool,
    /// How many ratings of what is counted were begun and not decided.
    #[schema(example = 0)]
    pub undecided: u64,
}

/// What a submission is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SubmissionHeader {
    /// The form of the content.
    #[schema(example = "htcd.submission.v1")]
    pub format: String,
    /// Identity.
    pub id: SubmissionId,
    /// Whose it is.
    pub province: SubmittingProvince,
    /// 1, 2, 3 … in the province.
    #[schema(example = 1)]
    pub number: i64,
    /// 1 for the first of its year and subject; a correction is one more than what it supersedes.
    #[schema(example = 1)]
    pub version: i64,
    /// The year that was rated.
    #[schema(example = 2011)]
    pub year: i32,
    /// What was rated.
    pub subject: Subject,
    /// Its title.
    pub title: String,
    /// The moment at which it was sealed: all that was recorded until then is in it, and nothing later.
    pub cut_off: DateTime<Utc>,
    /// On whose boundaries it is counted: always `as_was`, those of the last day of the data window.
    #[schema(example = "as_was")]
    pub boundaries: String,
    /// The day whose map was used.
    pub map_date: NaiveDate,
    /// Set when that map is only known from a later day on, and its oldest known state was used.
    pub map_known_from: Option<NaiveDate>,
    /// The round.
    pub round: SubmittedRound,
    /// The scheme.
    pub scheme: SubmittedScheme,
    /// What it corrects; `null` for the first of its year and subject.
    pub supersedes: Option<Superseded>,
    /// Why it corrects that one, or was sealed although incomplete.
    pub reason: Option<String>,
    /// What was not complete; `null` when all was.
    pub incomplete: Option<Incomplete>,
}

/// The figures of a unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UnitFigures {
    /// The unit above it; `null` for provinces.
    pub parent_id: Option<UnitId>,
    /// Its level; `null` where the unit below `parent_id` cannot be told.
    pub level: Option<Level>,
    /// The figures, with the unit as their key.
    pub figures: Row,
}

/// A file beside the signed JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SubmissionFile {
    /// Which one.
    pub format: SubmissionFormat,
    /// Its media type.
    #[schema(example = "text/csv; charset=utf-8")]
    pub media_type: String,
    /// How many bytes it has.
    #[schema(example = 20480)]
    pub size: u64,
    /// SHA-256 over these bytes.
    pub sha256: String,
}

/// All that a submission says: what is sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SubmissionContent {
    /// What it is about.
    pub header: SubmissionHeader,
    /// The figures of the whole province.
    pub total: Row,
    /// The figures by unit: provinces of the day, then below each its districts and communes.
    pub units: Vec<UnitFigures>,
    /// Every centre or commune that is counted, in the order of their units.
    pub records: Vec<CountedRecord>,
    /// The files beside this one, made from the same content.
    pub files: Vec<SubmissionFile>,
}

/// A tenant's year as it was read, to be put together.
pub struct Gathered<'g> {
    /// The tenant.
    pub province: &'g Province,
    /// The round.
    pub round: &'g Round,
    /// The scheme of the round.
    pub scheme: &'g Scheme,
    /// What existed on the last day of the data window, with its ratings.
    pub records: &'g [RatedRecord],
    /// The map.
    pub map: &'g UnitMap,
    /// Today in Viet Nam.
    pub today: NaiveDate,
}

impl Gathered<'_> {
    /// The header of a submission. What is not known before it is sealed comes from outside.
    #[expect(clippy::too_many_arguments, reason = "what a submission has of its own")]
    pub fn header(
        &self,
        id: SubmissionId,
        number: i64,
        version: i64,
        title: String,
        cut_off: DateTime<Utc>,
        supersedes: Option<Superseded>,
        reason: Option<String>,
        incomplete: Option<Incomplete>,
    ) -> SubmissionHeader {
        let unit = self.map.get(self.province.unit_id).and_then(|unit| unit.near(self.today));
        SubmissionHeader {
            format: FORMAT.into(),
            id,
            province: SubmittingProvince {
                id: self.province.id,
                unit_id: self.province.unit_id,
                code: unit.map(|unit| unit.code.clone()).unwrap_or_default(),
                name: unit.map_or_else(
                    || Label::new(&*self.province.name, &*self.province.name),
                    |unit| Label::new(&*unit.name_vi, &*unit.name_en),
                ),
            },
            number,
            version,
            year: self.round.year,
            subject: self.round.subject,
            title,
            cut_off,
            boundaries: Boundaries::AsWas.to_string(),
            map_date: self.map_date(),
            map_known_from: self.map.known_from(self.map_date()),
            round: SubmittedRound {
                id: self.round.id,
                title: self.round.title.clone(),
                data_from: self.round.data_from,
                data_to: self.round.data_to,
                status: self.round.status,
            },
            scheme: SubmittedScheme {
                id: self.scheme.id,
                code: self.scheme.code.clone(),
                version: self.scheme.version,
                national: self.scheme.national,
                title: self.scheme.content.title.clone(),
                ranks: self.scheme.content.ranks.iter().map(|rule| rule.rank).collect(),
            },
            supersedes,
            reason,
            incomplete,
        }
    }

    fn map_date(&self) -> NaiveDate {
        Boundaries::AsWas.map_date(self.round.data_to, self.today)
    }

    /// The content under a header, without the files that are made from it.
    pub fn content(&self, header: SubmissionHeader) -> SubmissionContent {
        let facts: Vec<Fact> = self.records.iter().map(|record| record.fact).collect();
        let records = self.records.iter().map(|record| CountedRecord::of(record, self.map, header.map_date)).collect();
        put_together(header, &facts, records, &self.province.unit_ids, self.map)
    }
}

/// Counts the facts on the map of the header's day, and puts the records in the order of their units. `own` are units that
/// are named also where they have nothing.
fn put_together(
    header: SubmissionHeader,
    facts: &[Fact],
    mut records: Vec<CountedRecord>,
    own: &[UnitId],
    map: &UnitMap,
) -> SubmissionContent {
    let mut ranks = header.scheme.ranks.clone();
    ranks.sort_unstable();
    ranks.dedup();
    let year = YearFacts { facts: vec![facts], ranks, cut_off: header.map_date };
    // The same function that answers the live aggregate, unit by unit.
    let count = |unit: Option<UnitId>| {
        let question = Question {
            unit,
            year: header.year,
            compare_year: None,
            subject: header.subject,
            by: Breakdown::Unit,
            boundaries: Boundaries::AsWas,
        };
        distribution(&question, &year, None, map, header.map_date)
    };
    let whole = count(None);
    let is_own = |row: &Row| row.base > 0 || row.key.unit_id.is_some_and(|unit| own.contains(&unit));
    let mut units = Vec::new();
    let mut open: Vec<(Option<UnitId>, Row)> = whole.rows.into_iter().filter(is_own).rev().map(|row| (None, row)).collect();
    while let Some((parent_id, figures)) = open.pop() {
        let unit = figures.key.unit_id;
        let level = unit.and_then(|unit| map.get(unit)).map(|unit| unit.level);
        units.push(UnitFigures { parent_id, level, figures });
        if let Some(unit) = unit.filter(|_| level.is_some_and(|level| level != Level::Commune)) {
            open.extend(count(Some(unit)).rows.into_iter().rev().map(|row| (Some(unit), row)));
        }
    }
    let province = &header.province;
    let key = RowKey { code: Some(province.code.clone()), unit_id: Some(province.unit_id), label: province.name.clone() };
    let total = Row { key, ..whole.total };
    let places: BTreeMap<_, usize> =
        units.iter().enumerate().filter_map(|(place, unit)| Some((unit.figures.key.unit_id?, place))).collect();
    records.sort_by_cached_key(|record| {
        let place = record.unit_ids.last().and_then(|unit| places.get(unit)).copied().unwrap_or(usize::MAX);
        (place, crate::text::sort_key(&record.name), record.identity())
    });
    SubmissionContent { header, total, units, records, files: Vec::new() }
}

#[derive(Default)]
struct Count {
    base: u64,
    ranks: BTreeMap<Rank, u64>,
}

impl Count {
    fn add(&mut self, record: &CountedRecord) {
        self.base += 1;
        if let Some(rank) = record.rank {
            *self.ranks.entry(rank).or_default() += 1;
        }
    }

    /// Where a row says something else than what was counted.
    fn compare(&self, what: &str, row: &Row, faults: &mut Vec<String>) {
        let mut differs = |member: &str, said: String, counted: String| {
            if said != counted {
                faults.push(format!("{what}: {member} is {said}, the records inside give {counted}"));
            }
        };
        let rated: u64 = self.ranks.values().sum();
        let counts: Vec<u64> = row.ranks.iter().map(|rank| self.ranks.get(&rank.rank).copied().unwrap_or(0)).collect();
        differs("base", row.base.to_string(), self.base.to_string());
        differs("rated", row.rated.to_string(), rated.to_string());
        differs("not_rated", row.not_rated.to_string(), (self.base - rated).to_string());
        let coverage = (self.base > 0).then(|| Tenths((u128::from(rated) * 1000 / u128::from(self.base)) as i64));
        let text = |tenths: Option<Tenths>| tenths.map_or("null".to_owned(), |tenths| tenths.to_string());
        differs("coverage_percent", text(row.coverage_percent), text(coverage));
        for ((rank, counted), tenths) in row.ranks.iter().zip(&counts).zip(tenths_of_percent(&counts)) {
            differs(&format!("count of {}", rank.rank), rank.count.to_string(), counted.to_string());
            differs(&format!("percent of {}", rank.rank), rank.percent.to_string(), Tenths(i64::from(tenths)).to_string());
        }
        differs("sum of the ranks", row.ranks.iter().map(|rank| rank.count).sum::<u64>().to_string(), rated.to_string());
    }
}

impl SubmissionContent {
    /// The same records counted on the map of another day, to be compared there; what was sealed stays as it is. `placed` says
    /// where people have put centres of divided communes since.
    pub fn restated(&self, map: &UnitMap, date: NaiveDate, placed: &BTreeMap<CentreId, UnitId>) -> Self {
        let mut header = self.header.clone();
        header.boundaries = Boundaries::AsOf(date).to_string();
        (header.map_date, header.map_known_from) = (date, map.known_from(date));
        let fact = |record: &CountedRecord| Fact {
            centre: record.centre_id,
            commune: record.commune_id,
            placed_later: record.centre_id.and_then(|centre| placed.get(&centre)).copied(),
            model: record.operating_model,
            rank: record.rank,
        };
        let facts: Vec<Fact> = self.records.iter().map(fact).collect();
        let records = self.records.iter().zip(&facts).map(|(record, fact)| record.restated(fact, map, date)).collect();
        let own = [self.header.province.unit_id];
        put_together(header, &facts, records, &own, map)
    }

    /// Counts every figure again from the records inside; what disagrees, in words. Nothing but the content is looked at.
    pub fn disagreements(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.header.format != FORMAT {
            faults.push(format!("the format is {}, this program knows {FORMAT}", self.header.format));
        }
        let (mut total, mut counts) = (Count::default(), BTreeMap::<(Option<UnitId>, Option<UnitId>), Count>::new());
        let levels: BTreeMap<UnitId, Level> =
            self.units.iter().filter_map(|unit| Some((unit.figures.key.unit_id?, unit.level?))).collect();
        let mut seen = BTreeSet::new();
        for record in &self.records {
            if !seen.insert(record.identity()) {
                faults.push(format!("{} stands twice among the records", record.name));
            }
            if record.rank.is_some() == record.not_rated.is_some() {
                faults.push(format!("{}: either a rank or why there is none", record.name));
            }
            total.add(record);
            let mut parent = None;
            for unit in &record.unit_ids {
                counts.entry((parent, Some(*unit))).or_default().add(record);
                parent = Some(*unit);
            }
            if parent.and_then(|unit| levels.get(&unit)) != Some(&Level::Commune) {
                counts.entry((parent, None)).or_default().add(record);
            }
        }
        total.compare("the whole province", &self.total, &mut faults);
        for unit in &self.units {
            let counted = counts.remove(&(unit.parent_id, unit.figures.key.unit_id)).unwrap_or_default();
            counted.compare(&unit.figures.key.label.vi, &unit.figures, &mut faults);
        }
        for ((_, unit), counted) in counts {
            let which = unit.map_or("records whose unit cannot be told".to_owned(), |unit| format!("records of unit {unit}"));
            faults.push(format!("{} {which} stand under no figure", counted.base));
        }
        faults
    }

    /// The name of a file, without what would be odd in one.
    pub fn file_name(&self, format: SubmissionFormat) -> String {
        self.header.file_name(format)
    }
}

impl SubmissionHeader {
    /// The name under which a file of it is saved.
    pub fn file_name(&self, format: SubmissionFormat) -> String {
        let (tail, ending) = match format {
            SubmissionFormat::Json => ("", "json"),
            SubmissionFormat::Csv => ("-units", "csv"),
            SubmissionFormat::RecordsCsv => ("-records", "csv"),
            SubmissionFormat::Xlsx => ("", "xlsx"),
        };
        format!("submission-{}-{}-{}-{}{tail}.{ending}", self.province.code, self.year, self.subject.code(), self.number)
    }
}
