//! The board of a centre on a day: who holds which post, how many there are, and which posts nobody holds.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::appointment::{Appointment, BoardBody, Employment, Post, Sector, Term};
use crate::centre::{Centre, Decision, Site};
use crate::id::{AppointmentId, CentreId, PersonId, SiteId, UnitId};
use crate::record::Kept;

/// A post that somebody holds or held, as far as rules look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenure {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// Who.
    pub person_id: PersonId,
    /// In which body.
    pub body: BoardBody,
    /// Of which site.
    pub site_id: Option<SiteId>,
    /// The post.
    pub post: Post,
    /// The sector that they represent.
    pub sector: Option<Sector>,
    /// How they serve.
    pub employment: Option<Employment>,
    /// From when to when.
    pub term: Term,
    /// Whether there is a decision.
    pub has_decision: bool,
}

impl Tenure {
    /// Of an appointment.
    pub fn of(kept: &Kept<Appointment>) -> Self {
        let it = &kept.content;
        Self {
            appointment_id: kept.id,
            person_id: it.person_id,
            body: it.body,
            site_id: it.site_id,
            post: it.post,
            sector: it.sector,
            employment: it.employment,
            term: it.term(),
            has_decision: it.decision.is_some(),
        }
    }
}

/// A post without a holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Vacancy {
    /// Which post: the director's, or one of the deputies' when there were more of them before (two count).
    #[schema(example = "deputy_director")]
    pub post: Post,
    /// The first day on which nobody held it.
    pub since: NaiveDate,
    /// The last day on which somebody did; `null` when nobody ever did.
    pub last_held_on: Option<NaiveDate>,
}

/// The board's posts without a holder on a day: none before the centre was established or once it has ended.
pub fn vacancies(centre: &Centre, tenures: &[Tenure], day: NaiveDate) -> Vec<Vacancy> {
    let Some(established) = centre.operating_from.filter(|_| centre.exists_on(day)) else { return vec![] };
    let mut found = vec![];
    for (post, needed) in [(Post::Director, 1), (Post::DeputyDirector, 2)] {
        let terms: Vec<Term> = tenures.iter().filter(|tenure| tenure.post == post).map(|tenure| tenure.term).collect();
        let held = |on: NaiveDate| terms.iter().filter(|term| term.holds_on(on)).count();
        // There were most of them on the first day of one of them.
        let most = terms.iter().map(|term| term.from).filter(|from| *from <= day).map(held).max().unwrap_or(0);
        let seats = if post == Post::Director { needed } else { most.min(needed) };
        for seat in held(day) + 1..=seats {
            // So many of them were there last on the last day of one of them.
            let last = terms.iter().filter_map(|term| term.to).filter(|to| *to < day && held(*to) >= seat).max();
            let since = last.and_then(|last| last.succ_opt()).map_or(established, |since| since.max(established));
            found.push(Vacancy { post, since, last_held_on: last });
        }
    }
    found
}

/// The seats of a centre as facts on a day: what findings are made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CentreSeats {
    /// The centre.
    pub centre_id: CentreId,
    /// The commune that it lies in now.
    pub commune_id: UnitId,
    /// Whether the centre existed on the day.
    pub exists: bool,
    /// Who held which post on the day.
    pub held: Vec<Tenure>,
    /// The last day by then on which each post of each body was held; the day itself for those that are.
    pub last_held: BTreeMap<(BoardBody, Post), NaiveDate>,
    /// The board's posts without a holder.
    pub vacancies: Vec<Vacancy>,
}

impl CentreSeats {
    /// On a day, from all tenures that began by then.
    pub fn on(centre: &Centre, day: NaiveDate, tenures: Vec<Tenure>) -> Self {
        let tenures: Vec<Tenure> = tenures.into_iter().map(|it| Tenure { term: it.term.before(centre.ended_on), ..it }).collect();
        let mut last_held: BTreeMap<(BoardBody, Post), NaiveDate> = BTreeMap::new();
        for tenure in tenures.iter().filter(|tenure| tenure.term.from <= day) {
            let last = tenure.term.to.map_or(day, |to| to.min(day));
            let known = last_held.entry((tenure.body, tenure.post)).or_insert(last);
            *known = last.max(*known);
        }
        Self {
            centre_id: centre.id,
            commune_id: centre.commune_id,
            exists: centre.exists_on(day),
            vacancies: vacancies(centre, &tenures, day),
            held: tenures.into_iter().filter(|tenure| tenure.term.holds_on(day)).collect(),
            last_held,
        }
    }
}

