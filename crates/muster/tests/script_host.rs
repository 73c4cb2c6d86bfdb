//! Scripts of workflows against the real child processes: what they see and give back, and that no script, however
//! hostile, outlives its deadline or keeps others from running.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use model::Value;
use runtime::script::{Outcome, Pool, PoolConfig, ScriptError};

const PATIENT: Duration = Duration::from_secs(20);

fn config(children: usize) -> PoolConfig {
    let mut config = PoolConfig::new(env!("CARGO_BIN_EXE_muster"), &["script-host"]);
    config.max_children = children;
    config
}

fn json(text: &str) -> Value {
    Value::from_json(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

async fn run(pool: &Pool, source: &str) -> Result<Outcome, ScriptError> {
    pool.run(source, &json("{}"), PATIENT).await
}

async fn check_value(pool: &Pool, source: &str, expected: &str) {
    let outcome = run(pool, source).await.unwrap_or_else(|error| panic!("{source}: {error}"));
    assert_eq!(outcome.value.to_json(), expected, "{source}");
}

async fn check_error(pool: &Pool, source: &str, code: &str, part: &str) {
    let error = run(pool, source).await.expect_err(source);
    assert_eq!(error.code(), code, "{source}: {error}");
    assert!(error.to_string().contains(part), "{source}: {error}");
    assert!(error.to_string().len() < 5000, "{source}: a message of {} bytes", error.to_string().len());
}

#[tokio::test]
async fn the_last_value_is_the_result() {
    let pool = Pool::new(config(1));
    for (source, expected) in [
        ("1 + 1", "2"),
        ("", "null"),
        ("undefined", "null"),
        ("NaN", "null"),
        ("1 / 0", "null"),
        ("-0", "0"),
        ("0.1", "0.1"),
        ("1e300", "1e+300"),
        ("2 ** 53", "9007199254740992"),
        ("12345678901234567890n", "12345678901234567890"),
        ("'a\\u0000b😀'", "\"a\\u0000b😀\""),
        ("({b: 1, a: [null, undefined, true], gone: undefined})", r#"{"b":1,"a":[null,null,true]}"#),
        ("({['__proto__']: 1})", r#"{"__proto__":1}"#),
        ("new Date(0)", "\"1970-01-01T00:00:00.000Z\""),
        ("new Date(2024, 0, 1).toISOString()", "\"2024-01-01T00:00:00.000Z\""),
        ("if (true) { 'yes' } else { 'no' }", "\"yes\""),
        ("let sum = 0; for (const x of [1, 2, 3]) sum += x; sum", "6"),
        ("(async () => { await null; return 'later' })()", "\"later\""),
        ("const p = Promise.reject(1); p.catch(() => 2)", "2"),
        ("console.log('nothing'); typeof console.warn", "\"function\""),
        ("'10.1.2.3'.match(/\\d+/g).map(Number)", "[10,1,2,3]"),
    ] {
        check_value(&pool, source, expected).await;
    }
}

#[tokio::test]
async fn names_of_the_scope_are_readable_and_changes_of_vars_come_back() {
    let pool = Pool::new(config(1));
    let scope = json(
        r#"{"data_object":{"severity":"HIGH","hits":[1,2]},"count":1,"JSON":"mine","__proto__":{"x":1},
            "vars":{"count":1,"same":{"a":1},"list":[1],"old":true,"big":9007199254740993,"__proto__":5}}"#,
    );
    let source = "
        vars.count = count + data_object.hits.length;
        vars.list.push(2);
        vars.same = {a: 1};
        vars.fresh = {at: null};
        delete vars.old;
        JSON.stringify([data_object.severity, typeof vars.big, vars.big])";
    let outcome = pool.run(source, &scope, PATIENT).await.expect("runs");
    assert_eq!(outcome.value, Value::from(r#"["HIGH","string","9007199254740993"]"#));
    assert_eq!(outcome.vars, json(r#"{"count":3,"list":[1,2],"fresh":{"at":null},"old":null}"#));
}

#[tokio::test]
async fn an_assignment_that_would_be_lost_is_an_error() {
    let pool = Pool::new(config(1));
    let scope = json(r#"{"count":1,"vars":{"count":1}}"#);
    for source in ["count = 2", "vars = {}", "misspelt = 1", "var count = 2"] {
        let error = pool.run(source, &scope, PATIENT).await.expect_err(source);
        assert_eq!(error.code(), "Script.Error", "{source}: {error}");
        assert!(error.to_string().contains("line 1"), "{source}: {error}");
    }
    let outcome = pool.run("let count = 7; count", &scope, PATIENT).await.expect("a name of its own");
    assert_eq!(outcome.value, Value::int(7));
}

#[tokio::test]
async fn no_script_sees_what_another_left_behind() {
    let pool = Pool::new(config(1));
    run(&pool, "globalThis.leak = 1; Array.prototype.leak = 2; JSON.stringify = () => 'fake'; 0").await.expect("runs");
    check_value(&pool, "[typeof leak, typeof [].leak, JSON.stringify(1)]", r#"["undefined","undefined","1"]"#).await;
}

#[tokio::test]
async fn errors_say_the_line_and_what_is_wrong() {
    let pool = Pool::new(config(1));
    for (source, part) in [
        ("let a = 1;\nlet b = ;\n", "line 2: SyntaxError"),
        ("\n\nnull.x", "line 3: TypeError"),
        ("function f() {\n  throw new RangeError('too far')\n}\nf()", "line 2: RangeError: too far"),
        ("throw 'plain'", "the script threw plain"),
        ("throw null", "the script threw null"),
        ("throw {toString() { throw 1 }}", "the script threw"),
        ("return 1", "SyntaxError"),
        ("(function f() { return f() + 1 })()", "Maximum call stack"),
        ("() => 1", "function"),
        ("vars.f = () => 1", "function"),
        ("vars.deep = {a: [Symbol('s')]}", "symbol"),
        ("const a = []; a.push(a); a", "contains itself"),
        ("'\\ud800'", "surrogate"),
        ("new Promise(() => {})", "never settles"),
        ("Promise.reject(new Error('no'))", "Error: no"),
        ("(async () => {\n  throw new TypeError('late')\n})(); 1", "line 2: TypeError: late"),
        ("({get a() { throw new Error('trap') }})", "trap"),
        ("import x from 'fs'", "SyntaxError"),
        ("require('fs')", "require"),
        ("setTimeout(() => {}, 1)", "setTimeout"),
        ("throw new Error('x'.repeat(1e7))", "xxx"),
    ] {
        check_error(&pool, source, "Script.Error", part).await;
    }
}

#[tokio::test]
async fn a_result_beyond_its_limit_is_refused() {
    let pool = Pool::new(config(1));
    for source in [
        "'x'.repeat(2e6)",
        "'\\u0001'.repeat(5e5)",
        "new Array(4e9)",
        "vars.x = 'x'.repeat(2e6); 1",
        "Array.from({length: 1e6}, (_, i) => i)",
        "({toJSON() { return 'x'.repeat(2e6) }})",
    ] {
        check_error(&pool, source, "Script.Error", "larger than").await;
    }
    check_value(&pool, "'x'.repeat(1e6).length + vars_are_fine()\nfunction vars_are_fine() { return 1 }", "1000001")
        .await;
    let scope = Value::object([("text", Value::from("x".repeat(17 << 20)))]);
    let error = pool.run("1", &scope, PATIENT).await.expect_err("too much input");
    assert_eq!(error.code(), "Script.Error");
}

#[tokio::test]
async fn an_endless_script_ends_at_its_deadline() {
    let pool = Pool::new(config(1));
    let deadline = Duration::from_millis(300);
    for source in [
        "while (true) {}",
        "new Array(1e7).fill(0).map(x => { while (true) {} })",
        "for (;;) { try { null.x } catch {} }",
        "(function f() { try { f() } finally { f() } })()",
        "/(a*)*b/.test('a'.repeat(40))",
        "Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1)",
        "Array.prototype.sort.call({length: 2 ** 32 - 1, 5: 1, 3: 2})",
        "[].concat.apply([], [{length: 2 ** 50, [Symbol.isConcatSpreadable]: true}])",
        "(() => { const f = () => Promise.resolve().then(f); f() })()",
        "({get a() { while (true) {} }})",
        "new Array(2 ** 32 - 1).join('')",
        "2n ** (2n ** 28n)",
    ] {
        let started = Instant::now();
        let result = pool.run(source, &json("{}"), deadline).await;
        let took = started.elapsed();
        let error = result.expect_err(source);
        assert!(["Script.Deadline", "Script.Memory", "Script.Error"].contains(&error.code()), "{source}: {error}");
        assert!(took < Duration::from_secs(10), "{source} took {took:?}");
        check_value(&pool, "1", "1").await;
    }
    let endless = pool.run("while (true) {}", &json("{}"), deadline).await;
    assert_eq!(endless, Err(ScriptError::Deadline(deadline)));
    let native = pool.run("Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1)", &json("{}"), deadline).await;
    assert_eq!(native, Err(ScriptError::Deadline(deadline)));
}

#[tokio::test]
async fn a_script_that_allocates_without_end_fails_alone() {
    let pool = Pool::new(config(1));
    for source in [
        "const a = []; while (true) a.push(new Array(1000).fill('x'))",
        "let s = 'x'; while (true) s += s",
        "const m = new Map(); for (let i = 0; ; i++) m.set(i, {i})",
        "new Array(1e9).fill(0).map(x => x)",
        "new Uint8Array(2 ** 31 - 1)",
        "const a = []; while (true) a.push(new ArrayBuffer(1e6))",
        "const f = []; while (true) f.push(new Function('return ' + f.length))",
        "'x'.repeat(2 ** 29)",
    ] {
        let error = run(&pool, source).await.expect_err(source);
        assert!(["Script.Memory", "Script.Error"].contains(&error.code()), "{source}: {error}");
        check_value(&pool, "1", "1").await;
    }
    let hoarder = run(&pool, "const a = []; while (true) a.push(new Array(1000).fill('x'))").await;
    assert_eq!(hoarder, Err(ScriptError::Memory(128 << 20)));
    let local = run(&pool, "function f() { const a = []; for (;;) a.push({}) } f()").await;
    assert_eq!(local, Err(ScriptError::Memory(128 << 20)));
    let stubborn = "const a = []; for (;;) { try { a.push('x'.repeat(1e6) + a.length) } catch {} }";
    let outcome = pool.run(stubborn, &json("{}"), Duration::from_millis(500)).await;
    assert_eq!(outcome.map_err(|error| error.code()), Err("Script.Deadline"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_runs_finish_while_one_loops() {
    let pool = std::sync::Arc::new(Pool::new(config(2)));
    let looping = tokio::spawn({
        let pool = pool.clone();
        async move { pool.run("for (;;) {}", &json("{}"), Duration::from_secs(8)).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let runs: Vec<_> = (0..200)
        .map(|number| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let scope = Value::object([("number", Value::int(number))]);
                (number, pool.run("number * 2", &scope, PATIENT).await)
            })
        })
        .collect();
    for run in runs {
        let (number, outcome) = run.await.expect("no panic");
        assert_eq!(outcome.map(|outcome| outcome.value), Ok(Value::int(number * 2)));
    }
    assert!(!looping.is_finished(), "the others had to wait for the endless script");
    assert_eq!(looping.await.expect("no panic").map_err(|error| error.code()), Err("Script.Deadline"));
}

#[tokio::test]
async fn a_run_that_gets_no_child_in_time_is_refused() {
    let mut config = config(1);
    config.max_wait = Duration::from_millis(100);
    let pool = Pool::new(config);
    let scope = json("{}");
    let (looping, waiting) =
        tokio::join!(pool.run("for (;;) {}", &scope, Duration::from_millis(1500)), pool.run("1", &scope, PATIENT));
    assert_eq!(looping.map_err(|error| error.code()), Err("Script.Deadline"));
    assert_eq!(waiting, Err(ScriptError::Busy(Duration::from_millis(100))));
    check_value(&pool, "1", "1").await;
}

#[tokio::test]
async fn a_child_that_dies_or_never_was_is_an_error_and_not_a_hang() {
    for (program, args) in [
        ("/no/such/program", vec![]),
        ("/bin/sh", vec!["-c", "exit 3"]),
        ("/bin/sh", vec!["-c", r"printf '\020\000\000\000{\042seccomp\042:true}'; exit 3"]),
        ("/bin/sh", vec!["-c", r"printf '\020\000\000\000{\042seccomp\042:true}'; printf '\377\377\377\377'; cat"]),
        ("/bin/sh", vec!["-c", r"printf '\020\000\000\000{\042seccomp\042:true}'; printf '\002\000\000\000{}'; cat"]),
    ] {
        let pool = Pool::new(PoolConfig::new(program, &args));
        let error = run(&pool, "1").await.expect_err(program);
        assert_eq!(error.code(), "Script.Crashed", "{args:?}: {error}");
        assert!(error.retryable());
    }
    let killed =
        Pool::new(PoolConfig::new("/bin/sh", &["-c", r"printf '\020\000\000\000{\042seccomp\042:true}'; kill -9 $$"]));
    let error = run(&killed, "1").await.expect_err("killed");
    assert!(["Script.Memory", "Script.Crashed"].contains(&error.code()), "{error}");
}

#[tokio::test]
async fn a_child_has_given_up_files_environment_and_system_calls() {
    let program = own_name("restricted");
    let mut config = config(1);
    config.program = program.clone();
    let pool = Pool::new(config);
    check_value(&pool, "1", "1").await;
    let found = processes_of(&program);
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", found[0])).expect("procfs");
    let limits = read("limits");
    let limit = |name: &str| limits.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(limit("Max open files").split_whitespace().any(|word| word == "3"), "{limits}");
    assert!(limit("Max core file size").split_whitespace().any(|word| word == "0"), "{limits}");
    let data = limit("Max data size").split_whitespace().find_map(|word| word.parse::<u64>().ok()).expect("a limit");
    assert!(data < 4 << 30, "{limits}");
    assert!(read("status").contains("Seccomp:\t2"), "the kernel filters no system calls");
    assert!(read("status").contains("NoNewPrivs:\t1"));
    assert_eq!(read("environ"), "TZ=UTC0\0");
    std::fs::remove_file(&program).expect("the link");
}

/// The binary under a name of its own, so that the children of other tests are not counted.
fn own_name(name: &str) -> PathBuf {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_muster"), &program).expect("a link");
    program
}

/// The processes that run this program.
fn processes_of(program: &Path) -> Vec<String> {
    let mut found: Vec<String> = std::fs::read_dir("/proc")
        .expect("procfs")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| {
            let command = std::fs::read(format!("/proc/{name}/cmdline")).unwrap_or_default();
            command.split(|byte| *byte == 0).next() == Some(program.as_os_str().as_encoded_bytes())
        })
        .collect();
    found.sort();
    found
}

#[tokio::test]
async fn children_are_replaced_after_their_share_of_runs_and_killed_with_the_pool() {
    let program = own_name("recycled");
    let mut config = config(1);
    config.program = program.clone();
    config.recycle_after = 2;
    let pool = Pool::new(config);
    check_value(&pool, "1", "1").await;
    let first = processes_of(&program);
    assert_eq!(first.len(), 1);
    check_value(&pool, "1", "1").await;
    check_value(&pool, "1", "1").await;
    assert_ne!(processes_of(&program), first);
    drop(pool);
    for _ in 0..100 {
        if processes_of(&program).is_empty() {
            std::fs::remove_file(&program).expect("the link");
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("a child outlived its pool");
}
