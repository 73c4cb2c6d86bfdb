//! Each function, with null and with edges.

use super::{check, check_fault};

#[test]
fn strings() {
    check("size('日本😀')", "3");
    check("size(data_object.ports)", "3");
    check("size(vars)", "6");
    check("size(null)", "0");
    check("data_object.title.contains('force')", "true");
    check("contains(data_object.title, 'nothing')", "false");
    check("data_object.absent.contains('a')", "false");
    check("data_object.ports.contains(80)", "true");
    check("data_object.contains('title')", "true");
    check("'abc'.startsWith('ab') && !'abc'.startsWith('b')", "true");
    check("'abc'.endsWith('bc') && !'abc'.endsWith('b')", "true");
    check("null.startsWith('a') || null.endsWith('a')", "false");
    check("'ÀB'.lower()", r#""àb""#);
    check("'àb'.upper()", r#""ÀB""#);
    check("'ßŉ'.upper()", r#""SSʼN""#);
    check("'ÀB'.lowerAscii()", r#""Àb""#);
    check("'àb'.upperAscii()", r#""àB""#);
    check("null.lower().upper().trim().replace('a', 'b').substring(1)", "null");
    check(r"' \t a b \n'.trim()", r#""a b""#);
    check("'a,b,,c'.split(',')", r#"["a","b","","c"]"#);
    check("'a😀'.split('')", r#"["a","😀"]"#);
    check("''.split(',')", r#"[""]"#);
    check("null.split(',')", "[]");
    check("'aXbX'.replace('X', '--')", r#""a--b--""#);
    check("'日本語'.substring(1)", r#""本語""#);
    check("'日本語'.substring(1, 2)", r#""本""#);
    check("'abc'.substring(-5, 99)", r#""abc""#);
    check("'abc'.substring(2, 1)", r#""""#);
    check("'日本語'.indexOf('語')", "2");
    check("'abc'.indexOf('z')", "-1");
    check("null.indexOf('z')", "-1");
}

#[test]
fn regular_expressions() {
    check(r"data_object.title.matches('web-[0-9]+$')", "true");
    check(r"'line\nERROR'.matches('(?m)^ERROR')", "true");
    check(r"'abc'.matches('^b')", "false");
    check("null.matches('.*')", "false");
    check(r"'日本 ４2'.matches(r'^\w')", "false");
    check(r"'a1 b'.matches(r'^[\w]\d\s\w$') && 'é-'.matches(r'^\W[^\w]$') && '[]'.matches(r'^\[[]]$')", "true");
    check(r"'日word本'.matches(r'\bword\b')", "true");
    check("data_object.tags.filter(t, t.matches('^' + 's'))", r#"["ssh","ssh"]"#);
}

#[test]
fn conversions() {
    check("int('42') + int(' -7 ') + int(1.9) + int(-1.9)", "35");
    check("int('2.9')", "2");
    check("int(null)", "null");
    check("double(2)", "2.0");
    check("double('1e3')", "1000.0");
    check("double(null)", "null");
    check("string(1.50) + string(true) + string(null) + string('a')", r#""1.5truea""#);
    check("string([1, {'a': x}])", r#""[1,{\"a\":5}]""#);
    check("bool('TRUE') && !bool('false') && !bool(null)", "true");
    check("[null, true, 1, 's', [], {}].map(v, type(v))", r#"["null","boolean","number","string","list","object"]"#);
    check("empty(0) || empty(false)", "false");
    check("coalesce(null, data_object.absent, 'last', 1 / 0)", r#""last""#);
    check("data_object.absent.coalesce(1)", "1");
    check("coalesce(null)", "null");
}

#[test]
fn lists() {
    check("['a', 1, null, true].join('-')", r#""a-1--true""#);
    check("['a', 'b'].join()", r#""ab""#);
    check("null.join(',')", r#""""#);
    check("[3, 1.5, 2].min()", "1.5");
    check("['b', 'c', 'a'].max()", r#""c""#);
    check("[].min()", "null");
    check("[1, 2.5, 3].sum()", "6.5");
    check("[].sum()", "0");
    check(
        "[1, '1', 1.0, [1], [1.0], {'a': 1, 'b': 2}, {'b': 2, 'a': 1}, null, null, true].distinct()",
        r#"[1,"1",[1],{"a":1,"b":2},null,true]"#,
    );
    check("['ab', 'c'].map(a, [a, 'x']).distinct()", r#"[["ab","x"],["c","x"]]"#);
    check("[10, 9, 9.5, -1].sort()", "[-1,9,9.5,10]");
    check("['b', 'a', 'B'].sort()", r#"["B","a","b"]"#);
    check("null.sort() + null.distinct()", "[]");
}

#[test]
fn objects_and_json() {
    check("{'b': 1, 'a': x}.keys()", r#"["b","a"]"#);
    check("{'b': 1, 'a': x}.values()", "[1,5]");
    check("null.keys() + null.values()", "[]");
    check("{'a': [1.10, null]}.toJson()", r#""{\"a\":[1.1,null]}""#);
    check(r#"fromJson('{"a": [1.10, 12345678901234567890]}').a"#, "[1.10,12345678901234567890]");
    check("fromJson(null)", "null");
}

#[test]
fn times_are_seconds() {
    check("timestamp('1970-01-01T00:01:00Z')", "60");
    check("timestamp('2025-07-18T14:44:46.735Z+0800') == timestamp('2025-07-18T06:44:46.735Z')", "true");
    check("timestamp('1970-01-01T00:00:00.25Z')", "0.25");
    check("timestamp('1970-01-02')", "86400");
    check("timestamp('2025-01-01T00:00:00Z') + duration('P1D') == timestamp('2025-01-02T00:00:00Z')", "true");
    check("duration('PT5M')", "300");
    check("duration('5m') == duration('PT300S')", "true");
    check("duration('1h30m')", "5400");
    check("duration('250ms')", "0.25");
    check("duration('1w2d')", "777600");
    check("timestamp(null)", "null");
    check("timestamp(data_object.absent) < timestamp('2025-01-01')", "false");
}

#[test]
fn networks() {
    check("inCidr('10.1.2.3', '10.0.0.0/8')", "true");
    check("data_object.alert.src_ip.inCidr('10.1.2.0/30')", "true");
    check("inCidr('10.1.2.3', '10.1.2.0/31')", "false");
    check("inCidr('192.168.0.1', '0.0.0.0/0')", "true");
    check("inCidr('10.1.2.3', '10.1.2.3')", "true");
    check("inCidr('::ffff:10.1.2.3', '10.0.0.0/8')", "true");
    check("inCidr('10.1.2.3', '::ffff:10.0.0.0/104')", "true");
    check("inCidr('2001:db8::1', '2001:db8::/32')", "true");
    check("inCidr('2001:db8::1', '::/0')", "true");
    check("inCidr('10.1.2.3', '::/0')", "false");
    check("inCidr('web-01', '10.0.0.0/8')", "false");
    check("inCidr(null, '10.0.0.0/8')", "false");
}

#[test]
fn arguments_of_the_wrong_kind_are_faults() {
    check_fault(
        "x.contains('a')",
        "contains() needs a string, a list or an object as argument 1, not the number 5 at 1:3",
    );
    check_fault("name.contains(x)", "contains() needs a string as argument 2, not the number 5 at 1:6");
    check_fault("name.startsWith(null)", "startsWith() needs a string as argument 2, not null at 1:6");
    check_fault("name.replace('', 'a')", "replace() cannot replace an empty string at 1:6");
    check_fault("name.substring('a')", "substring() needs a whole number as argument 2, not string at 1:6");
    check_fault("int('ten')", "int() cannot read 'ten' as a number at 1:1");
    check_fault("int(1e300)", "int() cannot make an integer of 64 bits of so large a number at 1:1");
    check_fault("double('1e999')", "double() cannot make a double of so large a number at 1:1");
    check_fault("bool('maybe')", "bool() cannot read 'maybe' as a boolean at 1:1");
    check_fault(
        "[1, 'a'].sort()",
        "sort() needs only numbers or only strings; there is number and string in the list at 1:10",
    );
    check_fault("[null].max()", "max() needs only numbers or only strings; there is null in the list at 1:8");
    check_fault("[1, null].sum()", "sum() needs a list of numbers; there is null in it at 1:11");
    check_fault("keys([1])", "keys() needs an object as argument 1, not list at 1:1");
    check_fault("fromJson('{')", "fromJson() cannot read the text as JSON (line 1, column 1 of it) at 1:1");
    check_fault("timestamp('noon')", "timestamp() cannot read 'noon' as a time like 2025-07-18T06:44:46Z at 1:1");
    check_fault("duration('5 minutes')", "duration() cannot read '5 minutes' as a duration like PT5M or 5m at 1:1");
    check_fault(
        "duration('99999999999999999999s')",
        "duration() cannot read '99999999999999999999s' as a duration like PT5M or 5m at 1:1",
    );
    check_fault("duration('')", "duration() cannot read '' as a duration like PT5M or 5m at 1:1");
    check_fault(
        "inCidr('10.0.0.1', '10.0.0.0/33')",
        "inCidr() cannot read '10.0.0.0/33' as a network like 10.0.0.0/8 at 1:1",
    );
    check_fault("name.matches('(' + name)", "not a regular expression (unclosed group) at 1:6");
}
