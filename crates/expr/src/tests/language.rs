//! Literals, members, operators.

use super::check;

#[test]
fn literals() {
    check("1", "1");
    check("-1", "-1");
    check("007", "7");
    check("0x1F", "31");
    check("5u", "5");
    check("1.50", "1.5");
    check(".5", "0.5");
    check("-2e3", "-2000.0");
    check("9223372036854775807", "9223372036854775807");
    check("-9223372036854775808", "-9223372036854775808");
    check("12345678901234567890", "12345678901234567890");
    check("true", "true");
    check("null", "null");
    check("'a'", r#""a""#);
    check(r#""it's""#, r#""it's""#);
    check(r"'it\'s \u4e2d \x41 \101 \U0001F600 \n'", "\"it's 中 A A 😀 \\n\"");
    check(r"r'\d+'", r#""\\d+""#);
    check("'''a\n'b' '''", "\"a\\n'b' \"");
    check("'${not a template}'", r#""${not a template}""#);
    check("[1, 'a', null, [true]]", r#"[1,"a",null,[true]]"#);
    check("[]", "[]");
    check("{'a': 1, 'b': {'c': x}}", r#"{"a":1,"b":{"c":5}}"#);
    check("{}", "{}");
    check("{1: 'one', true: 'yes', name: 'by value'}", r#"{"1":"one","true":"yes","web":"by value"}"#);
    check("1 // one\n + 1 // two", "2");
}

#[test]
fn members_and_items() {
    check("data_object.alert.severity", "3");
    check("data_object.absent.deeper.still", "null");
    check("data_object.gone.member", "null");
    check("data_object.title.member", "null");
    check("data_object.in", r#""member""#);
    check("data_object.`odd-key`", r#""dash""#);
    check("data_object['odd-key']", r#""dash""#);
    check("data_object.告警", r#""名""#);
    check("data_object.ports[0]", "22");
    check("data_object.ports[2.0]", "443");
    check("data_object.ports[3]", "null");
    check("data_object.ports[-1]", "null");
    check("data_object.ports[0.5]", "null");
    check("data_object.ports[null]", "null");
    check("data_object.absent[0]['a']", "null");
    check("nodes.lookup.output.hits[1].n", "2");
    check("nodes['lookup'].output.found", "true");
    check("loop.index", "4");
    check("{'1': 'a'}[1]", r#""a""#);
    check("{'a': {'b': 1}}.a.b", "1");
    check("'text'[0]", "null");
}

#[test]
fn has_tells_null_from_absent() {
    check("has(data_object.gone)", "true");
    check("has(data_object.absent)", "false");
    check("has(data_object.absent.deeper)", "false");
    check("has(data_object['odd-key'])", "true");
    check("has(data_object.ports[2])", "true");
    check("has(data_object.ports[3])", "false");
}

#[test]
fn integers_stay_integers_where_they_can() {
    check("7 + 2", "9");
    check("7 - 9", "-2");
    check("7 * 2", "14");
    check("7 % 3", "1");
    check("-7 % 3", "-1");
    check("6 / 3", "2");
    check("7 / 2", "3.5");
    check("1 + 1.5", "2.5");
    check("1.5 + 1.5", "3.0");
    check("5.5 % 2", "1.5");
    check("2 - -2", "4");
    check("-x", "-5");
    check("--x", "5");
    check("2 + 3 * 4 - 6 / 3", "12");
    check("(2 + 3) * 4", "20");
    check("10 - 4 - 3", "3");
}

#[test]
fn integers_beyond_64_bits_become_floats() {
    check("9223372036854775807 + 1", "9.223372036854776e+18");
    check("type(9223372036854775807 * 9223372036854775807)", r#""number""#);
    check("-9223372036854775808 % -1", "0");
    check("-(-9223372036854775808) > 9223372036854775807", "true");
    check("12345678901234567890 - 1 > 0", "true");
}

#[test]
fn numbers_compare_by_value() {
    check("1 == 1.0", "true");
    check("2 > 1.5", "true");
    check("data_object.score >= 7.5", "true");
    check("9007199254740993 > 9007199254740992.0", "true");
    check("12345678901234567890 < 12345678901234567891", "true");
    check("0.1 + 0.2 == 0.3", "false");
    check("-0.0 == 0", "true");
}

#[test]
fn strings_booleans_and_containers_compare() {
    check("'a' < 'b'", "true");
    check("'Z' < 'a'", "true");
    check("'é' > 'z'", "true");
    check("false < true", "true");
    check("[1, 2.0] == [1.0, 2]", "true");
    check("{'a': 1, 'b': 2} == {'b': 2.0, 'a': 1}", "true");
    check("{'a': 1} == {'a': 1, 'b': null}", "false");
    check("[1] != [2]", "true");
}

#[test]
fn values_of_different_kinds_are_unequal() {
    check("1 == '1'", "false");
    check("1 != '1'", "true");
    check("true == 1", "false");
    check("[] == {}", "false");
    check("null == false", "false");
    check("null == ''", "false");
    check("null == null", "true");
}

#[test]
fn comparing_with_null_is_false() {
    for operator in ["<", "<=", ">", ">="] {
        check(&format!("data_object.absent {operator} 1"), "false");
        check(&format!("1 {operator} data_object.absent"), "false");
        check(&format!("null {operator} null"), "false");
    }
}

#[test]
fn logic_stops_at_the_answer_and_takes_null_for_false() {
    check("false && 1 / 0 == 1", "false");
    check("true || 1 / 0 == 1", "true");
    check("data_object.absent || true", "true");
    check("data_object.absent && true", "false");
    check("!data_object.absent", "true");
    check("true ? 1 : 1 / 0", "1");
    check("data_object.absent ? 1 : 2", "2");
    check("x > 9 ? 'a' : x > 4 ? 'b' : 'c'", r#""b""#);
    check("true && true && false || true && !false", "true");
    check("!!true", "true");
}

#[test]
fn membership() {
    check("'ssh' in data_object.tags", "true");
    check("22.0 in data_object.ports", "true");
    check("'22' in data_object.ports", "false");
    check("'title' in data_object", "true");
    check("'absent' in data_object", "false");
    check("1 in data_object.absent", "false");
    check("null in data_object", "false");
    check("null in [1, null]", "true");
}

#[test]
fn strings_and_lists_concatenate() {
    check("'a' + 'b' + name + '!'", r#""abweb!""#);
    check("[1] + [x] + []", "[1,5]");
    check("'n=' + string(1 + 2)", r#""n=3""#);
    check("'a' + ('b' + 'c') + 'd'", r#""abcd""#);
}

#[test]
fn reserved_words_of_cel_are_plain_names_here() {
    let scope = super::Value::from_json(r#"{"package": 1, "namespace": 2, "var": 3}"#).expect("JSON");
    let program = crate::Program::compile("package + namespace + var").expect("compiles");
    let value = program.eval(scope.as_map().expect("an object"), &mut crate::Budget::default());
    assert_eq!(value, Ok(super::Value::int(6)));
}

#[test]
fn a_program_tells_its_source_and_names() {
    let program = crate::Program::compile(" b.x + [a].map(i, i + b.y + c)[0] ").expect("compiles");
    assert_eq!(program.source(), " b.x + [a].map(i, i + b.y + c)[0] ");
    let names = program.names();
    assert_eq!(names.iter().map(|name| &**name).collect::<Vec<_>>(), ["b", "a", "c"]);
}

#[test]
fn the_braces_of_other_dialects_are_taken_off() {
    check(" ${ x + 1 } ", "6");
    check("#{x == 5 and '}' ne r'\\}'}", "true");
    assert_eq!(crate::Program::compile("${x}").expect("compiles").source(), "x");
}