/// One seat, and who sits on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Seat {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// Who.
    pub person_id: PersonId,
    /// Their name.
    #[schema(example = "Nguyễn Thị Lan")]
    pub full_name: String,
    /// The post.
    pub post: Post,
    /// The sector that they represent.
    pub sector: Option<Sector>,
    /// The organisation that they represent.
    pub organisation: Option<String>,
    /// How they serve.
    pub employment: Option<Employment>,
    /// The duties that were assigned to them.
    pub duties: Vec<String>,
    /// Since when.
    pub since: NaiveDate,
    /// The last day, where it is fixed already.
    pub ends_on: Option<NaiveDate>,
    /// The decision that appointed them.
    pub decision: Option<Decision>,
}

/// The board of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SiteBoard {
    /// The site.
    pub site_id: SiteId,
    /// Its name.
    #[schema(example = "Nhà văn hóa khu Kim Thành")]
    pub site_name: String,
    /// Its seats.
    pub seats: Vec<Seat>,
}

/// How many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct BoardCounts {
    /// Directors: one or none.
    pub directors: usize,
    /// Deputy directors.
    pub deputies: usize,
    /// Seats on the board.
    pub board: usize,
    /// Seats on the wider committee.
    pub committee_members: usize,
    /// People on the board or the committee, each once.
    pub people: usize,
    /// Seats on the boards of sites.
    pub site_board_members: usize,
    /// People who are seconded to the centre, each once.
    pub seconded: usize,
}

/// Who runs a centre on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Board {
    /// The centre.
    pub centre_id: CentreId,
    /// The day.
    pub as_of: NaiveDate,
    /// The board: the director first.
    pub board: Vec<Seat>,
    /// The wider committee.
    pub committee: Vec<Seat>,
    /// The boards of sites that have one.
    pub site_boards: Vec<SiteBoard>,
    /// Seconded teachers and others who work for the centre.
    pub staff: Vec<Seat>,
    /// How many.
    pub counts: BoardCounts,
    /// The board's posts without a holder, and since when.
    pub vacancies: Vec<Vacancy>,
}

impl Board {
    /// On a day, from the appointments that began by then, in the order of their names.
    pub fn on(centre: &Centre, day: NaiveDate, known: Vec<(Kept<Appointment>, String)>, sites: &[Site]) -> Self {
        let tenures = known.iter().map(|(kept, _)| Tenure::of(kept)).collect();
        let CentreSeats { held, vacancies, .. } = CentreSeats::on(centre, day, tenures);
        let people = |is_one: &dyn Fn(&Tenure) -> bool| {
            held.iter().filter(|tenure| is_one(tenure)).map(|tenure| tenure.person_id).collect::<BTreeSet<_>>().len()
        };
        let seats_of = |is_one: &dyn Fn(&Tenure) -> bool| held.iter().filter(|tenure| is_one(tenure)).count();
        let counts = BoardCounts {
            directors: seats_of(&|tenure| tenure.post == Post::Director),
            deputies: seats_of(&|tenure| tenure.post == Post::DeputyDirector),
            board: seats_of(&|tenure| tenure.body == BoardBody::Board),
            committee_members: seats_of(&|tenure| tenure.body == BoardBody::Committee),
            people: people(&|tenure| matches!(tenure.body, BoardBody::Board | BoardBody::Committee)),
            site_board_members: seats_of(&|tenure| tenure.body == BoardBody::SiteBoard),
            seconded: people(&|tenure| tenure.employment == Some(Employment::Seconded)),
        };
        let ids: BTreeSet<_> = held.iter().map(|tenure| tenure.appointment_id).collect();
        let mut present: Vec<_> = known.into_iter().filter(|(kept, _)| ids.contains(&kept.id)).collect();
        present.sort_by_key(|(kept, _)| kept.content.post);
        let mut take = |body: BoardBody, site: Option<SiteId>| -> Vec<Seat> {
            let is_there = |kept: &Kept<Appointment>| (kept.content.body, kept.content.site_id) == (body, site);
            let (taken, rest) = std::mem::take(&mut present).into_iter().partition(|(kept, _)| is_there(kept));
            present = rest;
            let taken: Vec<_> = taken;
            taken.into_iter().map(|(kept, name)| seat(kept, name)).collect()
        };
        Self {
            centre_id: centre.id,
            as_of: day,
            board: take(BoardBody::Board, None),
            committee: take(BoardBody::Committee, None),
            site_boards: sites
                .iter()
                .map(|site| SiteBoard {
                    site_id: site.id,
                    site_name: site.name.clone(),
                    seats: take(BoardBody::SiteBoard, Some(site.id)),
                })
                .filter(|board| !board.seats.is_empty())
                .collect(),
            staff: take(BoardBody::Staff, None),
            counts,
            vacancies,
        }
    }
}

