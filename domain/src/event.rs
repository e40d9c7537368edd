//! Trainings, workshops, contests, exchanges, meetings and reviews, of a centre or of a unit: who came, from where, what came of it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use validator::Validate;

use crate::Coded;
use crate::activity::check_days;
use crate::id::{CentreId, EventId, UnitId};
use crate::measure::{Look, RecordMeasure};
use crate::problem::Faults;
use crate::quantity::Given;
use crate::record::{Holder, Record};
use crate::user::{named, plain};

coded! {
    /// What kind of event it is.
    pub enum EventKind in "event_kind" {
        /// Tập huấn, bồi dưỡng.
        Training = "training" ("tập huấn, bồi dưỡng", "training"),
        /// Hội thảo.
        Workshop = "workshop" ("hội thảo", "workshop"),
        /// Hội thi.
        Contest = "contest" ("hội thi", "contest"),
        /// Giao lưu, tham quan học tập.
        Exchange = "exchange" ("giao lưu, tham quan", "exchange or study visit"),
        /// Giao ban.
        Meeting = "meeting" ("giao ban", "regular meeting"),
        /// Sơ kết.
        InterimReview = "interim_review" ("sơ kết", "interim review"),
        /// Tổng kết.
        FinalReview = "final_review" ("tổng kết", "final review"),
        /// Khác.
        Other = "other" ("sự kiện khác", "other"),
    }
}

coded! {
    /// As what people took part.
    pub enum ParticipantKind in "participant_kind" {
        /// Cán bộ quản lý trung tâm.
        Managers = "managers" ("cán bộ quản lý trung tâm", "managers of centres"),
        /// Giáo viên.
        Teachers = "teachers" ("giáo viên", "teachers"),
        /// Báo cáo viên.
        Rapporteurs = "rapporteurs" ("báo cáo viên", "rapporteurs"),
        /// Cán bộ Hội Khuyến học.
        AssociationOfficers = "association_officers" ("cán bộ Hội Khuyến học", "officers of the study promotion association"),
        /// Cán bộ, công chức xã.
        CommuneOfficials = "commune_officials" ("cán bộ, công chức cấp xã", "commune officials"),
        /// Cộng tác viên.
        Collaborators = "collaborators" ("cộng tác viên", "collaborators"),
        /// Người dân.
        Residents = "residents" ("người dân", "residents"),
        /// Khác.
        Other = "other" ("thành phần khác", "others"),
    }
}

/// A group of those who took part. A blank is not a zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct EventParticipants {
    /// As what they took part.
    pub group: ParticipantKind,
    /// How many people.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(example = 126, minimum = 0, maximum = 1_000_000)]
    pub number: Option<i64>,
    /// Of these, women.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub female: Option<i64>,
    /// From how many organisations or branches (chi hội).
    #[serde(default)]
    #[validate(range(min = 0, max = 100_000))]
    #[schema(example = 79, minimum = 0, maximum = 100_000)]
    pub organisations: Option<i64>,
}

/// What it was about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct EventTheme {
    /// The theme.
    #[validate(length(min = 1, max = 300), custom(function = "named"))]
    #[schema(example = "15 tiêu chí của Cộng đồng học tập cấp xã", min_length = 1, max_length = 300)]
    pub title: String,
    /// The documents or the law that it goes by.
    #[serde(default)]
    #[validate(length(max = 300), custom(function = "plain"))]
    #[schema(example = "Thông tư 44/2014/TT-BGDĐT", max_length = 300)]
    pub documents: Option<String>,
}

/// A cluster of communes that takes its turn in hosting (cụm).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct EventCluster {
    /// What it is called.
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Cụm 1", min_length = 1, max_length = 200)]
    pub name: String,
    /// The units in it.
    #[serde(default)]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    pub unit_ids: Vec<UnitId>,
}

