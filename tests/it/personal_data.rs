//! Personal data: declared once, masked, read on record, copied for the person, taken off on request, never the Ministry's.

use htcd_domain::access::Role;
use htcd_domain::id::ProvinceId;
use htcd_domain::personal::FIELDS;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};

const PASSWORD: &str = "ba con vịt và một cái thang";

/// Lan of Kim Sơn, who can be reached.
fn lan(cast: &KimSon) -> Value {
    let body = json!({
        "username": "lan", "display_name": "Phạm Thị Lan", "email": "lan.pham@kimson.vn", "phone": "0912 345 678",
        "grants": [{ "role": "centre_staff", "centre_id": cast.centre }],
    });
    let made = cast.world.client.post("/v1/users").by(&cast.admin.token).json(&body).send().expect(201).json();
    cast.world.activate(&made, PASSWORD);
    made
}

fn newest(cast: &KimSon) -> Value {
    cast.world.client.get("/v1/audit_records?limit=1").by(&cast.admin.token).send().expect(200).json()["items"][0].clone()
}

#[test]
fn contact_data_are_masked_everywhere_but_where_they_are_asked_for_on_record() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let made = lan(&cast);
    let path = format!("/v1/users/{}", made["id"].as_str().unwrap());
    let clear = |text: &str| text.contains("lan.pham") || text.contains("345 678");
    for answer in [
        made.to_string(),
        client.get(&path).by(&cast.admin.token).send().expect(200).text(),
        client.get("/v1/users").by(&cast.admin.token).send().expect(200).text(),
        client.get("/v1/audit_records").by(&cast.admin.token).send().expect(200).text(),
    ] {
        assert!(!clear(&answer), "{answer}");
        assert!(answer.contains("l***@k***.vn") || answer.contains("***678"), "{answer}");
    }
    let contact = client.get(&format!("{path}/contact")).by(&cast.manager.token).send().expect(200);
    assert_eq!((&contact.json()["email"], &contact.json()["phone"]), (&json!("lan.pham@kimson.vn"), &json!("0912 345 678")));
    let record = newest(&cast);
    assert_eq!((&record["operation"], &record["username"]), (&json!("get_user_contact"), &json!(cast.manager.username)));
    assert_eq!((&record["subject_id"], &record["after"]), (&made["id"], &json!("{\"read\":\"contact\"}")));

    client.get(&format!("{path}/contact")).by(&cast.officer.token).send().refused(403, "right_missing");
    let admins = format!("/v1/users/{}/contact", cast.admin.id);
    client.get(&admins).by(&cast.manager.token).send().refused(404, "not_found");
    let etag = client.get(&path).by(&cast.admin.token).send().expect(200).etag();
    let change = json!({ "email": null, "phone": "+84 912 000 111" });
    let after = client.patch(&path).by(&cast.admin.token).if_match(&etag).json(&change).send().expect(200).json();
    assert_eq!((&after["email"], &after["phone"]), (&Value::Null, &json!("***111")));
    for (member, value, rule) in [("email", "lan@", "mail_address"), ("phone", "gọi tôi", "phone_number")] {
        let etag = client.get(&path).by(&cast.admin.token).send().expect(200).etag();
        let change = json!({ member: value });
        let answer = client.patch(&path).by(&cast.admin.token).if_match(&etag).json(&change).send();
        answer.fault(422, "invalid_body", &format!("/{member}"), rule);
    }
}

#[test]
fn a_person_gets_a_copy_of_what_is_kept_about_them() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let made = lan(&cast);
    let token = cast.world.sign_in("lan", PASSWORD);
    let own = client.get("/v1/me/personal_data").by(&token).send().expect(200);
    assert!(own.header("content-disposition").unwrap().starts_with("attachment"));
    let own = own.json();
    assert_eq!((&own["user"]["display_name"], &own["contact"]["email"]), (&json!("Phạm Thị Lan"), &json!("lan.pham@kimson.vn")));
    assert_eq!(own["sessions"][0]["address"], "127.0.0.1");
    assert!(own["audit_records"].as_array().unwrap().iter().all(|record| record["user_id"] == made["id"]));
    assert_eq!(newest(&cast)["operation"], "get_own_personal_data");

    let path = format!("/v1/users/{}/personal_data", made["id"].as_str().unwrap());
    client.get(&path).by(&cast.manager.token).send().refused(403, "right_missing");
    assert_eq!(client.get(&path).by(&cast.admin.token).send().expect(200).json()["contact"], own["contact"]);
    assert_eq!(newest(&cast)["operation"], "get_user_personal_data");
}

