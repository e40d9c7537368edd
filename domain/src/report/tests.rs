//! The rules of reports, and what records come to as of a day.

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::asset::{Asset, AssetConfirmation};
use crate::board::Board;
use crate::plan::{Plan, PlanState};
use crate::plan_progress::progress;
use crate::record::Kept;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn report(members: Value) -> Report {
    let mut body = json!({
        "centre_id": Uuid::nil(), "kind": "annual", "period": "2018", "number": 10, "signed_on": "2018-11-26",
        "addressees": ["UBND phường"], "signer": { "name": "Nguyễn Văn An" },
    });
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    serde_json::from_value(body).unwrap()
}

fn kept<T: Record>(number: u128, content: T) -> Kept<T>
where
    T::Id: From<Uuid>,
{
    let at = DateTime::UNIX_EPOCH;
    Kept { id: Uuid::from_u128(number).into(), content, created_at: at, updated_at: at }
}

#[test]
fn records_count_to_the_cut_off_the_signing_the_end_of_the_period_or_today() {
    let table = [
        (json!({}), "2026-11-22", "2018-11-26"),
        (json!({ "cut_off": "2018-10-31" }), "2026-11-22", "2018-10-31"),
        (json!({ "signed_on": "2019-01-04" }), "2026-11-22", "2018-12-31"),
        (json!({ "signed_on": null, "number": null }), "2018-06-15", "2018-06-15"),
        (json!({ "signed_on": null, "number": null }), "2026-11-22", "2018-12-31"),
        // Signed for a day to come: what is not there yet does not count.
        (json!({}), "2018-11-20", "2018-11-20"),
    ];
    for (members, today, expected) in table {
        assert_eq!(report(members.clone()).counted_to(day(today)), day(expected), "{members} on {today}");
    }
}

#[test]
fn a_report_covers_a_period_of_its_kind_and_its_days_are_in_order() {
    let table: [(Value, &[&str]); 11] = [
        (json!({}), &[]),
        (json!({ "period": "school:2017", "signed_on": "2018-08-31" }), &[]),
        (json!({ "kind": "half_year", "period": "2018-H1", "cut_off": "2018-06-30" }), &[]),
        (json!({ "kind": "special", "period": "2018-01-01..2018-11-26" }), &[]),
        (json!({ "kind": "quarterly" }), &["period_of_kind"]),
        (json!({ "period": "2019" }), &["signed_in_time"]),
        (json!({ "period": "2027", "signed_on": null, "number": null }), &["period_begun"]),
        (json!({ "cut_off": "2019-01-01" }), &["cut_off_in_period", "cut_off_before_signing"]),
        (json!({ "cut_off": "2018-11-27" }), &["cut_off_before_signing"]),
        (json!({ "signed_on": null }), &["number_with_date"]),
        (json!({ "addressees": [" "] }), &["length"]),
    ];
    for (members, rules) in table {
        let mut faults = Faults::default();
        report(members.clone()).check(&mut faults, day("2026-11-22"));
        let found = faults.into_result().err().map_or(vec![], |problem| problem.faults);
        assert_eq!(found.iter().map(|fault| fault.rule).collect::<Vec<_>>(), rules, "{members}");
    }
}

#[test]
fn each_state_and_person_has_its_actions() {
    use ReportAction as A;
    let all = ReportActor { may_write: true, may_submit: true, may_accept: true, wrote: false };
    let none = ReportActor { may_write: false, may_submit: false, may_accept: false, wrote: false };
    let draft = report(json!({}));
    let submitted = draft.submitted(DateTime::UNIX_EPOCH);
    let returned = submitted.returned("x".into(), vec![]);
    let accepted = submitted.accepted(DateTime::UNIX_EPOCH);
    let allowed = |report: &Report, actor: &ReportActor| -> Vec<A> {
        A::ALL.iter().copied().filter(|action| report.permit(*action, actor, day("2026-11-22")).is_ok()).collect()
    };
    for (report, expected) in [
        (&draft, vec![A::Edit, A::Delete, A::Submit]),
        (&submitted, vec![A::Return, A::Accept]),
        (&returned, vec![A::Edit, A::Submit]),
        (&accepted, vec![]),
    ] {
        assert_eq!(allowed(report, &all), expected, "{}", report.course.state);
        assert_eq!(allowed(report, &none), []);
    }
    assert_eq!(allowed(&submitted, &ReportActor { wrote: true, ..all }), [A::Return], "whoever wrote it does not accept it");
    assert_eq!((returned.course.version, returned.submitted(DateTime::UNIX_EPOCH).course.version), (1, 2));
    let codes = |members: Value, today: &str| {
        let reasons = report(members).reasons_against(A::Submit, &all, day(today));
        reasons.into_iter().map(|reason| reason.code).collect::<Vec<_>>()
    };
    for missing in [
        json!({ "number": null }),
        json!({ "number": null, "signed_on": null }),
        json!({ "signer": {} }),
        json!({ "addressees": [] }),
    ] {
        assert_eq!(codes(missing.clone(), "2026-11-22"), ["paper_incomplete"], "{missing}");
    }
    assert_eq!(codes(json!({}), "2018-11-25"), ["not_signed_yet"]);
}

