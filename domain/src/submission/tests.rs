use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::*;
use crate::aggregate::Fact;
use crate::boundaries::Boundaries;
use crate::centre::OperatingModel;
use crate::id::{CentreId, ProvinceId, RoundId, SchemeId, UnitId};
use crate::province::Province;
use crate::rated_record::{NotRated, RatedRecord, StandingRating};
use crate::rating::RatingState;
use crate::scheme::{Rank, Scheme, SchemeStatus};
use crate::unit::{Extent, Succession, SuccessionKind, Unit, UnitKind, UnitMap, UnitVersion};

fn unit_id(n: u128) -> UnitId {
    UnitId(Uuid::from_u128(n))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn unit(n: u128, code: &str, kind: UnitKind, name: &str, parent: Option<u128>, is_new: bool) -> Unit {
    let version = UnitVersion {
        valid_from: is_new.then(|| day("2025-07-01")),
        valid_to: (!is_new).then(|| day("2025-06-30")),
        code: code.into(),
        kind,
        name_vi: name.into(),
        name_en: String::new(),
        parent_id: parent.map(unit_id),
        region_class: None,
    };
    Unit { id: unit_id(n), level: kind.level(), versions: vec![version] }
}

/// Kim Sơn and Mạo Khê became one ward, Yên Thọ was divided between two.
fn map() -> UnitMap {
    use UnitKind::*;
    let succession = |old: u128, new: u128, kind, extent| Succession {
        predecessor_id: unit_id(old),
        successor_id: unit_id(new),
        kind,
        extent,
        effective_on: day("2025-07-01"),
    };
    UnitMap::new(
        vec![
            unit(1, "22", Province, "Tỉnh Quảng Ninh", None, false),
            unit(2, "205", ProvincialCity, "Thành phố Đông Triều", Some(1), false),
            unit(3, "07123", Ward, "Phường Kim Sơn", Some(2), false),
            unit(4, "07069", Ward, "Phường Mạo Khê", Some(2), false),
            unit(5, "07070", Ward, "Phường Yên Thọ", Some(2), false),
            unit(11, "22", Province, "Tỉnh Quảng Ninh", None, true),
            unit(12, "07069", Ward, "Phường Mạo Khê", Some(11), true),
            unit(13, "07071", Ward, "Phường Hoàng Quế", Some(11), true),
            unit(21, "01", Province, "Tỉnh khác", None, false),
            unit(22, "01", Province, "Tỉnh khác", None, true),
        ],
        vec![
            succession(1, 11, SuccessionKind::Unchanged, Extent::Whole),
            succession(3, 12, SuccessionKind::Merged, Extent::Whole),
            succession(4, 12, SuccessionKind::Merged, Extent::Whole),
            succession(5, 12, SuccessionKind::Part, Extent::Part),
            succession(5, 13, SuccessionKind::Part, Extent::Part),
        ],
    )
}

fn centre(n: u128, commune: u128, state: Option<RatingState>, rank: Option<Rank>) -> RatedRecord {
    let rating = state.map(|state| StandingRating {
        id: RatingId(Uuid::from_u128(500 + n)),
        state,
        points: None,
        decision: None,
        valid_until: None,
    });
    RatedRecord {
        fact: Fact {
            centre: Some(CentreId(Uuid::from_u128(100 + n))),
            commune: unit_id(commune),
            placed_later: None,
            model: Some(OperatingModel::Standalone),
            rank,
        },
        code: Some(format!("T-{n}")),
        name: Some(format!("Trung tâm {n}")),
        rating,
    }
}

fn scheme() -> Scheme {
    let framework = crate::frameworks::schemes().unwrap().into_iter().find(|scheme| scheme.code == "TTHTCD-MAU-5").unwrap();
    Scheme {
        id: SchemeId(Uuid::from_u128(7)),
        national: true,
        code: framework.code,
        version: 1,
        status: SchemeStatus::Published,
        content: framework.content,
    }
}

fn round(year: i32, status: RoundStatus) -> Round {
    Round {
        id: RoundId(Uuid::from_u128(8)),
        scheme_id: SchemeId(Uuid::from_u128(7)),
        subject: Subject::Centre,
        year,
        title: format!("Năm {year}"),
        data_from: day(&format!("{year}-01-01")),
        data_to: day(&format!("{year}-12-31")),
        route: vec![],
        earlier_routes: vec![],
        status,
    }
}

fn content(year: i32, records: &[RatedRecord]) -> SubmissionContent {
    let (map, round, scheme) = (map(), round(year, RoundStatus::Closed), scheme());
    let province = Province {
        id: ProvinceId(Uuid::from_u128(9)),
        unit_id: unit_id(11),
        name: "Tỉnh Quảng Ninh".into(),
        unit_ids: vec![unit_id(11), unit_id(1)],
    };
    let gathered = Gathered { province: &province, round: &round, scheme: &scheme, records, map: &map, today: day("2026-11-22") };
    let at = "2026-11-22T03:00:00Z".parse().unwrap();
    gathered.content(gathered.header(SubmissionId(Uuid::from_u128(10)), 1, 1, "Thử".into(), at, None, None, None))
}

fn year_2018() -> Vec<RatedRecord> {
    use RatingState as S;
    vec![
        centre(1, 3, Some(S::Decided), Some(Rank::Tot)),
        centre(2, 3, Some(S::Amended), Some(Rank::Kha)),
        centre(3, 4, Some(S::Verified), None),
        centre(4, 4, None, None),
        centre(5, 5, Some(S::Returned), None),
    ]
}

/// The figures as a table: above, unit, counted, rated.
fn figures(content: &SubmissionContent) -> Vec<(Option<&str>, Option<&str>, u64, u64)> {
    let code = |id: Option<UnitId>| {
        let unit = content.units.iter().find(|unit| unit.figures.key.unit_id == id && id.is_some());
        unit.and_then(|unit| unit.figures.key.code.as_deref())
    };
    let row = |unit: &'_ UnitFigures| (unit.parent_id, unit.figures.key.unit_id, unit.figures.base, unit.figures.rated);
    content.units.iter().map(row).map(|(above, unit, base, rated)| (code(above), code(unit), base, rated)).collect()
}

#[test]
fn figures_go_down_to_the_commune_and_each_follows_from_the_records() {
    let content = content(2018, &year_2018());
    assert_eq!((content.total.base, content.total.rated, content.total.not_rated), (5, 2, 3));
    let down: Vec<_> = figures(&content);
    assert_eq!(down[..2], [(None, Some("22"), 5, 2), (Some("22"), Some("205"), 5, 2)]);
    let mut communes = down[2..].to_vec();
    communes.sort();
    assert_eq!(
        communes,
        [(Some("205"), Some("07069"), 2, 0), (Some("205"), Some("07070"), 1, 0), (Some("205"), Some("07123"), 2, 2)]
    );
    let why: BTreeMap<_, _> = content.records.iter().map(|record| (record.code.clone().unwrap(), record.not_rated)).collect();
    let expected = [
        ("T-1", None),
        ("T-2", None),
        ("T-3", Some(NotRated::NotDecided)),
        ("T-4", Some(NotRated::NoRating)),
        ("T-5", Some(NotRated::NotSubmitted)),
    ];
    assert_eq!(why, expected.into_iter().map(|(code, why)| (code.to_owned(), why)).collect());
    let amended: Vec<_> = content.records.iter().filter(|record| record.amended).map(|record| record.code.as_deref()).collect();
    assert_eq!(amended, [Some("T-2")]);
    assert!(content.records.iter().all(|record| record.rating_id.is_some() == record.rank.is_some()), "no draft is named");
    assert_eq!(content.disagreements(), Vec::<String>::new());
}

#[test]
fn what_lies_in_a_divided_commune_is_counted_in_the_province_and_said_to_be_in_no_commune() {
    let content = content(2025, &year_2018());
    assert_eq!(
        figures(&content).iter().filter(|(_, _, base, _)| *base > 0).copied().collect::<Vec<_>>(),
        [(None, Some("22"), 5, 2), (Some("22"), Some("07069"), 4, 2), (Some("22"), None, 1, 0)]
    );
    let divided = content.records.iter().find(|record| record.code.as_deref() == Some("T-5")).unwrap();
    assert_eq!(divided.unit_ids, [unit_id(11)]);
    assert_eq!(content.disagreements(), Vec::<String>::new());
}

#[test]
fn restated_a_submission_stands_on_the_later_map_and_its_records_give_the_figures_there() {
    // Sealed before the reform: five centres in three wards. The one of the divided ward was placed by a person since, or not.
    let sealed = content(2018, &year_2018());
    let divided = CentreId(Uuid::from_u128(105));
    for (placed, expected) in [
        (BTreeMap::new(), vec![("07069", 4), ("none", 1)]),
        (BTreeMap::from([(divided, unit_id(13))]), vec![("07069", 4), ("07071", 1)]),
    ] {
        let restated = sealed.restated(&map(), day("2026-11-22"), &placed);
        let mut below: Vec<_> = figures(&restated)
            .into_iter()
            .filter(|(above, _, base, _)| above.is_some() && *base > 0)
            .map(|(_, unit, base, _)| (unit.unwrap_or("none"), base))
            .collect();
        below.sort_unstable();
        assert_eq!(below, expected);
        assert_eq!((restated.total.base, restated.total.rated), (5, 2));
        assert_eq!(restated.disagreements(), Vec::<String>::new());
    }
    assert_eq!(sealed, content(2018, &year_2018()), "what was sealed is left alone");
}

#[test]
fn a_figure_that_does_not_follow_from_the_records_is_named() {
    type Forgery = fn(&mut SubmissionContent);
    let forged: [(Forgery, &str); 9] = [
        (|content| content.total.ranks[0].count += 1, "the whole province: count of tot is 2"),
        (|content| content.total.ranks[1].percent.0 += 1, "percent of kha is 50.1"),
        (|content| content.total.base += 1, "the whole province: base is 6"),
        (|content| content.total.coverage_percent = None, "coverage_percent is null"),
        (|content| content.units[1].figures.rated += 1, "Thành phố Đông Triều: rated is 3"),
        (|content| content.records[0].rank = Some(Rank::Kem), "count of kem is 0, the records inside give 1"),
        (
            |content| {
                content.units.pop();
            },
            "stand under no figure",
        ),
        (|content| content.records.push(content.records[0].clone()), "stands twice"),
        (|content| content.header.format = "htcd.submission.v9".into(), "this program knows htcd.submission.v1"),
    ];
    for (place, (forge, expected)) in forged.into_iter().enumerate() {
        let mut content = content(2018, &year_2018());
        forge(&mut content);
        let found = content.disagreements();
        assert!(found.iter().any(|fault| fault.contains(expected)), "{place}: {expected}: {found:?}");
    }
}

#[test]
fn what_was_written_is_read_again_as_it_was() {
    let content = content(2018, &year_2018());
    let text = serde_json::to_string(&content).unwrap();
    assert_eq!(serde_json::from_str::<SubmissionContent>(&text).unwrap(), content);
}

#[test]
fn a_diff_names_just_what_differs() {
    let before = content(2018, &year_2018());
    let side = |number: Option<i64>| DiffSide {
        submission_id: None,
        number,
        cut_off: "2026-11-22T03:00:00Z".parse().unwrap(),
        sha256: None,
        map_date: day("2018-12-31"),
    };
    let same = SubmissionDiff::of(Boundaries::AsWas, (side(Some(1)), &before), (side(None), &before.clone()), &BTreeMap::new());
    assert!(same.same_total && same.units.is_empty() && same.records.is_empty());

    let mut later = year_2018();
    later[0] = centre(1, 3, Some(RatingState::Amended), Some(Rank::Kha));
    later.remove(3);
    later.push(centre(6, 5, None, None));
    let after = content(2018, &later);
    let amendment = Amendment { at: "2026-11-22T04:00:00Z".parse().unwrap(), reason: "Cộng nhầm điểm".into() };
    let amended = BTreeMap::from([(RatingId(Uuid::from_u128(501)), vec![amendment.clone()])]);
    let diff = SubmissionDiff::of(Boundaries::AsWas, (side(Some(1)), &before), (side(None), &after), &amended);
    assert!(!diff.same_total);
    let mut changes: Vec<_> =
        diff.records.iter().map(|record| (record.change, record.name.as_str(), record.parts.clone())).collect();
    changes.sort();
    assert_eq!(
        changes,
        [
            (RecordChangeKind::Added, "Trung tâm 6", vec![]),
            (RecordChangeKind::Removed, "Trung tâm 4", vec![]),
            (RecordChangeKind::Changed, "Trung tâm 1", vec![ChangedPart::Rank]),
        ]
    );
    let changed = diff.records.iter().find(|record| record.name == "Trung tâm 1").unwrap();
    assert_eq!(changed.amendments, [amendment]);
    let mut units: Vec<_> = diff.units.iter().map(|unit| unit.label.vi.as_ref()).collect();
    units.sort_unstable();
    assert_eq!(
        units,
        ["Phường Kim Sơn", "Phường Mạo Khê", "Phường Yên Thọ", "Thành phố Đông Triều", "Tỉnh Quảng Ninh"],
        "a rank that moved changes each unit above it; the base of two wards moved"
    );
}

fn sealed(year: i32, version: i64, superseded_by: Option<u128>) -> Submission {
    let content = content(2018, &year_2018());
    let header = SubmissionHeader {
        year,
        version,
        number: version,
        id: SubmissionId(Uuid::from_u128(10 + version as u128)),
        ..content.header
    };
    Submission {
        header,
        sha256: "0".repeat(64),
        key_id: "k".into(),
        total: content.total,
        files: vec![],
        superseded_by: superseded_by.map(|id| SubmissionId(Uuid::from_u128(id))),
        sealed_by: UserId(Uuid::from_u128(1)),
        acting_user_id: None,
    }
}

#[test]
fn each_refusal_to_seal_says_which_rule_stands_against_it() {
    let (open, closed) = (round(2018, RoundStatus::Open), round(2018, RoundStatus::Closed));
    let (first, second, other_year) = (sealed(2018, 1, None), sealed(2018, 2, None), sealed(2017, 1, None));
    let undecided = [RatingId(Uuid::from_u128(503))];
    let plain = CreateSubmission {
        id: None,
        year: 2018,
        subject: None,
        title: None,
        supersedes_id: None,
        accept_incomplete: false,
        reason: None,
    };
    let correcting = |of: &Submission, reason: Option<&str>| CreateSubmission {
        supersedes_id: Some(of.header.id),
        reason: reason.map(str::to_owned),
        ..plain.clone()
    };
    let accepting =
        |reason: Option<&str>| CreateSubmission { accept_incomplete: true, reason: reason.map(str::to_owned), ..plain.clone() };
    let good = Standing { round: &closed, undecided: &[], base: 5, has_key: true, current: None };
    let sealed_once = Standing { current: Some(&first), ..good.clone() };
    let sealed_twice = Standing { current: Some(&second), ..good.clone() };
    let unfinished = Standing { round: &open, undecided: &undecided, ..good.clone() };
    let keyless = Standing { has_key: false, ..good.clone() };
    let empty = Standing { base: 0, ..good.clone() };

    type Case<'c> = (&'c Standing<'c>, CreateSubmission, Option<&'c Submission>, Option<&'static str>);
    let cases: [Case<'_>; 15] = [
        (&good, plain.clone(), None, None),
        (&sealed_once, correcting(&first, Some("sai")), Some(&first), None),
        (&unfinished, accepting(Some("hạn nộp")), None, None),
        (&sealed_once, plain.clone(), None, Some("already_exists")),
        (&sealed_once, correcting(&other_year, Some("sai")), None, Some("submission_exists")),
        (&sealed_once, correcting(&other_year, Some("sai")), Some(&other_year), Some("same_year_and_subject")),
        (&sealed_twice, correcting(&first, Some("sai")), Some(&first), Some("state_conflict")),
        (&sealed_once, correcting(&first, None), Some(&first), Some("reason_needed")),
        (&sealed_once, correcting(&first, Some("  ")), Some(&first), Some("reason_needed")),
        (&keyless, plain.clone(), None, Some("no_key")),
        (&empty, plain.clone(), None, Some("something_to_count")),
        (&unfinished, plain.clone(), None, Some("round_open")),
        (&unfinished, accepting(None), None, Some("reason_needed")),
        (
            &sealed_once,
            CreateSubmission { subject: Some(Subject::Commune), ..correcting(&first, Some("sai")) },
            Some(&first),
            Some("same_year_and_subject"),
        ),
        (&good, accepting(None), None, None),
    ];
    for (place, (standing, request, superseded, expected)) in cases.into_iter().enumerate() {
        let found = standing.check(&request, superseded).err().map(|problem| {
            let rule = problem.faults.first().map(|fault| fault.rule.to_owned());
            let reason = problem.members.get("reasons").and_then(|reasons| reasons[0]["code"].as_str()).map(str::to_owned);
            rule.or(reason).unwrap_or_else(|| problem.code.as_str().to_owned())
        });
        assert_eq!(found.as_deref(), expected, "{place}");
    }
    assert_eq!(unfinished.incomplete(), Some(Incomplete { round_open: true, undecided: 1 }));
    assert_eq!(good.incomplete(), None);
    let codes: Vec<_> = unfinished.reasons_against().into_iter().map(|reason| reason.code).collect();
    assert_eq!(codes, ["round_open", "ratings_undecided"]);
}
