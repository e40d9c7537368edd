//! Decided results of past years, as JSON or CSV: checked whole before anything is stored.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, post, web};
use htcd_domain::access::Grant;
use htcd_domain::duties::{self, Judged};
use htcd_domain::id::{RatingId, RoundId, UnitId};
use htcd_domain::rating::{Assessment, Rating};
use htcd_domain::rating_import::{self, CheckedResult, ImportRatings, NumberStyle, Row};
use htcd_domain::round::Round;
use htcd_domain::scheme::{Outcome, Subject};
use htcd_domain::table::Delimiter;
use htcd_domain::{Code, Coded, Problem};
use htcd_persistence::{Change, Tx, centre, rating, round, scheme, user};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::case::hand;
use crate::answer::Answer;
use crate::extract::{Body, Params, content_type};
use crate::permit::{Permit, RatingsImport};
use crate::problem::Refusal;

/// What an import did, or would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportResult {
    /// Whether nothing was stored because only a check was asked for.
    pub dry_run: bool,
    /// How many results were (or would be) stored.
    #[schema(example = 286)]
    pub imported: usize,
    /// How many of each rank.
    pub by_rank: BTreeMap<&'static str, usize>,
}

/// How to import.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportOptions {
    /// Only check.
    dry_run: Option<bool>,
}

/// How to read a CSV table.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CsvOptions {
    /// The round that the results belong to.
    round_id: RoundId,
    /// How numbers and dates are written: `vi` is `85,5` and `26/11/2018`, `en` is `85.5` and `2018-11-26`.
    number_style: NumberStyle,
    /// What separates cells; a comma when left out.
    delimiter: Option<Delimiter>,
    /// Only check.
    dry_run: Option<bool>,
}

/// Enter decided results of a past year.
///
/// All or nothing: every fault is named by its row (the first result is row 2, as in the CSV form) and column.
#[utoipa::path(tag = "ratings", params(ImportOptions), request_body = ImportRatings, responses((status = 200, description = "What was stored.", body = ImportResult)), security(("oauth2" = ["ratings:import"])))]
#[post("/v1/ratings/import")]
pub async fn import_ratings(
    permit: Permit<RatingsImport>,
    Params(options): Params<ImportOptions>,
    Body(body): Body<ImportRatings>,
) -> Result<Answer, Refusal> {
    import(permit, body.round_id, rating_import::numbered(body.results), options.dry_run.unwrap_or(false)).await
}

/// Enter decided results of a past year from a CSV table.
///
/// Columns: `centre_id` or `centre_code`, `rank` (code or Vietnamese name), `points`, `decision_number`,
/// `decision_date`, `decision_issuer`; UTF-8, with or without a byte-order mark. All or nothing: every fault
/// is named by its row and column.
#[utoipa::path(tag = "ratings", params(CsvOptions), request_body(content = String, content_type = "text/csv", example = "centre_code,rank,points\nKS-01,tot,\"92,5\"\n"), responses((status = 200, description = "What was stored.", body = ImportResult)), security(("oauth2" = ["ratings:import"])))]
#[post("/v1/ratings/import_csv")]
pub async fn import_ratings_csv(
    permit: Permit<RatingsImport>,
    Params(options): Params<CsvOptions>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<Answer, Refusal> {
    if content_type(&request).as_deref() != Some("text/csv") {
        return Err(Code::UnsupportedMediaType.into());
    }
    let delimiter = options.delimiter.unwrap_or(Delimiter::Comma);
    let results = rating_import::read_csv(&body, options.number_style, delimiter).map_err(Problem::invalid)?;
    import(permit, options.round_id, results, options.dry_run.unwrap_or(false)).await
}

async fn import(permit: Permit<RatingsImport>, round_id: RoundId, results: Vec<Row>, dry_run: bool) -> Result<Answer, Refusal> {
    permit
        .write_several(move |permit, tx| {
            let missing = || {
                Problem::rule(
                    "/round_id",
                    "round_exists",
                    "Không có đợt này trong tỉnh.",
                    "There is no such round in the province.",
                )
            };
            let (round, _) = round::find(tx, round_id)?.ok_or_else(missing)?;
            if round.subject != Subject::Centre {
                return Err(Problem::rule(
                    "/round_id",
                    "round_of_centres",
                    "Chỉ nhập được kết quả của đợt đánh giá trung tâm.",
                    "Only results of a round that rates centres can be entered.",
                )
                .into());
            }
            let (scheme, _) = scheme::find(tx, round.scheme_id)?.ok_or_else(missing)?;
            let rated = rating::rated_centres(tx, round.id)?;
            let checked = rating_import::check(results, &round, &scheme.content, centre::all(tx)?, &rated, permit.today())
                .map_err(Problem::invalid)?;
            let communes = centre::communes_on(tx, round.data_to)?;
            let checked: Vec<Placed> = checked
                .into_iter()
                .map(|result| {
                    let commune = communes.get(&result.centre.id).copied().unwrap_or(result.centre.commune_id);
                    (result, commune)
                })
                .collect();
            keep_duties(permit, tx, &round, &checked)?;
            let mut by_rank = BTreeMap::new();
            for (result, _) in &checked {
                *by_rank.entry(result.rank.code()).or_insert(0) += 1;
            }
            let answer = Answer::json(&ImportResult { dry_run, imported: checked.len(), by_rank });
            if dry_run {
                return Ok((answer, vec![]));
            }
            let ids = store(permit, tx, &round, checked)?;
            let change =
                Change::updated((), "round", round.id, &serde_json::Value::Null, &serde_json::json!({ "imported_ratings": ids }));
            Ok((answer, vec![Change { before: None, ..change }]))
        })
        .await
}

/// A result, and the commune of its centre on the last day of the data window.
type Placed = (CheckedResult, UnitId);

/// Nobody enters the result of what they manage: it would be their decision.
fn keep_duties(
    permit: &Permit<RatingsImport>,
    tx: &mut Tx<'_>,
    round: &Round,
    results: &[Placed],
) -> htcd_persistence::Result<()> {
    let (map, today) = (&permit.atlas().map, permit.today());
    let held = user::grants_of_persons(tx, &hand(permit.caller()).persons())?;
    let grants: Vec<Grant> = held.into_iter().map(|(_, grant)| grant).collect();
    let judged = |(result, commune): &Placed| Judged::past(result.centre.id, *commune, round, today);
    let centres = results.iter().flat_map(|placed| duties::centres_to_place(&grants, &judged(placed), today)).collect();
    let places = centre::placements_of(tx, &centres)?;
    let manages = |placed: &Placed| duties::manages(&grants, &judged(placed), &places, map, today);
    Ok(rating_import::check_duties(results.iter().filter(|placed| manages(placed)).map(|(result, _)| result))?)
}

fn store(
    permit: &Permit<RatingsImport>,
    tx: &mut Tx<'_>,
    round: &Round,
    results: Vec<Placed>,
) -> htcd_persistence::Result<Vec<RatingId>> {
    let mut ids = Vec::with_capacity(results.len());
    for (result, commune) in results {
        let assessment = Assessment {
            scores: vec![],
            outcome: Some(Outcome { rank: result.rank, points: result.points }),
            note: None,
            by: permit.caller().user_id,
            at: permit.now(),
        };
        let id = permit.new_id();
        let (rating, step) =
            Rating::past(id, round, result.centre.id, commune, assessment, result.decision, hand(permit.caller()));
        rating::insert(tx, &rating, &step)?;
        ids.push(id);
    }
    Ok(ids)
}