#[test]
fn an_anonymised_person_is_gone_from_the_account_and_the_record_of_acts_stays() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let made = lan(&cast);
    let token = cast.world.sign_in("lan", PASSWORD);
    let id = made["id"].as_str().unwrap();
    let path = format!("/v1/users/{id}");
    let body = json!({ "reason": "theo yêu cầu ngày 20/11/2026" });
    let anonymise = |by: &Person, id: &str| client.post(&format!("/v1/users/{id}/anonymise")).by(&by.token).json(&body).send();
    anonymise(&cast.manager, id).refused(403, "right_missing");
    assert_eq!(anonymise(&cast.admin, &cast.admin.id.to_string()).rules(422), ["not_oneself"]);
    let after = anonymise(&cast.admin, id).expect(200);
    let view = after.json();
    assert_eq!((&view["status"], &view["email"], &view["phone"]), (&json!("anonymised"), &Value::Null, &Value::Null));
    assert!(!after.text().contains("Lan") && view["username"].as_str().unwrap().starts_with("an-danh-"));
    client.get("/v1/me").by(&token).send().refused(401, "token_invalid");
    let form = format!("grant_type=password&username=lan&password={}", crate::support::http::encoded(PASSWORD));
    client.post("/oauth2/token").form(&form).send().refused(401, "sign_in_failed");
    anonymise(&cast.admin, id).refused(409, "state_conflict");
    let refused =
        client.patch(&path).by(&cast.admin.token).if_match(&after.etag()).json(&json!({ "display_name": "Lan" })).send();
    refused.refused(409, "state_conflict");
    let acts = client.get(&format!("/v1/audit_records?user_id={id}")).by(&cast.admin.token).send().expect(200).json();
    assert!(!acts["items"].as_array().unwrap().is_empty(), "what was done stays on record");
    // The name is free again for somebody else.
    lan(&cast);
}

#[test]
fn the_ministry_and_the_platform_see_nobody_of_a_province() {
    let cast = KimSon::new();
    lan(&cast);
    let document = htcd_api::document::document();
    let ids = crate::support::generate::absent_ids();
    for role in [Role::MinistryReader, Role::PlatformAdmin] {
        let person = cast.world.db_person(ProvinceId::NATION, role, None, None);
        for operation in crate::support::generate::secured(&document).into_iter().filter(|operation| operation.method == "get") {
            let answer = crate::support::generate::ask(&cast.world, &document, &operation, &ids, Some(&person.token)).text();
            let trace = ["Phạm Thị Lan", "l***@k***.vn", "***678", &cast.admin.username, &cast.manager.username];
            assert!(!trace.iter().any(|trace| answer.contains(trace)), "{role} {}: {answer}", operation.path);
        }
    }
}

#[test]
fn every_column_that_sounds_personal_is_declared() {
    let schema = include_str!("../../persistence/src/schema.rs");
    let (mut table, mut found) = (String::new(), Vec::new());
    for line in schema.lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with('{')) {
            table = name.to_owned();
        } else if let Some((column, _)) = line.split_once(" -> ") {
            let sounds = [
                "username",
                "display_name",
                "email",
                "phone",
                "address",
                "user_agent",
                "acting_username",
                "recipient",
                "manager",
                "signer",
                "full_name",
                "recipient_name",
                "leader",
                "lead",
                "counterparty",
                "confirmed_by",
                "explained_by",
            ];
            // What says more of a person, and texts in which a name may stand.
            let holds = [
                "user_identities.subject",
                "idempotency_keys.body",
                "audit_records.before",
                "audit_records.after",
                "audit_records.reason",
                "report_versions.document",
                "persons.name_sort",
                "persons.name_search",
                "persons.sex",
                "persons.birth_year",
                "persons.ethnic_minority",
                "persons.occupation",
                "persons.organisation",
                "persons.qualification",
                "appointments.duties",
                "appointments.end_reason",
            ];
            if sounds.contains(&column) || holds.contains(&format!("{table}.{column}").as_str()) {
                found.push(format!("{table}.{column}"));
            }
        }
    }
    // Where a centre and its sites are, not a person.
    found.retain(|column| column != "centres.address" && column != "centre_sites.address");
    found.sort();
    let mut declared: Vec<_> = FIELDS.iter().map(|field| field.column.to_owned()).collect();
    declared.sort();
    assert_eq!(found, declared);
}
