//! What each hit policy makes of the rules that match.

use crate::support::check;

#[test]
fn unique_takes_the_one_rule_that_matches() {
    check(
        r#"UNIQUE
        in score
        out response
        < 4 => "log"
        [4..7] => "watch"
        >= 7 => "block""#,
        &[
            (r#"{"score": 1}"#, r#""log" by 1"#),
            (r#"{"score": 6.9}"#, r#""watch" by 2"#),
            (r#"{"score": 9.8}"#, r#""block" by 3"#),
            (
                r#"{"score": 7.0}"#,
                "Decision.NotUnique: decision 'D': rules 2 and 3 match, and hit policy UNIQUE allows one",
            ),
            (r#"{"score": null}"#, "null by -"),
        ],
    );
}

#[test]
fn many_rules_of_a_fault_are_not_all_named() {
    let text = format!("UNIQUE\nin x\nout y\n{}", "- => 1\n".repeat(12));
    let message =
        "decision 'D': rules 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more match, and hit policy UNIQUE allows one";
    check(&text, &[(r#"{"x": 1}"#, &format!("Decision.NotUnique: {message}"))]);
}

#[test]
fn first_takes_the_first_rule_that_matches() {
    check(
        r#"FIRST
        in score
        out response
        >= 9 => "isolate"
        >= 7 => "block"
        - => "log""#,
        &[
            (r#"{"score": 9.5}"#, r#""isolate" by 1"#),
            (r#"{"score": 8}"#, r#""block" by 2"#),
            (r#"{"score": "?"}"#, r#""log" by 3"#),
        ],
    );
}

#[test]
fn any_takes_what_all_rules_that_match_say() {
    check(
        r#"ANY
        in score
        in asset
        out response
        out weight
        >= 7 | - => "block" | 1.0
        - | "server" => "block" | 1
        < 3 | - => "log" | 0"#,
        &[
            (r#"{"score": 8, "asset": "server"}"#, r#"{"response":"block","weight":1.0} by 1,2"#),
            (r#"{"score": 5, "asset": "server"}"#, r#"{"response":"block","weight":1} by 2"#),
            (
                r#"{"score": 1, "asset": "server"}"#,
                "Decision.NotAny: decision 'D': rules 2 and 3 match with different outputs, which hit policy ANY forbids",
            ),
            (r#"{"score": 5, "asset": "laptop"}"#, "null by -"),
        ],
    );
}

#[test]
fn priority_takes_the_rule_whose_output_comes_first_in_its_values() {
    check(
        r#"PRIORITY
        in score
        in asset
        out response : "isolate", "block", "log"
        - | - => "log"
        >= 7 | - => "block"
        - | "server" => "isolate"
        > 100 | - => "shrug""#,
        &[
            (r#"{"score": 8, "asset": "server"}"#, r#""isolate" by 3,2,1"#),
            (r#"{"score": 8, "asset": "laptop"}"#, r#""block" by 2,1"#),
            (r#"{"score": 1, "asset": "laptop"}"#, r#""log" by 1"#),
            (
                r#"{"score": 101, "asset": "x"}"#,
                r#"Decision.NoPriority: decision 'D': rule 4, output 'response' is "shrug", which is not in the output values that PRIORITY goes by"#,
            ),
        ],
    );
}

#[test]
fn outputs_on_the_left_go_before_those_on_the_right() {
    let text = r#"
        in x
        out team : "soc", "it"
        out note
        out hours : 1, [2..4], 8
        - => "it" | "a" | 1
        - => "soc" | "b" | 8
        - => "soc" | "c" | 3
        - => "soc" | "d" | 2"#;
    let cases = |expected: &str| vec![(r#"{"x": 1}"#.to_owned(), expected.to_owned())];
    for (policy, cases) in [
        ("PRIORITY", cases(r#"{"team":"soc","note":"c","hours":3} by 3,4,2,1"#)),
        (
            "OUTPUT ORDER",
            cases(
                r#"[{"team":"soc","note":"c","hours":3},{"team":"soc","note":"d","hours":2},{"team":"soc","note":"b","hours":8},{"team":"it","note":"a","hours":1}] by 3,4,2,1"#,
            ),
        ),
    ] {
        let cases: Vec<(&str, &str)> =
            cases.iter().map(|(input, expected)| (input.as_str(), expected.as_str())).collect();
        check(&format!("{policy}{text}"), &cases);
    }
}

#[test]
fn rule_order_and_collect_list_all_in_the_order_of_the_table() {
    for policy in ["RULE ORDER", "COLLECT"] {
        check(
            &format!(
                r#"{policy}
                in score
                out step
                >= 7 => "notify"
                >= 9 => "isolate"
                >= 0 => "log""#
            ),
            &[
                (r#"{"score": 9}"#, r#"["notify","isolate","log"] by 1,2,3"#),
                (r#"{"score": 7}"#, r#"["notify","log"] by 1,3"#),
                (r#"{"score": -1}"#, "null by -"),
            ],
        );
    }
}

#[test]
fn output_order_lists_all_by_their_values() {
    check(
        r#"OUTPUT ORDER
        in score
        out step : "isolate", "notify", "log"
        >= 7 => "notify"
        >= 9 => "isolate"
        >= 0 => "log""#,
        &[
            (r#"{"score": 9}"#, r#"["isolate","notify","log"] by 2,1,3"#),
            (r#"{"score": 8}"#, r#"["notify","log"] by 1,3"#),
        ],
    );
}

#[test]
fn collect_aggregates_numbers() {
    let rules = "
        in kind
        out points
        - => 2
        \"malware\", \"c2\" => 5.5
        \"c2\" => 3";
    for (aggregation, all, one) in [("SUM", "10.5", "2"), ("MIN", "2", "2"), ("MAX", "5.5", "2"), ("COUNT", "3", "1")] {
        check(
            &format!("COLLECT {aggregation}{rules}"),
            &[(r#"{"kind": "c2"}"#, &format!("{all} by 1,2,3")), (r#"{"kind": "spam"}"#, &format!("{one} by 1"))],
        );
    }
}

#[test]
fn collect_aggregates_durations_and_times() {
    check(
        r#"COLLECT MIN
        in severity
        out sla
        - => duration("P3D")
        "High", "Fatal" => duration("PT12H")
        "Fatal" => duration("PT4H")"#,
        &[
            (r#"{"severity": "Fatal"}"#, r#""PT4H" by 1,2,3"#),
            (r#"{"severity": "High"}"#, r#""PT12H" by 1,2"#),
            (r#"{"severity": "Low"}"#, r#""P3D" by 1"#),
        ],
    );
}

#[test]
fn what_cannot_be_aggregated_is_a_fault() {
    for aggregation in ["SUM", "MIN", "MAX"] {
        check(
            &format!("COLLECT {aggregation}\nin x\nout y\n- => \"a\"\n> 1 => \"b\""),
            &[(
                r#"{"x": 2}"#,
                &format!(
                    "Decision.Aggregation: decision 'D': {aggregation} of rules 1 and 2: numbers, durations or times are \
                     needed, not a value of the kind string"
                ),
            )],
        );
    }
    check(
        "COLLECT SUM\nin x\nout y\n- => 1\n- => ",
        &[(
            r#"{"x": 2}"#,
            "Decision.Aggregation: decision 'D': SUM of rules 1 and 2: a number and a value of the kind null have no order \
             and no sum",
        )],
    );
}

#[test]
fn without_a_rule_that_matches_the_defaults_are_the_result() {
    for policy in ["UNIQUE", "FIRST", "ANY", "RULE ORDER", "COLLECT", "COLLECT SUM", "COLLECT COUNT"] {
        check(&format!("{policy}\nin x\nout y ? 7\n1 => 8"), &[(r#"{"x": 2}"#, "7 by -")]);
        check(&format!("{policy}\nin x\nout y\n1 => 8"), &[(r#"{"x": 2}"#, "null by -")]);
    }
    for policy in ["PRIORITY", "OUTPUT ORDER"] {
        check(&format!("{policy}\nin x\nout y : 7, 8 ? 7\n1 => 8"), &[(r#"{"x": 2}"#, "7 by -")]);
    }
    check(
        "UNIQUE\nin x\nout y ? x + 1\nout z\n1 => 8 | 9",
        &[(r#"{"x": 2}"#, r#"{"y":3,"z":null} by -"#), (r#"{"x": 1}"#, r#"{"y":8,"z":9} by 1"#)],
    );
}
