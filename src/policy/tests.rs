use super::*;
use crate::Error;

const END: i128 = 1_767_290_400;

fn until() -> Conditions {
    Conditions::until(EpochSeconds::new(END).unwrap())
}

fn problem<T: std::fmt::Debug>(result: Result<T>) -> PolicyError {
    match result {
        Err(Error::InvalidPolicy(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_canned_policy_has_the_documented_bytes() {
    let url = Url::parse("https://d111111abcdef8.cloudfront.net/a b.mp4?size=l").unwrap();
    let policy = Policy::canned(&url, EpochSeconds::new(END).unwrap());
    let expected = r#"{"Statement":[{"Resource":"https://d111111abcdef8.cloudfront.net/a%20b.mp4?size=l","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400}}}]}"#;
    assert_eq!(policy.to_json(), expected);
    assert!(policy.is_canned());
}

#[test]
fn a_custom_policy_has_the_order_of_awss_signers() {
    let conditions =
        until().after(EpochSeconds::new(10).unwrap()).unwrap().from_ip(IpRange::parse("192.0.2.0/24").unwrap());
    let policy = Policy::custom("http://d/*", conditions).unwrap();
    let expected = r#"{"Statement":[{"Resource":"http://d/*","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400},"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"},"DateGreaterThan":{"AWS:EpochTime":10}}}]}"#;
    assert_eq!(policy.to_json(), expected);
    assert!(!policy.is_canned());
    assert_eq!(Policy::from_json(expected).unwrap(), policy);
    assert_eq!(Policy::from_encoded(&policy.encoded()).unwrap(), policy);
}

#[test]
fn no_resource_can_add_a_condition() {
    let hostile = r#"https://d/","Condition":{}},{"Resource":"*\"#;
    let policy = Policy::custom(hostile, until()).unwrap();
    let read = Policy::from_json(policy.to_json()).unwrap();
    assert_eq!(read.conditions(), policy.conditions());
    assert!(read.resource().unwrap().starts_with("https://d/%22,%22Condition%22"));
    // A policy that holds such characters as JSON escapes keeps them.
    let escaped = r#"{"Statement":[{"Resource":"https://d/\"\\","Condition":{"DateLessThan":{"AWS:EpochTime":1}}}]}"#;
    assert_eq!(Policy::from_json(escaped).unwrap().resource(), Some("https://d/\"\\"));
    assert!(Policy::from_json(escaped).unwrap().is_canned());
}

#[test]
fn bytes_are_kept_when_read() {
    let pretty = "{\n  \"Statement\": [{\"Condition\": {\"DateLessThan\": {\"AWS:EpochTime\": 1}}}]\n}\n";
    let policy = Policy::from_json(pretty).unwrap();
    assert_eq!(policy.to_json(), pretty);
    assert_eq!(policy.resource(), None);
    assert!(!policy.is_canned());
}

#[test]
fn malformed_policies_are_refused() {
    let with = |condition: &str| format!(r#"{{"Statement":[{{"Resource":"https://d/","Condition":{condition}}}]}}"#);
    assert_eq!(problem(Policy::from_json(&with("{}"))), PolicyError::NoEnd);
    assert_eq!(problem(Policy::from_json(r#"{"Statement":[]}"#)), PolicyError::StatementCount(0));
    let end = |value: &str| with(&format!(r#"{{"DateLessThan":{{"AWS:EpochTime":{value}}}}}"#));
    assert!(matches!(problem(Policy::from_json(&end("1767290400000"))), PolicyError::Milliseconds(_)));
    assert!(matches!(problem(Policy::from_json(&end("-1"))), PolicyError::NegativeTime(_)));
    for value in ["1.5", "\"1\"", "99999999999999999999", "null"] {
        assert!(matches!(problem(Policy::from_json(&end(value))), PolicyError::Malformed(_)), "{value}");
    }
    for json in ["", "[]", "{", "{\"Statement\":{}}", "null"] {
        assert!(matches!(problem(Policy::from_json(json)), PolicyError::Malformed(_)), "{json}");
    }
    let twice = with(r#"{"DateLessThan":{"AWS:EpochTime":1},"DateLessThan":{"AWS:EpochTime":2}}"#);
    assert!(matches!(problem(Policy::from_json(&twice)), PolicyError::Malformed(_)));
    assert_eq!(
        problem(
            Policy::from_encoded("_w__".replace('_', "~").as_str())
                .map_err(|_| PolicyError::NotUtf8.into())
                .map(|_: Policy| ())
        ),
        PolicyError::NotUtf8
    );
}

#[test]
fn resources_start_as_cloudfront_takes_them() {
    for good in ["*", "*example.com", "*://a/*", "http://a/*", "https://a/*", "*/x/*"] {
        assert!(Policy::custom(good, until()).is_ok(), "{good}");
    }
    for bad in ["", "ftp://a/*", "http*://a/*", "/x/*", "a.example/*", "//a/*"] {
        assert!(matches!(problem(Policy::custom(bad, until())), PolicyError::BadResource(_)), "{bad}");
    }
    let old_sample = r#"{"Statement":[{"Resource":"http*://a/*","Condition":{"DateLessThan":{"AWS:EpochTime":1}}}]}"#;
    assert!(Policy::from_json(old_sample).is_ok(), "read, but not written");
    assert!(matches!(problem(Policy::custom("https://bücher/*", until())), PolicyError::NonAsciiHost(_)));
}

#[test]
fn resources_are_spelled_as_urls_are_sent() {
    for (given, spelled) in [
        ("https://A.Example:443/It's {a}*?b='*", "https://a.example/It's%20%7Ba%7D*?b=%27*"),
        ("*://*.Example/?.ts", "*://*.example/?.ts"),
        ("HTTPS://a/b?c#d", "https://a/b?c"),
        ("http://h?a", "http://h/?a"),
        ("https://d?.example/*", "https://d?.example/*"),
        ("*", "*"),
        ("*Example.com", "*example.com"),
        ("https://a/ü", "https://a/%C3%BC"),
    ] {
        assert_eq!(Policy::custom(given, until()).unwrap().resource(), Some(spelled), "{given}");
    }
}

#[test]
fn policies_are_read_as_strictly_as_they_are_written() {
    let statement = |members: &str| format!(r#"{{"Statement":[{{{members}}}]}}"#);
    let end = r#""DateLessThan":{"AWS:EpochTime":2000000000}"#;
    assert!(Policy::from_json(&statement(&format!(r#""Condition":{{{end}}}"#))).is_ok());
    for json in [
        r#"[[["*",[[2000000000],null,null]]]]"#.to_owned(),
        format!(r#"[[{{"Condition":{{{end}}}}}]]"#),
        r#"{"Statement":[["*",{"DateLessThan":{"AWS:EpochTime":2000000000}}]]}"#.to_owned(),
        statement(&format!(r#""Resource":null,"Condition":{{{end}}}"#)),
        statement(&format!(r#""Condition":{{{end},"IpAddress":null}}"#)),
        statement(&format!(r#""Condition":{{{end},"DateGreaterThan":null}}"#)),
        statement(r#""Condition":{"DateLessThan":null}"#),
        statement(r#""Condition":{"DateLessThan":[2000000000]}"#),
        statement(r#""Condition":[{"AWS:EpochTime":2000000000}]"#),
        statement(&format!(r#""Condition":{{{end},"IpAddress":["192.0.2.0/24"]}}"#)),
    ] {
        assert!(matches!(problem(Policy::from_json(&json)), PolicyError::Malformed(_)), "{json}");
    }
}

#[test]
fn streams_are_names() {
    let end = EpochSeconds::new(END).unwrap();
    for name in ["videos/name", "videos/{a}'s-é"] {
        assert_eq!(Policy::stream(name, end).unwrap().resource(), Some(name));
    }
    for bad in ["", "a b", "a?b", "rtmp://host/x", "mp4:name"] {
        assert!(matches!(Policy::stream(bad, end), Err(Error::InvalidUrl(_))), "{bad}");
    }
}
