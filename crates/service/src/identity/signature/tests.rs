//! `vectors.json` was made with the signer of the vendor's Python SDK (`huaweicloudsdkcore` 3.1.219,
//! `huaweicloudsdkcore.signer.signer`): each entry is a request handed to `Signer(credentials).sign(request)`, or
//! `DerivationAKSKSigner(credentials).sign(request, "secmaster", "local-1")`, with the URI, the headers and the
//! `Authorization` that the SDK would then send. The keys are made up.

use std::time::Duration;

use serde::Deserialize;

use super::*;

const SECRET: &[u8] = b"sk/Example+Key=0000000000000000000000000";

#[derive(Clone, Deserialize)]
struct Vector {
    name: String,
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    authorization: String,
}

impl Vector {
    fn read(name: &str) -> Self {
        all().into_iter().find(|vector| vector.name == name).expect("a vector of this name")
    }

    fn signed(&self) -> Result<SignedRequest, SignatureError> {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let presented = Presented::parse(&self.authorization, &headers)?;
        let hash = sha256_hex(self.body.as_bytes());
        // The SDK leaves uploads unsigned and declares it.
        let streamed = presented.declared == Declared::Unsigned && !self.body.is_empty();
        let payload = if streamed { Payload::Streamed } else { Payload::Read(&hash) };
        presented.complete(&self.method, &self.path, &self.query, &headers, payload)
    }

    fn is_valid(&self) -> bool {
        self.signed().is_ok_and(|request| verify(&request, SECRET))
    }

    fn header(&mut self, name: &str) -> &mut String {
        &mut self.headers.iter_mut().find(|(have, _)| have == name).expect("a header of this name").1
    }
}

fn all() -> Vec<Vector> {
    serde_json::from_str(include_str!("vectors.json")).expect("the vectors are JSON")
}

#[test]
fn what_the_sdk_signs_is_accepted() {
    for vector in all() {
        let request = vector.signed().unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        assert!(verify(&request, SECRET), "{}", vector.name);
        assert_eq!(request.access_key, "AKEXAMPLE0000000TEST", "{}", vector.name);
        assert_eq!(request.date.to_rfc3339(), "2025-07-18T06:44:46.000Z", "{}", vector.name);
        assert!(!verify(&request, b"another secret"), "{}", vector.name);
    }
    assert!(all().iter().any(|vector| vector.authorization.starts_with("V11-")));
}

#[test]
fn every_signed_part_counts() {
    let original = Vector::read("POST of JSON");
    assert!(original.is_valid());
    let altered = |alter: &dyn Fn(&mut Vector)| {
        let mut vector = original.clone();
        alter(&mut vector);
        vector.is_valid()
    };
    assert!(!altered(&|v| v.method = "PUT".into()), "method");
    assert!(!altered(&|v| v.path.push('x')), "path");
    assert!(!altered(&|v| v.query = "a=1".into()), "query");
    assert!(!altered(&|v| v.body.push(' ')), "body");
    assert!(!altered(&|v| v.header("host").push('1')), "host");
    assert!(!altered(&|v| *v.header("x-sdk-date") = "20250718T064447Z".into()), "date");
    assert!(!altered(&|v| v.headers.push(("content-type".into(), "text/plain".into()))), "a second value");
    assert!(!altered(&|v| v.authorization = v.authorization.replace("content-type;", "")), "fewer signed headers");
    // Not signed, so without effect.
    assert!(altered(&|v| v.headers.push(("accept".into(), "*/*".into()))));
    // A slash at the end of the path is part of what the SDK signs.
    assert!(altered(&|v| v.path.push('/')));
}

#[test]
fn the_order_of_the_query_on_the_wire_does_not_count() {
    let mut vector = Vector::read("GET with repeated, empty, boolean and non-ASCII parameters");
    let mut pairs: Vec<_> = vector.query.split('&').collect();
    pairs.reverse();
    vector.query = pairs.join("&");
    assert!(vector.is_valid());
    vector.query = vector.query.replace("ids=a", "ids=c");
    assert!(!vector.is_valid());
}

