//! Documents that cannot be used, and what is said about them.

use crate::support::{check_problems, definitions, sheet, table};

/// A decision with this logic.
fn logic(inside: &str) -> String {
    definitions(&format!(r#"<decision id="d" name="D">{inside}</decision>"#))
}

#[test]
fn all_problems_are_told_at_once_with_id_and_line() {
    let xml = definitions(
        r#"
<decision id="a" name="A">
  <decisionTable id="t" hitPolicy="BEST">
    <input id="i"><inputExpression id="ie"><text>if x then 1 else 2</text></inputExpression></input>
    <output name="o"/>
    <rule id="r1">
      <inputEntry id="c1"><text>&gt; x.y</text></inputEntry>
      <outputEntry id="c2"><text>sum(x)</text></outputEntry>
    </rule>
    <rule id="r2">
      <inputEntry><text>High risk</text></inputEntry>
    </rule>
  </decisionTable>
</decision>
<decision id="b"><context/></decision>
<decision id="b"><literalExpression><text> </text></literalExpression></decision>"#,
    );
    check_problems(
        &xml,
        &[
            "error hit_policy t line 3: the hit policy 'BEST' is unknown; there are UNIQUE, FIRST, ANY, PRIORITY, RULE \
             ORDER, OUTPUT ORDER and COLLECT",
            "error expression ie line 4: input 1: only S-FEEL is understood, not 'if' at 1:1",
            "error expression c2 line 8: rule 1, output 1: only S-FEEL is understood, not the function 'sum(…)' at 1:1",
            "error table r2 line 10: rule 2 has 0 output entries, and the table has 1 outputs",
            "error expression r2 line 11: rule 2, input 1: unexpected 'risk' behind 'High': a name with spaces is not \
             understood at 1:6",
            "error unsupported_decision_logic b line 15: the logic of the decision 'b' is a context; only decision tables \
             and literal expressions are evaluated",
            "error duplicate_id b line 16: the id 'b' is also that of an element in line 15",
            "error missing_expression b line 16: the literal expression has no text",
        ],
    );
}

#[test]
fn logic_that_is_not_evaluated_is_named() {
    for (element, called) in [
        ("invocation", "an invocation"),
        ("context", "a context"),
        ("relation", "a relation"),
        ("list", "a list"),
        ("functionDefinition", "a function"),
        ("conditional", "a conditional"),
        ("filter", "a filter"),
        ("for", "a loop"),
        ("every", "a quantified expression"),
        ("some", "a quantified expression"),
    ] {
        let message = format!(
            "the logic of the decision 'D' is {called}; only decision tables and literal expressions are evaluated"
        );
        let line = format!("error unsupported_decision_logic x line 1: {message}");
        check_problems(&logic(&format!(r#"<{element} id="x"/>"#)), &[&line]);
    }
    let literal = "<literalExpression><text>1</text></literalExpression>";
    check_problems(
        &definitions(&format!(
            r##"<businessKnowledgeModel id="k" name="K"/><decision id="d" name="D">{literal}
            <knowledgeRequirement id="q"><requiredKnowledge href="#k"/></knowledgeRequirement></decision>"##
        )),
        &[
            "error unsupported_decision_logic k line 1: business knowledge models are not evaluated; write what it says as a \
             decision",
            "error unsupported_decision_logic q line 2: the decision requires a business knowledge model, which is not \
             evaluated",
        ],
    );
    check_problems(
        &definitions(&format!(r#"<import id="i" namespace="urn:y"/><decision id="d">{literal}</decision>"#)),
        &["error unsupported_import i line 1: other documents are not imported; put all decisions into one document"],
    );
}

#[test]
fn a_decision_has_one_logic_and_a_name() {
    let literal = r#"<literalExpression id="l"><text>1</text></literalExpression>"#;
    check_problems(
        &logic(""),
        &[
            "error missing_decision_logic d line 1: the decision 'D' has neither a decision table nor a literal expression",
        ],
    );
    check_problems(
        &logic(&format!("{literal}{}", literal.replace(r#""l""#, r#""m""#))),
        &["error unknown_element m line 1: the decision 'D' has more than one logic"],
    );
    check_problems(
        &definitions(&format!("<decision>{literal}</decision>")),
        &["error missing_name defs line 1: a decision needs an id or a name"],
    );
}

#[test]
fn elements_that_the_standard_does_not_have_are_named() {
    let unknown = |name: &str, id: &str| {
        format!("error unknown_element {id} line 1: '{name}' is no element of DMN that may stand here")
    };
    let table = sheet("UNIQUE\nin x\nout y\n1 => 2");
    check_problems(&definitions(&format!("<rule/><decision id='d'>{table}</decision>")), &[&unknown("rule", "defs")]);
    check_problems(&logic(&format!("<inputs/>{table}")), &[&unknown("inputs", "d")]);
    let inside = table.replace("<text>x</text>", "<text>x</text><cell/>");
    check_problems(&logic(&inside), &[&unknown("cell", "t")]);
    let imported = table.replace("<text>2</text>", "<importedValues/>");
    let message = "values are not imported; write an expression";
    check_problems(&logic(&imported), &[&format!("error unsupported_import r1 line 1: {message}")]);
    for (at, id) in [("<output", "t"), ("</output>", "t"), ("<inputEntry", "r1"), ("</input>", "t")] {
        check_problems(&logic(&table.replacen(at, &format!("<cell/>{at}"), 1)), &[&unknown("cell", id)]);
    }
}

#[test]
fn hit_policies_fit_their_tables() {
    let with = |policy: &str, rest: &str| logic(&sheet(&format!("{policy}\nin x\n{rest}")));
    let aggregated = |policy: &str, aggregation: &str| {
        logic(
            &sheet("UNIQUE\nin x\nout y\n1 => 2")
                .replace(r#"hitPolicy="UNIQUE""#, &format!(r#"hitPolicy="{policy}" aggregation="{aggregation}""#)),
        )
    };
    for (xml, message) in [
        (aggregated("COLLECT", "AVERAGE"), "the aggregation 'AVERAGE' is unknown; there are SUM, MIN, MAX and COUNT"),
        (aggregated("FIRST", "SUM"), "the aggregation SUM goes with hit policy COLLECT, not FIRST"),
        (with("COLLECT MIN", "out a\nout b\n1 => 2 | 3"), "the aggregation MIN needs a single output, not 2"),
        (
            with("PRIORITY", "out a\n1 => 2"),
            "hit policy PRIORITY goes by the output values of the outputs, the most important first; no output has any",
        ),
        (
            with("OUTPUT ORDER", "out a : -\nout b\n1 => 2 | 3"),
            "hit policy OUTPUT ORDER goes by the output values of the outputs, the most important first; no output has any",
        ),
    ] {
        check_problems(&xml, &[&format!("error hit_policy t line 1: {message}")]);
    }
}

#[test]
fn tables_have_their_columns() {
    check_problems(&table("UNIQUE\nin x\n"), &["error table t line 1: the table has no output"]);
    check_problems(
        &table("UNIQUE\nin x\nout a\nout _\nout a\n1 | 2 => 1 | 2 | 3\n1 => 1 | 2"),
        &[
            "error missing_name t line 1: output 2 needs a name, since there are several outputs",
            "error duplicate_name t line 1: two outputs have the name 'a'",
            "error table r1 line 1: rule 1 has 2 input entries, and the table has 1 inputs",
            "error table r2 line 1: rule 2 has 2 output entries, and the table has 3 outputs",
        ],
    );
    let without = sheet("UNIQUE\nin x\nin y\nout z\n- | - => 1")
        .replace("<inputExpression><text>x</text></inputExpression>", "")
        .replace("<text>y</text>", "");
    check_problems(
        &logic(&without),
        &[
            "error missing_expression t line 1: input 1 has no inputExpression",
            "error missing_expression t line 1: input 2 has no text",
        ],
    );
}

#[test]
fn every_text_of_a_table_is_checked() {
    check_problems(
        &table("UNIQUE\nin x + : a b\nout o : [1, 2] ? f(x)\n?  => -"),
        &[
            "error expression t line 1: input 1: something is missing at 1:4",
            "error expression t line 1: the values of input 1: unexpected 'b' behind 'a': a name with spaces is not \
             understood at 1:3",
            "error expression t line 1: the values of output 1: only S-FEEL is understood, not a list: the values that a \
             cell allows stand without brackets, like \"a\", \"b\" at 1:3",
            "error expression t line 1: the default of output 1: only S-FEEL is understood, not the function 'f(…)' at 1:1",
            "error expression r1 line 1: rule 1, input 1: only S-FEEL is understood, not '?': the input is what a cell \
             tests at 1:1",
            "error expression r1 line 1: rule 1, output 1: something is missing at 1:2",
        ],
    );
}

#[test]
fn of_very_many_problems_the_first_are_told() {
    let problems = dmn::read(&table(&format!("UNIQUE\nin x\nout y\n{}", "a b => 1\n".repeat(1_500)))).unwrap_err();
    assert_eq!(problems.len(), 1_001);
    assert_eq!(problems[1_000].message, "500 more problems are not listed");
    assert!(dmn::problem::rule::ALL.contains(&problems[1_000].rule));
}