#[test]
fn assets_are_those_of_the_day_as_they_were_found_last() {
    let asset = |number: u128, members: Value| {
        let mut body = json!({
            "centre_id": Uuid::nil(), "kind": "bookcase", "name": "Tủ sách", "quantity": 1, "unit": "tủ", "owner": "commune",
            "condition": "good",
        });
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        kept(number, serde_json::from_value::<Asset>(body).unwrap())
    };
    let found = |asset: u128, on: &str, quantity: i64, condition: &str| {
        let body = json!({
            "centre_id": Uuid::nil(), "asset_id": Uuid::from_u128(asset), "year": 2018, "confirmed_on": on, "quantity_found": quantity,
            "condition": condition, "confirmed_by": "x",
        });
        kept(asset + 100, serde_json::from_value::<AssetConfirmation>(body).unwrap())
    };
    let assets = [
        asset(1, json!({})),
        asset(2, json!({ "quantity": 2 })),
        asset(3, json!({ "acquired_on": "2018-12-01" })),
        asset(4, json!({ "disposed_on": "2018-11-26", "disposal_reason": "hỏng" })),
        asset(5, json!({ "kind": "hall", "name": "Hội trường" })),
        asset(6, json!({ "name": "Tủ gỗ" })),
    ];
    let confirmations = [
        found(5, "2018-10-01", 1, "usable"),
        found(5, "2018-06-01", 1, "broken"),
        found(1, "2018-12-20", 0, "unusable"),
        found(6, "2018-10-01", 0, "unusable"),
    ];
    let lines = ReportedAsset::on(&assets, &confirmations, day("2018-11-26")).unwrap();
    let shown: Vec<_> = lines.iter().map(|line| (line.name.as_str(), line.quantity, line.condition.code())).collect();
    assert_eq!(shown, [("Hội trường", 1, "usable"), ("Tủ sách", 3, "good")]);
    assert_eq!(ReportedAsset::on(&[], &[], day("2018-11-26")), None);
}

#[test]
fn a_plan_is_shown_as_it_stood_on_the_day() {
    let plan = |number: u128, state: PlanState, approved_on: Option<&str>| {
        let body = json!({ "centre_id": Uuid::nil(), "year": 2018, "title": "Kế hoạch" });
        let mut plan = kept(number, serde_json::from_value::<Plan>(body).unwrap());
        plan.content.course.state = state;
        plan.content.course.approved_on = approved_on.map(day);
        plan
    };
    let first = plan(1, PlanState::Superseded, Some("2018-01-15"));
    let revision = plan(2, PlanState::Approved, Some("2018-09-01"));
    let draft = plan(3, PlanState::Draft, None);
    let shown = |plans: &[Kept<Plan>], on: &str| {
        let plan = ReportedPlan::in_force(plans, day(on))?;
        let it = ReportedPlan::of(plan, &progress(plan, &[], &Default::default(), &[], day(on)), day(on));
        Some((plan.id == first.id, it.state, it.approved_on))
    };
    let all = [first.clone(), revision.clone(), draft.clone()];
    assert_eq!(shown(&all, "2018-08-31"), Some((true, PlanState::Approved, Some(day("2018-01-15")))), "not replaced yet");
    assert_eq!(shown(&all, "2018-09-01"), Some((false, PlanState::Approved, Some(day("2018-09-01")))));
    assert_eq!(shown(&[revision], "2018-08-31"), Some((false, PlanState::Submitted, None)), "not approved yet");
    assert_eq!(shown(&[draft], "2018-08-31"), Some((false, PlanState::Draft, None)));
    assert_eq!(shown(&[], "2018-08-31"), None);
}

#[test]
fn a_board_of_which_nobody_is_recorded_is_not_reported() {
    let centre = crate::appointment::tests::centre();
    let empty = Board::on(&centre, day("2018-11-26"), vec![], &[]);
    assert!(!empty.vacancies.is_empty());
    assert_eq!(ReportedBoard::of(&empty), None, "it is not vacant, but unknown");
    let director = kept(9, crate::appointment::tests::director(1, "2016-07-01", None));
    let board = Board::on(&centre, day("2018-11-26"), vec![(director, "Nguyễn Văn An".into())], &[]);
    let reported = ReportedBoard::of(&board).unwrap();
    assert_eq!((reported.seats.len(), reported.seats[0].name.as_str(), reported.seconded_teachers), (1, "Nguyễn Văn An", 0));
}