#[test]
fn headers_that_are_malformed_are_named() {
    let check = |alter: &dyn Fn(&mut Vector), expected: SignatureError| {
        let mut vector = Vector::read("POST of JSON");
        alter(&mut vector);
        assert_eq!(vector.signed().expect_err("refused"), expected);
    };
    let authorization = |text: &str| {
        let text = text.to_owned();
        move |v: &mut Vector| v.authorization = text.clone()
    };
    let signature = "a".repeat(64);
    for text in ["SDK-HMAC-SHA256", "SDK-HMAC-SHA256 x", "SDK-HMAC-SHA256 Access=a", "SDK-HMAC-SHA256 Access=,"] {
        check(&authorization(text), SignatureError::Malformed);
    }
    for text in [
        format!("SDK-HMAC-SHA256 Access=a, SignedHeaders=host;x-sdk-date, Signature={}", &signature[1..]),
        format!("SDK-HMAC-SHA256 Access=a, Access=b, SignedHeaders=host;x-sdk-date, Signature={signature}"),
        format!("SDK-HMAC-SHA256 Credential=a, SignedHeaders=host;x-sdk-date, Signature={signature}"),
        format!("V11-HMAC-SHA256 Credential=a, SignedHeaders=host;x-sdk-date, Signature={signature}"),
        format!("SDK-HMAC-SHA256 Access=a, SignedHeaders=host;x-sdk-date, Signature={signature}, Other=1"),
    ] {
        check(&authorization(&text), SignatureError::Malformed);
    }
    check(&authorization("SDK-HMAC-SM3 Access=a, SignedHeaders=host, Signature=b"), SignatureError::Algorithm);
    check(&|v| v.authorization = v.authorization.replace("host;", ""), SignatureError::NotSigned("host"));
    check(&|v| v.authorization = v.authorization.replace(";x-sdk-date", ""), SignatureError::NotSigned("x-sdk-date"));
    check(&|v| v.headers.retain(|(name, _)| name != "user-agent"), SignatureError::Missing("user-agent".into()));
    for date in ["", "2025-07-18T06:44:46Z", "20251318T064446Z", "20250718T064446+"] {
        check(&|v| *v.header("x-sdk-date") = date.into(), SignatureError::Date);
    }
    check(&|v| v.headers.push(("x-sdk-date".into(), "20250718T064446Z".into())), SignatureError::Date);
}

#[test]
fn a_derived_key_holds_for_its_day_only() {
    let mut vector = Vector::read("derived key");
    vector.authorization = vector.authorization.replace("20250718/", "20250717/");
    assert_eq!(vector.signed(), Err(SignatureError::Date));
}

#[test]
fn an_unsigned_body_is_for_uploads_only() {
    let mut vector = Vector::read("upload with an unsigned payload");
    let headers: Vec<_> = vector.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let presented = Presented::parse(&vector.authorization, &headers).expect("parses");
    let hash = sha256_hex(vector.body.as_bytes());
    let refused = presented.complete(&vector.method, &vector.path, "", &headers, Payload::Read(&hash));
    assert_eq!(refused, Err(SignatureError::BodyNotSigned));

    // The header counts only when it is signed itself.
    vector.authorization = vector.authorization.replace("x-sdk-content-sha256;", "");
    let headers: Vec<_> = vector.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let presented = Presented::parse(&vector.authorization, &headers).expect("parses");
    assert_eq!(presented.declared, Declared::Nothing);
    let refused = presented.complete(&vector.method, &vector.path, "", &headers, Payload::Streamed);
    assert_eq!(refused, Err(SignatureError::UploadHash));
}

#[test]
fn a_declared_hash_must_be_the_one_of_the_body() {
    let mut vector = Vector::read("given content hash");
    assert!(vector.is_valid());
    vector.body.push(' ');
    assert_eq!(vector.signed(), Err(SignatureError::BodyAltered));
}

#[test]
fn a_date_is_fresh_for_fifteen_minutes_either_way() {
    let request = Vector::read("GET without query").signed().expect("parses");
    let at = |micros: i64| request.is_fresh(Timestamp(request.date.0 + micros));
    let limit = i64::try_from(Duration::from_secs(900).as_micros()).expect("fits");
    assert!(at(0) && at(limit) && at(-limit));
    assert!(!at(limit + 1) && !at(-limit - 1));
}
