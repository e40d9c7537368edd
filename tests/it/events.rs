//! Trainings, workshops and meetings of centres and of the units above them; commendations.

use std::collections::BTreeMap;

use htcd_domain::access::{Role, Scope};
use htcd_domain::id::{CentreId, ProvinceId, UnitId};
use htcd_persistence::event::trainings_attended;
use htcd_persistence::record::Whose;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::cast::{KimSon, Person, day};
use crate::support::http::{Response, each};

/// District 10 of Hồ Chí Minh City: its study promotion association, and a centre in each of three wards.
struct District10 {
    world: World,
    province: ProvinceId,
    district: UnitId,
    wards: Vec<UnitId>,
    centres: Vec<CentreId>,
    association: Person,
    manager: Person,
}

impl District10 {
    fn new() -> Self {
        let world = World::new();
        let (city, district) = (world.unit("79", "2025-12-31"), world.unit("771", "2018-12-31"));
        let province = world.db_province(city);
        let map = &world.app.atlas().unwrap().map;
        let wards: Vec<UnitId> = map.children(Some(district), day("2018-12-31")).iter().map(|unit| unit.id).collect();
        let centre = |ward: &UnitId| world.db_centre(province, *ward, "TTHTCĐ");
        let centres: Vec<CentreId> = wards.iter().take(3).map(centre).collect();
        let association = world.db_person(province, Role::Verifier, Some(district), None);
        let manager = world.db_person(province, Role::CentreManager, None, Some(centres[0]));
        Self { province, district, wards, centres, association, manager, world }
    }

    fn holds(&self, body: Value) -> Value {
        self.world.client.post("/v1/events").by(&self.association.token).json(&body).send().expect(201).json()
    }

    fn training(&self, on: &str, centres: &[CentreId]) -> Value {
        self.holds(json!({
            "unit_id": self.district, "kind": "training", "title": "Tập huấn", "starts_on": on, "ends_on": on,
            "attending_centre_ids": centres,
        }))
    }

    fn read(&self, path: &str) -> Value {
        self.world.client.get(path).by(&self.manager.token).send().expect(200).json()
    }

    /// Trainings that each centre's people attended in 2017, over a scope.
    fn attended(&self, scope: &Scope, whose: &Whose) -> BTreeMap<CentreId, i64> {
        let year = (day("2017-01-01"), day("2017-12-31"));
        self.world.db.read(scope, |tx| trainings_attended(tx, whose, year.0, year.1)).unwrap()
    }
}

fn path_of(made: &Value) -> String {
    format!("/v1/events/{}", made["id"].as_str().unwrap())
}

