use super::*;

/// RFC 8785: numbers as ECMAScript writes them, names in the order of their UTF-16 units, escapes as short as they can be.
#[test]
fn canonical_json_is_that_of_the_rfc() {
    let canonical = |text: &str| {
        let value: Value = serde_json::from_str(text).unwrap();
        String::from_utf8(super::canonical(&value).unwrap()).unwrap()
    };
    // Section 3.2.2 and its result in 3.2.4.
    let example = r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#;
    let expected =
        r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
    assert_eq!(canonical(example), expected);
    // Section 3.2.3: U+1F600 comes before U+FB33, as its first UTF-16 unit is smaller.
    let sorted = canonical("{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"\\u00f6\":7}");
    assert_eq!(sorted, "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}");
    assert_eq!(canonical("[55.2,100.0,0.0,-0.0,1.1]"), "[55.2,100,0,0,1.1]");
}

/// RFC 8037, appendix A.3: the thumbprint of the RFC's own key.
#[test]
fn the_id_of_a_key_is_its_thumbprint() {
    let jwk = Jwk { crv: "Ed25519".into(), kty: "OKP".into(), x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".into() };
    assert_eq!(jwk.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert!(jwk.key().is_some());
    assert!(Jwk { crv: "X25519".into(), ..jwk.clone() }.key().is_none());
    assert!(Jwk { x: "AAAA".into(), ..jwk }.key().is_none());
}
