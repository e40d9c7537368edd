//! The main job once, from the centre to the figure.

use serde_json::{Value, json};

use crate::support::cast::KimSon;

/// Full points for each criterion of the lowest level.
pub fn full_scores(scheme: &Value) -> Vec<Value> {
    let groups = scheme["content"]["criteria"].as_array().unwrap();
    let leaves = groups.iter().flat_map(|group| group["children"].as_array().unwrap());
    leaves.map(|leaf| json!({ "criterion": leaf["code"], "points": leaf["max_points"] })).collect()
}

#[test]
fn a_rating_runs_from_the_centre_to_the_province_and_is_counted() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let round = cast.round(2018, "TTHTCD-MAU");
    let scheme = cast.world.scheme(&cast.staff, "TTHTCD-MAU");

    let created = client
        .post("/v1/ratings")
        .by(&cast.staff.token)
        .json(&json!({ "round_id": round["id"], "centre_id": cast.centre }))
        .send()
        .expect(201);
    let path = created.header("location").unwrap().to_owned();
    let saved = client
        .put(&format!("{path}/assessments/self"))
        .by(&cast.staff.token)
        .if_match(&created.etag())
        .json(&json!({ "scores": full_scores(&scheme) }))
        .send()
        .expect(200);
    let submitted = client.post(&format!("{path}/submit")).by(&cast.manager.token).if_match(&saved.etag()).send().expect(200);
    let verified = client.post(&format!("{path}/verify")).by(&cast.verifier.token).if_match(&submitted.etag()).send().expect(200);
    let decision = json!({ "decision": { "number": "12/QĐ-SGDĐT", "date": "2019-02-20", "issuer": "Sở GD&ĐT Quảng Ninh" } });
    let decided = client
        .post(&format!("{path}/decide"))
        .by(&cast.officer.token)
        .if_match(&verified.etag())
        .json(&decision)
        .send()
        .expect(200)
        .json();
    assert_eq!(decided["state"], "decided");
    assert_eq!(decided["decided"]["outcome"], json!({ "rank": "tot", "points": 100 }));

    let unit = cast.world.unit("22", "2018-12-31");
    let figure =
        client.get(&format!("/v1/units/{unit}/rating_distribution?year=2018")).by(&cast.officer.token).send().expect(200).json();
    assert_eq!((figure["total"]["base"].as_u64(), figure["total"]["rated"].as_u64()), (Some(1), Some(1)));
    assert_eq!(figure["total"]["ranks"][0]["rank"], "tot");
    assert_eq!(figure["total"]["ranks"][0]["percent"], 100.0);
}