fn seat(kept: Kept<Appointment>, full_name: String) -> Seat {
    let it = kept.content;
    Seat {
        appointment_id: kept.id,
        person_id: it.person_id,
        full_name,
        post: it.post,
        sector: it.sector,
        organisation: it.organisation,
        employment: it.employment,
        duties: it.duties,
        since: it.starts_on,
        ends_on: it.ends_on,
        decision: it.decision,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appointment::tests::{centre, day, deputy, director, id, seat_of};

    fn kept(number: u128, content: Appointment) -> Kept<Appointment> {
        let at = chrono::DateTime::UNIX_EPOCH;
        Kept { id: id(number), content, created_at: at, updated_at: at }
    }

    #[test]
    fn a_vacancy_says_which_post_and_since_when() {
        use Post::{DeputyDirector as D, Director as G};
        let (open, over) = (centre(), Centre { ended_on: Some(day("2020-01-01")), ..centre() });
        let found = |centre: &Centre, seats: Vec<Appointment>, on: &str| -> Vec<(Post, String, Option<String>)> {
            let tenures = seats.into_iter().map(|seat| Tenure::of(&kept(9, seat))).collect();
            let text = |day: NaiveDate| day.to_string();
            let seats = CentreSeats::on(centre, day(on), tenures);
            seats.vacancies.into_iter().map(|it| (it.post, text(it.since), it.last_held_on.map(text))).collect()
        };
        let since = |post, since: &str, last: Option<&str>| (post, since.to_owned(), last.map(str::to_owned));
        assert_eq!(found(&open, vec![], "2007-01-14"), [], "nothing is missing before it is there");
        assert_eq!(found(&open, vec![], "2007-01-15"), [since(G, "2007-01-15", None)]);
        assert_eq!(found(&Centre { operating_from: None, ..centre() }, vec![], "2010-01-01"), []);
        assert_eq!(found(&over, vec![], "2020-01-01"), []);
        let one = || vec![director(1, "2007-01-15", Some("2012-06-30")), deputy(2, "2007-01-15", Some("2011-12-31"))];
        assert_eq!(found(&open, one(), "2011-12-31"), []);
        assert_eq!(found(&open, one(), "2012-06-30"), [since(D, "2012-01-01", Some("2011-12-31"))]);
        assert_eq!(
            found(&open, one(), "2013-01-01"),
            [since(G, "2012-07-01", Some("2012-06-30")), since(D, "2012-01-01", Some("2011-12-31"))]
        );
        // Two deputies, who left one after the other; the third once there was is not missed.
        let two = || {
            vec![
                director(1, "2007-01-15", None),
                deputy(2, "2007-01-15", Some("2015-05-31")),
                deputy(3, "2010-01-01", Some("2014-12-31")),
                deputy(4, "2010-01-01", Some("2010-12-31")),
            ]
        };
        assert_eq!(found(&open, two(), "2011-01-01"), []);
        assert_eq!(found(&open, two(), "2015-01-01"), [since(D, "2015-01-01", Some("2014-12-31"))]);
        assert_eq!(
            found(&open, two(), "2016-01-01"),
            [since(D, "2015-06-01", Some("2015-05-31")), since(D, "2015-01-01", Some("2014-12-31"))]
        );
        // Somebody held it for some days in between.
        let gap = vec![director(1, "2007-01-15", Some("2008-01-01")), director(2, "2009-01-01", Some("2009-02-01"))];
        assert_eq!(found(&open, gap, "2010-01-01"), [since(G, "2009-02-02", Some("2009-02-01"))]);
    }

    #[test]
    fn the_facts_say_when_each_post_was_last_held() {
        let seats = [
            director(1, "2007-01-15", Some("2012-06-30")),
            director(2, "2012-07-01", None),
            deputy(3, "2007-01-15", Some("2008-01-01")),
        ];
        let tenures = |seats: &[Appointment]| seats.iter().map(|seat| Tenure::of(&kept(9, seat.clone()))).collect::<Vec<_>>();
        let facts = CentreSeats::on(&centre(), day("2010-01-01"), tenures(&seats));
        assert_eq!(facts.held.len(), 1);
        assert_eq!(facts.last_held[&(BoardBody::Board, Post::Director)], day("2010-01-01"));
        assert_eq!(facts.last_held[&(BoardBody::Board, Post::DeputyDirector)], day("2008-01-01"));
        // With the centre everything ends.
        let over = Centre { ended_on: Some(day("2020-01-01")), ..centre() };
        let facts = CentreSeats::on(&over, day("2021-01-01"), tenures(&seats));
        assert!(facts.held.is_empty() && facts.vacancies.is_empty() && !facts.exists);
        assert_eq!(facts.last_held[&(BoardBody::Board, Post::Director)], day("2019-12-31"));
    }

    #[test]
    fn a_board_counts_seats_and_people() {
        let seconded = Appointment {
            employment: Some(Employment::Seconded),
            ..seat_of(4, BoardBody::Staff, Post::Teacher, "2012-08-01", None)
        };
        let site = Site {
            id: id(7),
            centre_id: id(1),
            name: "Nhà văn hóa khu 1".into(),
            kind: crate::centre::SiteKind::CultureHouse,
            address: None,
            manager: None,
            active: true,
        };
        let at_site = Appointment { site_id: Some(site.id), ..seat_of(5, BoardBody::SiteBoard, Post::Head, "2012-01-01", None) };
        let known = [
            deputy(2, "2007-01-15", None),
            director(1, "2007-01-15", None),
            seat_of(1, BoardBody::Committee, Post::Head, "2007-01-15", None),
            seat_of(3, BoardBody::Committee, Post::CommitteeMember, "2007-01-15", Some("2012-12-31")),
            seconded,
            at_site,
        ];
        let known: Vec<_> = (10..).zip(known).map(|(number, it)| (kept(number, it), format!("Người {number}"))).collect();
        let board = |on: &str| Board::on(&centre(), day(on), known.clone(), std::slice::from_ref(&site));
        let counts = |directors, deputies, committee_members, people, site_board_members, seconded| BoardCounts {
            directors,
            deputies,
            board: directors + deputies,
            committee_members,
            people,
            site_board_members,
            seconded,
        };
        assert_eq!(board("2007-01-14").counts, counts(0, 0, 0, 0, 0, 0));
        assert_eq!(board("2007-01-15").counts, counts(1, 1, 2, 3, 0, 0));
        assert_eq!(board("2012-08-01").counts, counts(1, 1, 2, 3, 1, 1));
        let last = board("2013-01-01");
        assert_eq!(last.counts, counts(1, 1, 1, 2, 1, 1));
        let names = |seats: &[Seat]| seats.iter().map(|seat| seat.full_name.clone()).collect::<Vec<_>>();
        assert_eq!(
            (names(&last.board), names(&last.staff)),
            (vec!["Người 11".to_owned(), "Người 10".into()], vec!["Người 14".into()])
        );
        assert_eq!((last.site_boards.len(), last.site_boards[0].seats.len()), (1, 1));
    }
}