/// A training, workshop, contest, exchange, meeting or review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Identity, where the client makes it.
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<EventId>,
    /// The centre that held it …
    #[serde(default)]
    pub centre_id: Option<CentreId>,
    /// … or the unit that did; everybody of the province reads it, with the ids of the centres that attended.
    #[serde(default)]
    pub unit_id: Option<UnitId>,
    /// Training, workshop, meeting …
    pub kind: EventKind,
    /// What it was called.
    #[validate(length(min = 1, max = 300), custom(function = "named"))]
    #[schema(example = "Tập huấn cán bộ Hội Khuyến học về Thông tư 44", min_length = 1, max_length = 300)]
    pub title: String,
    /// First day.
    #[schema(example = "2017-04-12")]
    pub starts_on: NaiveDate,
    /// Last day.
    #[schema(example = "2017-04-12")]
    pub ends_on: NaiveDate,
    /// Where.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(example = "Hội trường UBND Quận 10", max_length = 200)]
    pub place: Option<String>,
    /// The cluster of communes whose turn it was to host it.
    #[serde(default)]
    #[validate(nested)]
    pub cluster: Option<EventCluster>,
    /// The organisation that held it.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(example = "Hội Khuyến học Quận 10", max_length = 200)]
    pub host_organisation: Option<String>,
    /// What it was about.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[schema(max_items = 50)]
    pub themes: Vec<EventTheme>,
    /// Who took part, each group once.
    #[serde(default)]
    #[validate(length(max = 8), nested)]
    #[schema(max_items = 8)]
    pub participants: Vec<EventParticipants>,
    /// The centres whose people attended. What a centre holds itself counts as attended by it without being named here.
    #[serde(default)]
    #[validate(length(max = 1_000))]
    #[schema(max_items = 1_000)]
    pub attending_centre_ids: Vec<CentreId>,
    /// What came of it: prizes, certificates, what was agreed.
    #[serde(default)]
    #[validate(length(max = 4000), custom(function = "plain"))]
    #[schema(max_length = 4000)]
    pub results: Option<String>,
    /// What was concluded.
    #[serde(default)]
    #[validate(length(max = 4000), custom(function = "plain"))]
    #[schema(max_length = 4000)]
    pub conclusions: Option<String>,
    /// What it cost, in VND; the books are kept apart.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub cost_vnd: Option<i64>,
    /// What else is to be said.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

impl Event {
    /// The centres whose people attended: those named, and the one that held it.
    pub fn attended_by(&self) -> BTreeSet<CentreId> {
        self.attending_centre_ids.iter().copied().chain(self.centre_id).collect()
    }
}

fn check_once<T: Ord>(faults: &mut Faults, at: &str, values: impl Iterator<Item = T>) {
    let mut seen = BTreeSet::new();
    for (place, value) in values.enumerate() {
        faults.check(
            seen.insert(value),
            format!("{at}/{place}"),
            "named_once",
            "Mục này đã có trong danh sách.",
            "This stands in the list already.",
        );
    }
}

impl Record for Event {
    type Id = EventId;
    const SUBJECT: &'static str = "event";
    const PLURAL: &'static str = "events";
    const NAME: (&'static str, &'static str) = ("sự kiện", "event");

    fn own_id(&self) -> Option<EventId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Holder::of(self.centre_id, self.unit_id)
    }

    fn counted_for(&self) -> Vec<CentreId> {
        self.attended_by().into_iter().collect()
    }

    fn read_by(&self, look: &Look<'_>) -> Option<Value> {
        let is_counted = look.measured.measure == RecordMeasure::TrainingsAttended
            && self.kind == EventKind::Training
            && look.holds(self.starts_on)
            && self.attended_by().contains(&look.centre);
        is_counted.then_some(Value::Null)
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        check_days(faults, "/starts_on", self.starts_on, "/ends_on", Some(self.ends_on), today);
        let is_counted = self.participants.iter().any(|group| group.number.is_some());
        faults.check(
            self.starts_on <= today || !is_counted,
            "/participants",
            "counted_once_held",
            "Việc chưa diễn ra thì chưa có số người dự: để trống, ghi khi đã tổ chức.",
            "What has not been held yet has no participants: leave their number blank until it was.",
        );
        check_once(faults, "/attending_centre_ids", self.attending_centre_ids.iter());
        check_once(faults, "/participants", self.participants.iter().map(|group| group.group));
        if let Some(cluster) = &self.cluster {
            check_once(faults, "/cluster/unit_ids", cluster.unit_ids.iter());
        }
        for (place, group) in self.participants.iter().enumerate() {
            faults.check(
                group.female.is_none_or(|female| group.number.is_some_and(|number| female <= number)),
                format!("/participants/{place}/female"),
                "part_of_total",
                "Số nữ nằm trong số người: phải có số người và không được lớn hơn. Không biết thì để trống, đừng ghi 0.",
                "Women are a part of the number: it stands there and is not smaller. Leave it blank where it is not known; blank is not 0.",
            );
        }
    }
}

/// Those of a group who took part, over several events. They are counted at each event anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EventGroupCounts {
    /// As what they took part.
    pub group: ParticipantKind,
    /// At how many events.
    pub events: usize,
    /// How many people.
    pub number: Given,
    /// Of these, women.
    pub female: Given,
    /// From how many organisations or branches.
    pub organisations: Given,
}

