//! Documents as modellers write them.

use crate::support::{NS, check_problems, definitions, lines, outcome, read, sheet};

#[test]
fn every_version_of_the_standard_is_read() {
    let xml = definitions(&format!(r#"<decision id="d">{}</decision>"#, sheet("UNIQUE\nin x\nout y\n1 => 2")));
    assert!(dmn::NAMESPACES.contains(&NS) && dmn::NAMESPACES.len() == 5);
    for namespace in dmn::NAMESPACES {
        assert_eq!(outcome(&read(&xml.replace(NS, namespace)), "d", r#"{"x": 1}"#), "2 by 1");
    }
}

#[test]
fn prefixes_comments_drawing_and_other_vocabularies_change_nothing() {
    let xml = format!(
        r##"<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment -->
<dmn:definitions xmlns:dmn="{NS}" xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:tool="urn:tool"
    id="defs" name="Response" namespace="urn:x" exporter="tool" typeLanguage="any" tool:version="1">
  <dmn:description>words</dmn:description>
  <dmn:extensionElements><tool:thing/></dmn:extensionElements>
  <dmn:itemDefinition id="type" name="severity"><dmn:typeRef>string</dmn:typeRef></dmn:itemDefinition>
  <dmn:inputData id="in" name="severity"><dmn:variable id="v" name="severity" typeRef="severity"/></dmn:inputData>
  <dmn:knowledgeSource id="policy" name="Policy"/>
  <tool:invocation/>
  <dmn:decision id="d" name="D" tool:x="1">
    <dmn:description>words</dmn:description>
    <dmn:question>What to do?</dmn:question>
    <dmn:allowedAnswers>any</dmn:allowedAnswers>
    <dmn:variable name="D" typeRef="string"/>
    <dmn:informationRequirement id="q"><dmn:requiredInput href="#in"/></dmn:informationRequirement>
    <dmn:authorityRequirement id="a"><dmn:requiredAuthority href="#policy"/></dmn:authorityRequirement>
    <dmn:decisionTable id="t" hitPolicy="FIRST" preferredOrientation="Rule-as-Row" outputLabel="what">
      <tool:thing/>
      <dmn:input id="i" label="Severity" tool:width="192">
        <dmn:inputExpression id="ie" typeRef="string"><dmn:text>severity</dmn:text></dmn:inputExpression>
        <dmn:inputValues id="iv"><dmn:text>"High",<!-- so --> "Low"</dmn:text></dmn:inputValues>
      </dmn:input>
      <dmn:output id="o" label="Response" name="response" typeRef="string"/>
      <dmn:annotation name="why"/>
      <dmn:annotation name="who"/>
      <dmn:rule id="r1">
        <dmn:description> the worst </dmn:description>
        <dmn:inputEntry id="c1"><dmn:text><![CDATA["High"]]></dmn:text></dmn:inputEntry>
        <dmn:outputEntry id="c2"><dmn:text>"iso<![CDATA[late"]]></dmn:text></dmn:outputEntry>
        <dmn:annotationEntry><dmn:text>as agreed</dmn:text></dmn:annotationEntry>
        <dmn:annotationEntry><dmn:text/></dmn:annotationEntry>
      </dmn:rule>
      <dmn:rule id="r2"><dmn:inputEntry id="c3"/><dmn:outputEntry id="c4"><dmn:text/></dmn:outputEntry></dmn:rule>
    </dmn:decisionTable>
  </dmn:decision>
  <dmn:textAnnotation id="note"><dmn:text>words</dmn:text></dmn:textAnnotation>
  <dmn:association id="assoc"><dmn:sourceRef href="#d"/><dmn:targetRef href="#note"/></dmn:association>
  <dmndi:DMNDI><dmndi:DMNDiagram id="diagram"/></dmndi:DMNDI>
</dmn:definitions>"##
    );
    let definitions = read(&xml);
    assert!(definitions.warnings().is_empty(), "{:?}", lines(definitions.warnings()));
    assert_eq!(outcome(&definitions, "d", r#"{"severity": "High"}"#), r#""isolate" by 1"#);
    assert_eq!(outcome(&definitions, "D", r#"{"severity": "Low"}"#), "null by 2");
    let decision = definitions.decision("d").unwrap();
    let annotations = |rule: usize| decision.annotations(rule).iter().map(|text| &**text).collect::<Vec<_>>();
    assert_eq!(annotations(1), ["the worst", "as agreed"]);
    assert!(annotations(0).is_empty() && annotations(2).is_empty() && annotations(3).is_empty());
    assert!(read(&format!("\u{FEFF}{xml}")).decision("d").is_some());
}

#[test]
fn feel_is_the_language_whatever_it_is_called() {
    let xml = |language: &str| {
        let table = sheet("UNIQUE\nin x\nout y\n1 => 2")
            .replace("<inputEntry>", &format!(r#"<inputEntry id="cell" expressionLanguage="{language}">"#));
        definitions(&format!(r#"<decision id="d">{table}</decision>"#))
    };
    for language in [
        "http://www.omg.org/spec/FEEL/20140401",
        "http://www.omg.org/spec/DMN/20180521/FEEL/",
        "https://www.omg.org/spec/DMN/20191111/FEEL/",
        "https://www.omg.org/spec/DMN/20211108/FEEL/",
        "https://www.omg.org/spec/DMN/20230324/FEEL",
        "feel",
        "FEEL",
        "S-FEEL",
    ] {
        assert_eq!(outcome(&read(&xml(language)), "d", r#"{"x": 1}"#), "2 by 1", "{language}");
        let root = xml("feel").replace(r#"id="defs""#, &format!(r#"id="defs" expressionLanguage="{language}""#));
        assert_eq!(outcome(&read(&root), "d", r#"{"x": 1}"#), "2 by 1", "{language}");
    }
    let refused =
        |language: &str| format!("the expression language '{language}' is not understood; only FEEL, as far as S-FEEL");
    for language in ["juel", "javascript", "http://www.omg.org/spec/DMN/uninterpreted/20140801", ""] {
        check_problems(&xml(language), &[&format!("error expression_language cell line 1: {}", refused(language))]);
    }
    let root = xml("feel").replace(r#"id="defs""#, r#"id="defs" expressionLanguage="juel""#);
    check_problems(&root, &[&format!("error expression_language defs line 1: {}", refused("juel"))]);
}

#[test]
fn other_documents_are_not_dmn() {
    let wrong = |name: &str, namespace: &str| {
        format!(
            "error document - line 1: the root element is '{name}' of the namespace '{namespace}', not 'definitions' of DMN \
             1.1 to 1.5 (like {NS})"
        )
    };
    let bpmn = "http://www.omg.org/spec/BPMN/20100524/MODEL";
    check_problems(&format!("<definitions xmlns='{bpmn}'/>"), &[&wrong("definitions", bpmn)]);
    check_problems("<definitions/>", &[&wrong("definitions", "")]);
    check_problems(&format!("<decision xmlns='{NS}'/>"), &[&wrong("decision", NS)]);
    check_problems(&definitions(""), &["error document defs line 1: the document has no decision"]);
}
