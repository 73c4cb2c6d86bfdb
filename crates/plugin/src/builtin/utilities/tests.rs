//! What each function gives, through its manifest as the engine calls it.

use std::time::{Duration, Instant};

use super::component;
use crate::error::{ActionError, INPUT_INVALID};
use model::Value;

fn call(name: &str, input: &Value) -> Result<Value, ActionError> {
    let component = component();
    let action = component.action(name).unwrap_or_else(|| panic!("no function {name}"));
    action.compute(input).expect("a pure function")
}

fn json(text: &str) -> Value {
    Value::from_json(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The only member of the result.
fn check(name: &str, input: &str, expected: &str) {
    let output = call(name, &json(input)).unwrap_or_else(|error| panic!("{name} {input}: {error}"));
    let (_, value) = output.as_map().and_then(|members| members.first()).expect("a member");
    assert_eq!(value.to_json(), expected, "{name} {input}");
}

/// The error names the parameter.
fn check_refused(name: &str, input: &str, part: &str) {
    let error = call(name, &json(input)).map(|value| value.to_json()).expect_err(input);
    assert_eq!(error.code, INPUT_INVALID, "{name} {input}");
    assert!(error.message.contains(part), "{name} {input}: {}", error.message);
    assert!(!error.retryable);
}

#[test]
fn strings() {
    check("stringReplace", r#"{"originString":"a.b.c","target":".","replacement":"-"}"#, r#""-----""#);
    check("stringReplace", r#"{"originString":"a.b.c","target":"\\.","replacement":"-"}"#, r#""a-b-c""#);
    check("stringReplace", r#"{"originString":"aXbX","target":"X","replacement":"é"}"#, r#""aébé""#);
    check("stringReplace", r#"{"originString":"k=v","target":"(\\w)=(\\w)","replacement":"$2=$1$$"}"#, r#""v=k$""#);
    check("stringReplace", r#"{"originString":"ab","target":"","replacement":"-"}"#, r#""-a-b-""#);
    check_refused("stringReplace", r#"{"originString":"a","target":"(","replacement":""}"#, "target: not a regular");
    check("stringSplit", r#"{"sourceString":"a,b,,","separator":","}"#, r#"["a","b","",""]"#);
    check("stringSplit", r#"{"sourceString":"né","separator":""}"#, r#"["n","é"]"#);
    check("stringJoin", r#"{"list":["a",1,null,{"b":2}],"separator":"-"}"#, r#""a-1--{\"b\":2}""#);
    check("stringTrim", r#"{"sourceString":" \ta "}"#, r#""a""#);
    check("stringTrim", r#"{"sourceString":"--a-","characters":"-"}"#, r#""a""#);
    check("toUpperCase", r#"{"sourceString":"straße"}"#, r#""STRASSE""#);
    check("toLowerCase", r#"{"sourceString":"ÀB"}"#, r#""àb""#);
    check("substring", r#"{"sourceString":"Grüße","start":2,"length":2}"#, r#""üß""#);
    check("substring", r#"{"sourceString":"Grüße","start":-2}"#, r#""ße""#);
    check("substring", r#"{"sourceString":"ab","start":9}"#, r#""""#);
    check_refused("substring", r#"{"sourceString":"ab","start":1.5}"#, "start");
    check_refused("substring", r#"{"sourceString":"ab","start":0,"length":-1}"#, "length");
    check("stringLength", r#"{"sourceString":"né😀"}"#, "3");
    check("stringContains", r#"{"sourceString":"Hello","part":"ell"}"#, "true");
    check("stringContains", r#"{"sourceString":"Hello","part":"ELL"}"#, "false");
    check("stringContains", r#"{"sourceString":"Hello","part":"ELL","ignoreCase":true}"#, "true");
    check("startsWith", r#"{"sourceString":"Hello","prefix":"He"}"#, "true");
    check("endsWith", r#"{"sourceString":"Hello","suffix":"He"}"#, "false");
    check("stringFormat", r#"{"template":"{a} {{x}} {b}","values":{"a":"1","b":[2]}}"#, r#""1 {x} [2]""#);
    check_refused("stringFormat", r#"{"template":"{c}","values":{}}"#, "values: there is none for '{c}'");
    check_refused("stringFormat", r#"{"template":"a}","values":{}}"#, "template");
    check("padString", r#"{"source":7,"length":3,"character":"0"}"#, r#""007""#);
    check("padString", r#"{"source":"abc","length":2}"#, r#""abc""#);
    check_refused("padString", r#"{"source":"a","length":1000000000}"#, "length");
}

#[test]
fn encodings() {
    check("base64Encode", r#"{"sourceString":"né?"}"#, r#""bsOpPw==""#);
    check("base64Encode", r#"{"sourceString":"né?","urlSafe":true}"#, r#""bsOpPw""#);
    check("base64Decode", r#"{"sourceString":"bsOp\nPw=="}"#, r#""né?""#);
    check("base64Decode", r#"{"sourceString":"_-8"}"#, "\"\u{fffd}\u{fffd}\"");
    check_refused("base64Decode", r#"{"sourceString":"!"}"#, "sourceString: it is not Base64");
    check("urlEncode", r#"{"sourceString":"a b/é~"}"#, r#""a%20b%2F%C3%A9~""#);
    check("urlDecode", r#"{"sourceString":"a%20b+%C3%A9%zz"}"#, r#""a b+é%zz""#);
    check("urlDecode", r#"{"sourceString":"a+b","plusIsSpace":true}"#, r#""a b""#);
    check("hash", r#"{"sourceString":"abc","algorithm":"md5"}"#, r#""900150983cd24fb0d6963f7d28e17f72""#);
    check("hash", r#"{"sourceString":"abc","algorithm":"SHA-1"}"#, r#""a9993e364706816aba3e25717850c26c9cd0d89d""#);
    check("hash", r#"{"sourceString":"abc"}"#, r#""ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#);
    check_refused("hash", r#"{"sourceString":"abc","algorithm":"crc"}"#, "algorithm");
}

#[test]
fn lists() {
    check("listSize", r#"{"list":[1,[2,3]]}"#, "2");
    check("listContains", r#"{"list":[1,{"a":1,"b":2}],"item":{"b":2.0,"a":1}}"#, "true");
    check("listContains", r#"{"list":["1"],"item":1}"#, "false");
    check("listUnique", r#"{"list":[1,"1",1.0,null,null,[1],[1]]}"#, r#"[1,"1",null,[1]]"#);
    check("listSort", r#"{"list":["b",3,"a",null,10]}"#, r#"[null,3,10,"a","b"]"#);
    check(
        "listSort",
        r#"{"list":[{"n":1},{"n":3},{"n":2}],"path":"n","descending":true}"#,
        r#"[{"n":3},{"n":2},{"n":1}]"#,
    );
    check("listSlice", r#"{"list":[1,2,3,4],"start":1,"length":2}"#, "[2,3]");
    check("listSlice", r#"{"list":[1,2,3,4],"start":-1}"#, "[4]");
    check("listMerge", r#"{"list":[1],"other":[2,1]}"#, "[1,2,1]");
    check("listFlatten", r#"{"list":[1,[2,[3,[4]]]]}"#, "[1,2,[3,[4]]]");
    check("listFlatten", r#"{"list":[1,[2,[3,[4]]]],"depth":20}"#, "[1,2,3,4]");
    check_refused("listFlatten", r#"{"list":[],"depth":0}"#, "depth");
    check("listDifference", r#"{"list":[1,2,2,3],"other":[2.0]}"#, "[1,3]");
    check("listIntersection", r#"{"list":["a","b"],"other":["b","c"]}"#, r#"["b"]"#);
    check("listPluck", r#"{"list":[{"a":{"b":1}},{"a":2},3],"path":"a.b"}"#, "[1]");
    check_refused("listPluck", r#"{"list":[],"path":"a..b"}"#, "path");
}

#[test]
fn dictionaries_and_json() {
    let nested = r#""dictionary":{"a":{"b":[1,{"c":2}]}}"#;
    check("dictionaryGet", &format!(r#"{{{nested},"path":"a.b[1].c"}}"#), "2");
    check("dictionaryGet", &format!(r#"{{{nested},"path":"a.x"}}"#), "null");
    check("dictionaryGet", &format!(r#"{{{nested},"path":"a.x","default":[]}}"#), "[]");
    check("dictionarySet", &format!(r#"{{{nested},"path":"a.b[0]","value":9}}"#), r#"{"a":{"b":[9,{"c":2}]}}"#);
    check("dictionarySet", r#"{"dictionary":{},"path":"a.b"}"#, r#"{"a":{"b":null}}"#);
    check_refused("dictionarySet", r#"{"dictionary":{"a":1},"path":"a.b","value":1}"#, "path");
    check("dictionaryRemove", &format!(r#"{{{nested},"paths":["a.b[0]","x.y"]}}"#), r#"{"a":{"b":[{"c":2}]}}"#);
    check_refused("dictionaryRemove", r#"{"dictionary":{},"paths":[1]}"#, "paths[0]");
    check("dictionaryMerge", r#"{"dictionary":{"a":{"x":1},"b":1},"other":{"a":{"y":2}}}"#, r#"{"a":{"y":2},"b":1}"#);
    check(
        "dictionaryMerge",
        r#"{"dictionary":{"a":{"x":1},"b":1},"other":{"a":{"y":2},"b":null},"deep":true}"#,
        r#"{"a":{"x":1,"y":2},"b":null}"#,
    );
    check("dictionaryKeys", r#"{"dictionary":{"b":1,"a":2}}"#, r#"["b","a"]"#);
    check("dictionaryValues", r#"{"dictionary":{"b":1,"a":2}}"#, "[1,2]");
    check(
        "stringToJson",
        r#"{"sourceString":" {\"n\": 1.10, \"big\": 12345678901234567890} "}"#,
        r#"{"n":1.10,"big":12345678901234567890}"#,
    );
    check("stringToJson", r#"{"sourceString":"null"}"#, "null");
    check_refused("stringToJson", r#"{"sourceString":"{"}"#, "sourceString: it is not JSON");
    check_refused("stringToJson", &format!(r#"{{"sourceString":"{}"}}"#, "[".repeat(10_000)), "sourceString");
    check("jsonToString", r#"{"sourceJson":{"a":[1]}}"#, r#""{\"a\":[1]}""#);
    check("jsonToString", r#"{"sourceJson":[1],"pretty":true}"#, r#""[\n  1\n]""#);
    check("queryJson", r#"{"sourceJson":"{\"a\":[{\"b\":1},{\"b\":2}]}","path":"a[*].b"}"#, "[1,2]");
    check("updateJsonObject", r#"{"sourceJson":"{\"a\":1}","updates":{"a":2,"b.c":[]}}"#, r#"{"a":2,"b":{"c":[]}}"#);
    check_refused("updateJsonObject", r#"{"sourceJson":[1],"updates":{}}"#, "sourceJson: expected object");
}

#[test]
fn times() {
    check("parseTime", r#"{"time":"2025-07-18T14:44:46.735Z+0800"}"#, r#""2025-07-18T06:44:46.735Z""#);
    check("parseTime", r#"{"time":1752821086735}"#, r#""2025-07-18T06:44:46.735Z""#);
    check("parseTime", r#"{"time":"1752821086"}"#, r#""2025-07-18T06:44:46.000Z""#);
    check(
        "parseTime",
        r#"{"time":"18/07/2025","pattern":"dd/MM/yyyy","zone":"+0800"}"#,
        r#""2025-07-17T16:00:00.000Z""#,
    );
    check_refused("parseTime", r#"{"time":"yesterday"}"#, "time");
    check_refused("parseTime", r#"{"time":9007199254740993}"#, "time");
    check_refused("parseTime", r#"{"time":"x","pattern":"yyyy"}"#, "time: it does not fit");
    check_refused("parseTime", r#"{"time":"x","zone":"Mars"}"#, "zone");
    check("formatTime", r#"{"time":0}"#, r#""1970-01-01T00:00:00.000Z""#);
    check("formatTime", r#"{"time":0,"zone":"+0800","pattern":"yyyy-MM-dd HH:mm"}"#, r#""1970-01-01 08:00""#);
    check_refused("formatTime", r#"{"time":0,"pattern":"yyyyyy"}"#, "pattern");
    check("addTime", r#"{"time":"2024-01-31T00:00:00Z","duration":"P1M"}"#, r#""2024-02-29T00:00:00.000Z""#);
    check("subtractTime", r#"{"time":"2024-03-01T00:00:00Z","duration":"P1DT1H"}"#, r#""2024-02-28T23:00:00.000Z""#);
    check_refused("subtractTime", r#"{"time":"2024-03-01T00:00:00Z","duration":"P1M"}"#, "duration");
    check_refused("addTime", r#"{"time":"2024-03-01T00:00:00Z","duration":"P9999999Y"}"#, "duration");
    check_refused("addTime", r#"{"time":"2024-03-01T00:00:00Z","duration":"5 minutes"}"#, "duration");
    let range = r#""start":"2024-03-01T00:00:00Z","end":"2024-03-02T12:00:00Z""#;
    check("timeDifference", &format!("{{{range}}}"), "129600");
    check("timeDifference", &format!(r#"{{{range},"unit":"days"}}"#), "1.5");
    check_refused("timeDifference", &format!(r#"{{{range},"unit":"weeks"}}"#), "unit");
}

#[test]
fn numbers() {
    check("add", r#"{"a":9007199254740993,"b":1}"#, "9007199254740994");
    check("add", r#"{"a":9223372036854775807,"b":1}"#, "9223372036854775808");
    check("add", r#"{"a":1.5,"b":1}"#, "2.5");
    check("subtract", r#"{"a":1,"b":3}"#, "-2");
    check("multiply", r#"{"a":12345678901234567890,"b":10}"#, "123456789012345678900");
    check("divide", r#"{"a":6,"b":3}"#, "2");
    check("divide", r#"{"a":1,"b":4}"#, "0.25");
    check_refused("divide", r#"{"a":1,"b":0}"#, "b: it must not be 0");
    check_refused("divide", r#"{"a":1,"b":-0.0}"#, "b: it must not be 0");
    check("modulo", r#"{"a":-7,"b":3}"#, "2");
    check("modulo", r#"{"a":7.5,"b":2}"#, "1.5");
    check_refused("multiply", r#"{"a":1e300,"b":1e300}"#, "too large");
    check("round", r#"{"number":2.5}"#, "3");
    check("round", r#"{"number":-2.345,"digits":2,"mode":"down"}"#, "-2.34");
    check("round", r#"{"number":2.1,"mode":"up"}"#, "3");
    check("round", r#"{"number":12345678901234567890}"#, "12345678901234567890");
    check_refused("round", r#"{"number":1.5,"digits":99}"#, "digits");
    check_refused("round", r#"{"number":1.5,"mode":"sideways"}"#, "mode");
    check("absolute", r#"{"number":-3}"#, "3");
    check("minimum", r#"{"numbers":[3,1.50,2]}"#, "1.50");
    check("maximum", r#"{"numbers":[9007199254740992,9007199254740993]}"#, "9007199254740993");
    check_refused("maximum", r#"{"numbers":[]}"#, "numbers");
    check_refused("sum", r#"{"numbers":[1,"2"]}"#, "numbers[1]: expected number, got string");
    check("sum", r#"{"numbers":[1,2.5]}"#, "3.5");
    check("sum", r#"{"numbers":[]}"#, "0");
    check("average", r#"{"numbers":[1,2]}"#, "1.5");
}

#[test]
fn regular_expressions() {
    check("isMatch", r#"{"input":"user=Bob","pattern":"user=\\w+"}"#, "true");
    check("isMatch", r#"{"input":"xuser","pattern":"^user"}"#, "false");
    check("isMatch", r#"{"input":"BOB","pattern":"bob","ignoreCase":true}"#, "true");
    check(
        "regexExtract",
        r#"{"input":"a=1 b=2","pattern":"(?P<key>\\w)=(\\d)(x)?"}"#,
        r#"{"text":"a=1","groups":["a","1",null],"names":{"key":"a"}}"#,
    );
    check("regexExtract", r#"{"input":"a","pattern":"b"}"#, "null");
    check(
        "regexExtractAll",
        r#"{"input":"1 22","pattern":"\\d+"}"#,
        r#"[{"text":"1","groups":[],"names":{}},{"text":"22","groups":[],"names":{}}]"#,
    );
    check_refused("isMatch", r#"{"input":"a","pattern":"(?=a)"}"#, "pattern: not a regular expression");
    check_refused("isMatch", r#"{"input":"a","pattern":"(a{1000}){1000}"}"#, "too complex");
}

#[test]
fn hostile_patterns_and_inputs_end_soon() {
    let long = "a".repeat(400 << 10);
    let refused = |name: &str, members: &[(&str, Value)]| {
        let started = Instant::now();
        let outcome = call(name, &Value::object(members.iter().cloned()));
        assert!(started.elapsed() < Duration::from_secs(20), "{name} took {:?}", started.elapsed());
        outcome.map(|value| value.size()).expect_err(name)
    };
    let text = |text: &str| Value::from(text);
    refused("isMatch", &[("input", text(&"a".repeat(600 << 10))), ("pattern", text("a"))]);
    refused("isMatch", &[("input", text("a")), ("pattern", text(&"(".repeat(2000)))]);
    // Every position is a match, but only after a look at the whole rest.
    refused("regexExtractAll", &[("input", text(&long)), ("pattern", text(".*[^a]|a"))]);
    refused("regexExtractAll", &[("input", text(&long)), ("pattern", text(&"()".repeat(400)))]);
    refused(
        "stringReplace",
        &[("originString", text(&long)), ("target", text("a")), ("replacement", text(&"b".repeat(1 << 20)))],
    );
    refused(
        "stringReplace",
        &[("originString", text(&long)), ("target", text("a+")), ("replacement", text(&"$0".repeat(1 << 20)))],
    );
    refused("stringJoin", &[("list", Value::list(vec![text(""); 1000])), ("separator", text(&"b".repeat(1 << 20)))]);
    refused("stringLength", &[("sourceString", text(&"a".repeat(5 << 20)))]);
    let catastrophic = call("isMatch", &Value::object([("input", text(&long)), ("pattern", text("(a*)*b"))]));
    assert_eq!(catastrophic.map(|value| value.get("result").clone()), Ok(Value::from(false)));
}

#[test]
fn addresses() {
    check(
        "extractIps",
        r#"{"sourceString":"from 10.0.0.1:443, 8.8.8[.]8 and 10.0.0.1. v6: 2001:db8::1, [::1]:80 at 12:30:45; 999.1.1.1 1.2.3.4.5 v1.2.3.4x"}"#,
        r#"["10.0.0.1","8.8.8.8","2001:db8::1","::1"]"#,
    );
    check("extractIps", r#"{"sourceString":"10.0.0.1 8.8.8.8","publicOnly":true}"#, r#"["8.8.8.8"]"#);
    check("isPrivateIp", r#"{"ip":"192.168.1.1"}"#, "true");
    check("isPrivateIp", r#"{"ip":"::ffff:127.0.0.1"}"#, "true");
    check("isPrivateIp", r#"{"ip":"1.1.1.1"}"#, "false");
    check_refused("isPrivateIp", r#"{"ip":"1.1.1"}"#, "ip");
    check(
        "describeIp",
        r#"{"ip":"2001:0DB8:0:0:0:0:0:1"}"#,
        r#"{"ip":"2001:db8::1","version":6,"private":true,"purpose":"documentation"}"#,
    );
    check("isIpInCidr", r#"{"ip":"10.1.2.3","cidrs":["192.168.0.0/16","10.0.0.0/8"]}"#, "true");
    check("isIpInCidr", r#"{"ip":"::ffff:10.1.2.3","cidrs":["10.0.0.0/8"]}"#, "true");
    check("isIpInCidr", r#"{"ip":"11.1.2.3","cidrs":["10.0.0.0/8","11.1.2.4"]}"#, "false");
    check_refused("isIpInCidr", r#"{"ip":"10.1.2.3","cidrs":["10.0.0.0/8","x"]}"#, "cidrs[1]");
}

#[test]
fn indicators() {
    check(
        "extractDomains",
        r#"{"sourceString":"see Evil.Example.COM, evil[.]example(.)com, bücher.de. File a.exe or 1.2.3.4, mail x@corp.org"}"#,
        r#"["evil.example.com","xn--bcher-kva.de","corp.org"]"#,
    );
    check(
        "extractUrls",
        r#"{"sourceString":"(https://a.example/x?y=(1)), hxxp://b[.]example/p. http://a.example/, nothing://z"}"#,
        r#"["https://a.example/x?y=(1)","http://b.example/p","http://a.example/"]"#,
    );
    check(
        "extractEmails",
        r#"{"sourceString":"Bob.X+tag@Corp.Example, bob[@]corp[.]example, not@this, @no.example"}"#,
        r#"["Bob.X+tag@corp.example","bob@corp.example"]"#,
    );
    check(
        "extractHashes",
        r#"{"sourceString":"900150983CD24FB0D6963F7D28E17F72 900150983cd24fb0d6963f7d28e17f72 a9993e364706816aba3e25717850c26c9cd0d89d 900150983cd24fb0d6963f7d28e17f7"}"#,
        r#"[{"type":"md5","value":"900150983cd24fb0d6963f7d28e17f72"},{"type":"sha1","value":"a9993e364706816aba3e25717850c26c9cd0d89d"}]"#,
    );
    for (indicator, kind, value) in [
        ("1.2.3[.]4", "ipv4", "1.2.3.4"),
        ("2001:DB8::1", "ipv6", "2001:db8::1"),
        ("10.0.0.0/8", "cidr", "10.0.0.0/8"),
        ("hxxps://evil[.]example/a", "url", "https://evil.example/a"),
        ("a@Evil.example", "email", "a@evil.example"),
        ("EVIL.example.", "domain", "evil.example"),
        ("900150983CD24FB0D6963F7D28E17F72", "md5", "900150983cd24fb0d6963f7d28e17f72"),
        ("malware.exe", "unknown", "malware.exe"),
        ("what is this", "unknown", "what is this"),
        ("", "unknown", ""),
    ] {
        check(
            "classifyIndicator",
            &Value::object([("indicator", Value::from(indicator))]).to_json(),
            &format!(r#"{{"type":"{kind}","value":"{value}"}}"#),
        );
    }
    let plain = r#"{"sourceString":"see https://evil.example/a.b and x@corp.example. End"}"#;
    let broken = r#""see hxxps://evil[.]example/a[.]b and x[@]corp[.]example. End""#;
    check("defang", plain, broken);
    check("defang", &format!(r#"{{"sourceString":{broken}}}"#), broken);
    check(
        "refang",
        &format!(r#"{{"sourceString":{broken}}}"#),
        r#""see https://evil.example/a.b and x@corp.example. End""#,
    );
    check(
        "refang",
        r#"{"sourceString":"hxxp[:]//a[dot]example (at) b {.} c fxp://x"}"#,
        r#""http://a.example@b.c ftp://x""#,
    );
    check("normalizeDomain", r#"{"domain":" BÜCHER[.]Example. "}"#, r#""xn--bcher-kva.example""#);
    check_refused("normalizeDomain", r#"{"domain":"1.2.3.4"}"#, "domain");
    check(
        "parseUrl",
        r#"{"url":"hxxp://User@Evil[.]example:8080/p/a?x=1&x=2&y=#f"}"#,
        r##"{"url":"http://User@evil.example:8080/p/a?x=1&x=2&y=#f","scheme":"http","host":"evil.example","port":8080,"path":"/p/a","query":{"x":["1","2"],"y":[""]},"fragment":"f"}"##,
    );
    check_refused("parseUrl", r#"{"url":"mailto:x"}"#, "url");
}

#[test]
fn inputs_are_checked_against_the_manifest() {
    check_refused("add", r#"{"a":1}"#, "b: this parameter is required");
    check_refused("add", r#"{"a":1,"b":null}"#, "b: this parameter is required");
    check_refused("add", r#"{"a":1,"b":"2"}"#, "b: expected number, got string");
    check_refused("add", r#"{"a":1,"b":2,"c":3}"#, "c: 'add' has no such parameter");
    check_refused("add", "[1,2]", "must be an object");
    check_refused("add", "null", "a: this parameter is required; b: this parameter is required");
    let component = component();
    let action = component.action("stringJoin").expect("exists");
    assert!(action.check_names(["list"]).is_empty());
    assert_eq!(action.check_names(["separator", "x"]).len(), 2);
}

#[test]
fn there_are_enough_functions() {
    assert!(component().actions.len() >= 60);
}