/// The events of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EventKindCounts {
    /// What kind.
    pub kind: EventKind,
    /// How many.
    pub events: usize,
    /// With how many themes, counted at each event anew.
    pub themes: usize,
    /// How many had a cluster of communes as host.
    pub hosted_by_clusters: usize,
    /// How many different clusters, by their name and the units in it.
    pub clusters: usize,
    /// How many different centres attended.
    pub centres: usize,
    /// Who took part.
    pub participants: Vec<EventGroupCounts>,
    /// What they cost, in VND.
    pub cost_vnd: Given,
}

/// Counts events by kind, in the order of the kinds.
pub fn count<'e>(events: impl IntoIterator<Item = &'e Event>) -> Vec<EventKindCounts> {
    let mut by_kind: BTreeMap<EventKind, Vec<&Event>> = BTreeMap::new();
    for event in events {
        by_kind.entry(event.kind).or_default().push(event);
    }
    by_kind.into_iter().map(|(kind, events)| count_kind(kind, &events)).collect()
}

fn count_kind(kind: EventKind, events: &[&Event]) -> EventKindCounts {
    let clusters: BTreeSet<_> = events.iter().filter_map(|event| event.cluster.as_ref()).map(cluster_key).collect();
    let centres: BTreeSet<CentreId> = events.iter().flat_map(|event| event.attended_by()).collect();
    let mut cost_vnd = Given::default();
    events.iter().for_each(|event| cost_vnd.add(event.cost_vnd));
    let participants = ParticipantKind::ALL.iter().filter_map(|group| {
        let of_group: Vec<_> = events.iter().flat_map(|event| &event.participants).filter(|it| it.group == *group).collect();
        let sum = |of: fn(&EventParticipants) -> Option<i64>| {
            let mut sum = Given::default();
            of_group.iter().for_each(|it| sum.add(of(it)));
            sum
        };
        let (number, female, organisations) = (sum(|it| it.number), sum(|it| it.female), sum(|it| it.organisations));
        (!of_group.is_empty()).then_some(EventGroupCounts {
            group: *group,
            events: of_group.len(),
            number,
            female,
            organisations,
        })
    });
    EventKindCounts {
        kind,
        events: events.len(),
        themes: events.iter().map(|event| event.themes.len()).sum(),
        hosted_by_clusters: events.iter().filter(|event| event.cluster.is_some()).count(),
        clusters: clusters.len(),
        centres: centres.len(),
        participants: participants.collect(),
        cost_vnd,
    }
}

fn cluster_key(cluster: &EventCluster) -> (&str, BTreeSet<UnitId>) {
    (cluster.name.trim(), cluster.unit_ids.iter().copied().collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(members: serde_json::Value) -> Event {
        let mut value = json!({ "kind": "training", "title": "Tập huấn", "starts_on": "2017-04-12", "ends_on": "2017-04-12" });
        value.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        serde_json::from_value(value).unwrap()
    }

    fn rules(event: &Event) -> Vec<(String, &'static str)> {
        let mut faults = Faults::default();
        event.check(&mut faults, "2018-01-01".parse().unwrap());
        let problem = faults.into_result().err();
        problem.into_iter().flat_map(|problem| problem.faults).map(|fault| (fault.pointer, fault.rule)).collect()
    }

    #[test]
    fn each_group_stands_once_and_women_are_a_part_of_it() {
        let group = |group: &str, number, female| json!({ "group": group, "number": number, "female": female });
        let table = [
            (json!([group("managers", Some(15), Some(5)), group("teachers", None::<i64>, None::<i64>)]), vec![]),
            (json!([group("managers", Some(15), Some(16))]), vec![("/participants/0/female", "part_of_total")]),
            (json!([group("managers", None, Some(1))]), vec![("/participants/0/female", "part_of_total")]),
            (
                json!([group("managers", Some(1), None), group("managers", Some(2), None)]),
                vec![("/participants/1", "named_once")],
            ),
        ];
        for (participants, expected) in table {
            let found = rules(&event(json!({ "participants": participants })));
            let found: Vec<_> = found.iter().map(|(at, rule)| (at.as_str(), *rule)).collect();
            assert_eq!(found, expected, "{participants}");
        }
    }

    #[test]
    fn what_is_blank_is_not_counted_as_nothing() {
        let group = |number: Option<i64>| json!([{ "group": "managers", "number": number }]);
        let events = [event(json!({ "participants": group(Some(126)) })), event(json!({ "participants": group(None) }))];
        let [counts] = &count(&events)[..] else { panic!("one kind") };
        let [managers] = &counts.participants[..] else { panic!("one group") };
        assert_eq!((counts.events, managers.events), (2, 2));
        assert_eq!(managers.number, Given { sum: Some(126), reported: 1 });
        assert_eq!(managers.female, Given { sum: None, reported: 0 });
    }
}