#[test]
fn district_10_trains_126_officers_of_79_branches_and_its_clusters_host_workshops_in_turn() {
    let cast = District10::new();
    let training = cast.holds(json!({
        "unit_id": cast.district, "kind": "training", "title": "Tập huấn cán bộ Hội Khuyến học", "starts_on": "2017-04-12", "ends_on": "2017-04-13",
        "host_organisation": "Hội Khuyến học Quận 10", "place": "Hội trường Quận ủy",
        "themes": [
            { "title": "15 tiêu chí Cộng đồng học tập cấp xã", "documents": "Thông tư 44/2014/TT-BGDĐT" },
            { "title": "Quy chế tổ chức và hoạt động của TTHTCĐ", "documents": "VBHN 10/VBHN-BGDĐT" },
            { "title": "Quy trình tự kiểm tra, lập hồ sơ đề nghị công nhận" },
        ],
        "participants": [
            { "group": "association_officers", "number": 126, "organisations": 79 },
            { "group": "managers" },
        ],
        "attending_centre_ids": cast.centres,
    }));
    assert_eq!((&training["participants"][0]["female"], &training["participants"][1]["number"]), (&Value::Null, &Value::Null));
    for (turn, wards) in cast.wards.chunks(5).take(3).enumerate() {
        let on = format!("2017-0{}-15", turn + 5);
        cast.holds(json!({
            "unit_id": cast.district, "kind": "workshop", "title": "Hội thảo xây dựng Cộng đồng học tập", "starts_on": on, "ends_on": on,
            "cluster": { "name": format!("Cụm {}", turn + 1), "unit_ids": wards },
            "participants": [{ "group": "commune_officials", "number": 30, "female": 12 }], "cost_vnd": 5_000_000,
        }));
    }

    // A centre's people read what the district held.
    let counts = cast.read(&format!("/v1/events/counts?year=2017&unit_id={}", cast.district));
    assert_eq!((&counts["events"], each(counts["kinds"].as_array().unwrap(), "kind")), (&json!(4), vec!["training", "workshop"]));
    let [training_counts, workshops] = [&counts["kinds"][0], &counts["kinds"][1]];
    assert_eq!((&training_counts["themes"], &training_counts["centres"]), (&json!(3), &json!(3)));
    let officers =
        training_counts["participants"].as_array().unwrap().iter().find(|it| it["group"] == "association_officers").unwrap();
    assert_eq!(officers["number"], json!({ "sum": 126, "reported": 1 }));
    assert_eq!(officers["organisations"], json!({ "sum": 79, "reported": 1 }));
    assert_eq!(officers["female"], json!({ "sum": null, "reported": 0 }), "blank is not zero");
    assert_eq!(training_counts["cost_vnd"], json!({ "sum": null, "reported": 0 }));
    let expected = (json!(3), json!(3), json!(3));
    assert_eq!(
        (&workshops["events"], &workshops["hosted_by_clusters"], &workshops["clusters"]),
        (&expected.0, &expected.1, &expected.2)
    );
    assert_eq!(workshops["participants"][0]["number"], json!({ "sum": 90, "reported": 3 }));
    assert_eq!(workshops["cost_vnd"], json!({ "sum": 15_000_000, "reported": 3 }));

    let read = cast.read(&path_of(&training));
    assert_eq!(
        (&read["themes"][0]["documents"], &read["attending_centre_ids"]),
        (&json!("Thông tư 44/2014/TT-BGDĐT"), &json!(cast.centres))
    );
    assert_eq!(cast.read("/v1/events/counts?year=2018")["events"], 0);
    let list = cast.read("/v1/events?kind=workshop&sort=asc&from=2017-05-01&to=2017-06-30");
    let names: Vec<_> = list["items"].as_array().unwrap().iter().map(|it| it["cluster"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Cụm 1", "Cụm 2"]);
}

#[test]
fn how_many_trainings_each_centre_attended_in_a_year_is_one_question() {
    let cast = District10::new();
    let [first, second, third] = cast.centres[..] else { panic!("three centres") };
    let (everybody, whose) = (Scope::whole(cast.province), Whose::default());
    let spring = cast.training("2017-04-12", &[first, second]);
    cast.training("2017-10-12", &[first]);
    cast.training("2018-04-12", &[first, second, third]);
    cast.holds(json!({
        "unit_id": cast.district, "kind": "meeting", "title": "Giao ban quý I", "starts_on": "2017-03-01", "ends_on": "2017-03-01",
        "attending_centre_ids": [first, second, third],
    }));
    // What a centre holds itself its people attended.
    let own = json!({ "centre_id": first, "kind": "training", "title": "Tập huấn cộng tác viên", "starts_on": "2017-06-01", "ends_on": "2017-06-01" });
    cast.world.client.post("/v1/events").by(&cast.manager.token).json(&own).send().expect(201);
    assert_eq!(cast.attended(&everybody, &whose), BTreeMap::from([(first, 3), (second, 1)]));

    let one = Whose { centre: Some(second), ..Whose::default() };
    assert_eq!(cast.attended(&everybody, &one), BTreeMap::from([(second, 1)]));
    let ward = Whose { units: Some(vec![cast.wards[0]]), ..Whose::default() };
    assert_eq!(cast.attended(&everybody, &ward), BTreeMap::from([(first, 3)]));
    let own = Scope { whole: false, centres: [second].into(), ..Scope::whole(cast.province) };
    assert_eq!(cast.attended(&own, &whose), BTreeMap::from([(second, 1)]), "nobody counts beyond their scope");

    let attended = cast.read(&format!("/v1/events?centre_id={first}&attended=true&kind=training"));
    assert_eq!(attended["items"].as_array().unwrap().len(), 4);
    assert_eq!(cast.read(&format!("/v1/events?centre_id={second}&attended=true"))["items"], json!([]), "not one's own centre");
    assert_eq!(cast.read(&format!("/v1/events?centre_id={first}"))["items"].as_array().unwrap().len(), 1, "held by it");

    // The count follows what the event says.
    let (client, token) = (&cast.world.client, &cast.association.token);
    let etag = client.get(&path_of(&spring)).by(token).send().expect(200).etag();
    let change = json!({ "attending_centre_ids": [third] });
    let etag = client.patch(&path_of(&spring)).by(token).if_match(&etag).json(&change).send().expect(200).etag();
    assert_eq!(cast.attended(&everybody, &whose), BTreeMap::from([(first, 2), (third, 1)]));
    let etag =
        client.patch(&path_of(&spring)).by(token).if_match(&etag).json(&json!({ "kind": "workshop" })).send().expect(200).etag();
    assert_eq!(cast.attended(&everybody, &whose), BTreeMap::from([(first, 2)]));
    client.delete(&path_of(&spring)).by(token).if_match(&etag).send().expect(204);
    assert_eq!(cast.attended(&everybody, &whose), BTreeMap::from([(first, 2)]));
}

#[test]
fn an_event_names_what_is_there_and_is_written_by_whoever_reaches_its_holder() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let elsewhere = cast.world.unit("12454", "2018-12-31");
    let neighbour = cast.world.db_centre(cast.province, cast.world.unit("06673", "2018-12-31"), "TTHTCĐ bên cạnh");
    let good = json!({
        "centre_id": cast.centre, "kind": "meeting", "title": "Giao ban tháng 3", "starts_on": "2018-03-02", "ends_on": "2018-03-02",
        "cluster": { "name": "Cụm 1", "unit_ids": [cast.commune] }, "attending_centre_ids": [cast.centre],
    });
    let post = |by: &Person, body: &Value| client.post("/v1/events").by(&by.token).json(body).send();
    let made = post(&cast.staff, &good).expect(201);
    let with = |members: Value| {
        let mut body = good.clone();
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        body
    };
    let faults: [(Value, &str, &str); 6] = [
        (json!({ "attending_centre_ids": [cast.centre, neighbour] }), "/attending_centre_ids/1", "centre_in_scope"),
        (json!({ "attending_centre_ids": [cast.centre, cast.centre] }), "/attending_centre_ids/1", "named_once"),
        (
            json!({ "cluster": { "name": "Cụm 1", "unit_ids": [cast.commune, elsewhere] } }),
            "/cluster/unit_ids/1",
            "unit_of_province",
        ),
        (json!({ "starts_on": "2007-03-02", "ends_on": "2007-03-02" }), "/starts_on", "centre_operating"),
        (json!({ "ends_on": "2018-03-01" }), "/ends_on", "dates_in_order"),
        (json!({ "unit_id": cast.commune }), "/centre_id", "holder_in_scope"),
    ];
    for (members, pointer, rule) in faults {
        post(&cast.manager, &with(members)).fault(422, "rule_broken", pointer, rule);
    }
    let of_commune = json!({ "unit_id": cast.commune, "kind": "final_review", "title": "Tổng kết năm", "starts_on": "2018-12-20", "ends_on": "2018-12-20" });
    post(&cast.manager, &of_commune).refused(403, "outside_scope");
    let review = post(&cast.commune_officer, &of_commune).expect(201);
    let path = path_of(&review.json());
    let conclude = json!({ "conclusions": "Giao chỉ tiêu năm 2019" });
    client.patch(&path).by(&cast.staff.token).if_match(&review.etag()).json(&conclude).send().refused(403, "outside_scope");
    assert_eq!(client.get(&path).by(&cast.staff.token).send().expect(200).etag(), review.etag(), "all of the province reads it");
    client.patch(&path).by(&cast.commune_officer.token).if_match(&review.etag()).json(&conclude).send().expect(200);
    // An event of a centre is nobody's beyond it.
    let stranger = cast.world.db_person(cast.province, Role::CentreManager, None, Some(neighbour));
    client.get(&path_of(&made.json())).by(&stranger.token).send().refused(404, "not_found");
    let all = client.get("/v1/events").by(&cast.admin.token).send().expect(200).json();
    assert_eq!(all["items"].as_array().unwrap().len(), 2, "what was refused left nothing");
}

#[test]
fn commendations_name_their_recipient_by_its_kind_and_the_event_they_were_given_at() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let post = |by: &Person, path: &str, body: Value| -> Response { client.post(path).by(&by.token).json(&body).send() };
    let review = json!({ "unit_id": cast.commune, "kind": "final_review", "title": "Tổng kết năm 2018", "starts_on": "2018-12-20", "ends_on": "2018-12-20" });
    let review = post(&cast.commune_officer, "/v1/events", review).expect(201).json();
    let minh = json!({ "centre_id": cast.centre, "full_name": "Trần Văn Minh", "kind": "rapporteur" });
    let minh = post(&cast.manager, "/v1/rapporteurs", minh).expect(201).json();
    let body = |members: Value| {
        let mut body = json!({
            "unit_id": cast.commune, "year": 2018, "form": "certificate", "reason": "Thành tích xuất sắc năm 2018", "event_id": review["id"],
            "decision": { "number": "120/QĐ-UBND", "date": "2018-12-18", "issuer": "Chủ tịch UBND phường Kim Sơn" },
        });
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        body
    };
    let named = [
        json!({ "recipient_kind": "centre", "recipient_centre_id": cast.centre }),
        json!({ "recipient_kind": "person", "recipient_name": "Bà Nguyễn Thị Hoa" }),
        json!({ "recipient_kind": "collective", "recipient_name": "Khu phố Kim Thành" }),
        json!({ "recipient_kind": "rapporteur", "rapporteur_id": minh["id"] }),
    ];
    for recipient in &named {
        post(&cast.commune_officer, "/v1/commendations", body(recipient.clone())).expect(201);
    }
    let list = |query: &str| {
        let found = client.get(&format!("/v1/commendations?{query}")).by(&cast.staff.token).send().expect(200).json();
        found["items"].as_array().unwrap().len()
    };
    let event = review["id"].as_str().unwrap();
    assert_eq!((list("year=2018"), list("year=2017"), list("form=diploma"), list(&format!("event_id={event}"))), (4, 0, 0, 4));
    assert_eq!(list(&format!("rapporteur_id={}", minh["id"].as_str().unwrap())), 1);

    let refused: [(Value, &str, &str); 5] = [
        (
            json!({ "recipient_kind": "centre", "recipient_name": "TTHTCĐ Kim Sơn", "recipient_centre_id": cast.centre }),
            "/recipient_name",
            "recipient_named",
        ),
        (json!({ "recipient_kind": "person" }), "/recipient_name", "recipient_named"),
        (json!({ "recipient_kind": "rapporteur", "rapporteur_id": cast.centre }), "/rapporteur_id", "named_in_scope"),
        (json!({ "recipient_kind": "person", "recipient_name": "Hoa", "year": 2027 , "decision": null }), "/year", "year_begun"),
        (json!({ "recipient_kind": "person", "recipient_name": "Hoa", "event_id": cast.centre }), "/event_id", "named_in_scope"),
    ];
    for (members, pointer, rule) in refused {
        post(&cast.commune_officer, "/v1/commendations", body(members)).fault(422, "rule_broken", pointer, rule);
    }
    assert_eq!(list(""), 4, "what was refused left nothing");
    // What a commendation names stays.
    let etag = client.get(&path_of(&review)).by(&cast.commune_officer.token).send().expect(200).etag();
    client.delete(&path_of(&review)).by(&cast.commune_officer.token).if_match(&etag).send().refused(409, "blocked");
}
