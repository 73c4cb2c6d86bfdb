//! Decisions that require others.

use expr::Budget;

use crate::support::{check_problems, definitions, escaped, lines, names, outcome, read, sheet};

/// Decisions in short, one a line: `id name/variable: required ids = expression`.
fn decisions(text: &str) -> String {
    let mut xml = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (head, expression) = line.split_once(" = ").unwrap();
        let (head, required) = head.split_once(':').unwrap();
        let (id, name) = head.split_once(' ').unwrap_or((head, head));
        let (name, variable) = name.split_once('/').map_or((name, None), |(name, variable)| (name, Some(variable)));
        let variable = variable.map(|name| format!(r#"<variable name="{name}"/>"#)).unwrap_or_default();
        let required: String = required
            .split_whitespace()
            .map(|id| {
                format!(
                    r##"<informationRequirement id="{}_{id}"><requiredDecision href="#{id}"/></informationRequirement>"##,
                    head.split(' ').next().unwrap()
                )
            })
            .collect();
        let text = escaped(expression);
        xml.push_str(&format!(
            "\n<decision id=\"{id}\" name=\"{name}\">{variable}{required}<literalExpression><text>{text}</text></literalExpression></decision>"
        ));
    }
    definitions(&xml)
}

#[test]
fn required_decisions_are_evaluated_first_and_read_by_name_or_variable() {
    let definitions = read(&decisions(
        r#"
        top top: risk weight = risk_level * weight + Weight_of_it - base
        risk Risk/risk_level: weight = score * 2
        weight Weight_of_it/weight: = 3"#,
    ));
    let run = |json: &str| definitions.evaluate("top", &names(json), &mut Budget::default());
    let decided = run(r#"{"score": 5, "base": 1}"#).unwrap();
    assert_eq!(decided.value.to_json(), "32");
    let required: Vec<String> =
        decided.required.iter().map(|one| format!("{}={}", one.decision, one.value.to_json())).collect();
    assert_eq!(required, ["weight=3", "risk=10"]);
    let reads = definitions.names("top").unwrap();
    assert_eq!(reads.iter().map(|name| &**name).collect::<Vec<_>>(), ["score", "base"]);
}

#[test]
fn a_result_hides_a_name_from_outside_and_is_seen_by_those_that_require_it_only() {
    let definitions = read(&decisions("a a: b = b + c\nb b: c = 1\nc c: = 10"));
    assert_eq!(outcome(&definitions, "a", r#"{"b": 5, "c": 7}"#), "8 by -");
    let inner = "Decision.Expression: decision 'a': unknown name 'c'";
    assert_eq!(outcome(&definitions, "a", r#"{"b": 5}"#), inner);
}

#[test]
fn rules_of_required_tables_are_told() {
    let risk = sheet("FIRST\nin cvss\nout level\n>= 9 => \"critical\"\n>= 7 => \"high\"\n- => \"low\"");
    let response = sheet("UNIQUE\nin risk\nin server\nout response\n\"critical\" | true => \"isolate\"\n\"critical\" | false => \"block\"")
        .replace(r#" id="t""#, "")
        .replace(r#" id="r"#, r#" id="s"#);
    let definitions = read(&definitions(&format!(
        r##"<inputData id="in" name="cvss"/>
        <decision id="response" name="Response">
            <informationRequirement><requiredDecision href="urn:test#risk"/></informationRequirement>
            <informationRequirement><requiredInput href="#in"/></informationRequirement>{response}</decision>
        <decision id="risk" name="Asset risk"><variable name="risk"/>{risk}</decision>"##
    )));
    assert!(definitions.warnings().is_empty(), "{:?}", lines(definitions.warnings()));
    let decided = definitions.evaluate("Response", &names(r#"{"cvss": 9.1, "server": true}"#), &mut Budget::default());
    let decided = decided.unwrap();
    assert_eq!((decided.value.to_json(), decided.rules), (r#""isolate""#.to_owned(), vec![1]));
    let required = &decided.required[0];
    assert_eq!(
        (required.decision.as_str(), required.value.as_str(), &required.rules),
        ("risk", Some("critical"), &vec![1])
    );
    let low = outcome(&definitions, "Response", r#"{"cvss": 1, "server": true}"#);
    assert_eq!(low, "null by -");
    let fault = outcome(&definitions, "Response", r#"{"server": true}"#);
    assert_eq!(fault, "Decision.Expression: decision 'Asset risk', input 'cvss': unknown name 'cvss'");
}

#[test]
fn a_decision_that_several_require_is_evaluated_once() {
    // Sixteen levels of two decisions each, which both require both below: 65,536 ways.
    let mut text = "a0 a0: = x\nb0 b0: = x\n".to_owned();
    for level in 1..16 {
        let below = level - 1;
        for name in ["a", "b"] {
            text.push_str(&format!("{name}{level} {name}{level}: a{below} b{below} = a{below} + b{below}\n"));
        }
    }
    let definitions = read(&decisions(&text));
    let mut budget = Budget { steps: 1_000, ..Budget::default() };
    let decided = definitions.evaluate("a15", &names(r#"{"x": 1}"#), &mut budget).unwrap();
    assert_eq!(decided.value.as_i64(), Some(1 << 15));
    assert_eq!(decided.required.len(), 30);
}

#[test]
fn circles_are_told_once_each() {
    check_problems(
        &decisions("a A: b = 1\nb B: c = 1\nc C: b = 1\nd D: d = 1\ne E: = 1"),
        &[
            "error cycle b_c line 3: decisions require each other in a circle: B → C → B",
            "error cycle d_d line 5: decisions require each other in a circle: D → D",
        ],
    );
}

#[test]
fn chains_are_limited() {
    let chain = |length: usize| {
        let mut text = "d1 d1: = 1\n".to_owned();
        (2..=length).for_each(|n| text.push_str(&format!("d{n} d{n}: d{} = d{} + 1\n", n - 1, n - 1)));
        decisions(&text)
    };
    assert_eq!(outcome(&read(&chain(50)), "d50", "{}"), "50 by -");
    let message = "'d51' stands on a chain of more than 50 decisions that require each other";
    check_problems(&chain(51), &[&format!("error chain d51 line 52: {message}")]);
    let long = dmn::read(&chain(5_000)).map(|_| ()).unwrap_err();
    assert_eq!(lines(&long), [format!("error chain d51 line 52: {message}")]);
}

#[test]
fn requirements_lead_to_something_in_the_document() {
    let one = |requirement: &str| {
        definitions(&format!(
            r##"<inputData id="in" name="x"/><knowledgeSource id="k"/><decision id="d" name="D">
<informationRequirement id="q">{requirement}</informationRequirement>
<literalExpression><text>1</text></literalExpression></decision>"##
        ))
    };
    for (requirement, message) in [
        (r##"<requiredDecision href="#no"/>"##, "there is no 'decision' with the id 'no'"),
        (r##"<requiredInput href="#no"/>"##, "there is no 'inputData' with the id 'no'"),
        (r##"<requiredInput href="#d"/>"##, "'d' is a 'decision', and 'inputData' is expected here"),
        (r##"<requiredDecision href="#k"/>"##, "'k' is a 'knowledgeSource', and 'decision' is expected here"),
        (r##"<requiredDecision/>"##, "there is no 'decision' with the id ''"),
        (
            r##"<requiredDecision href="urn:other#d"/>"##,
            "'urn:other' is another document; only decisions of this one can be required",
        ),
        ("", "the requirement names neither a decision nor an input"),
    ] {
        check_problems(&one(requirement), &[&format!("error reference q line 2: {message}")]);
    }
    assert_eq!(outcome(&read(&one(r##"<requiredInput href="#in"/>"##)), "d", "{}"), "1 by -");
}

#[test]
fn names_are_told_apart() {
    check_problems(
        &decisions("a A/x: = 1\nb x: = 2\nc A: = 3"),
        &[
            "error duplicate_name b line 3: two decisions, or their variables, have the name 'x'",
            "error duplicate_name c line 4: two decisions, or their variables, have the name 'A'",
        ],
    );
    let spaced = read(&decisions("a A: b = 1\nb Asset risk: = 2\nc C: d = 1\nd Other risk/other: = 2"));
    assert_eq!(
        lines(spaced.warnings()),
        [
            "warning unreadable_name a line 2: no expression can read the result of 'Asset risk', since its name is not a \
          plain word; give its variable one that is"
        ]
    );
}
