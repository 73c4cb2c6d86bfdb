//! The rules of the house that a machine can check. Each failure says what to do.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which of our crates a crate may depend on. An edge that is not here is forbidden: dependencies point downward only,
/// so that the pure crates stay pure and a handler never reaches the database.
const EDGES: &[(&str, &[&str])] = &[
    ("muster-model", &[]),
    ("muster-expr", &["model"]),
    ("muster-dmn", &["model", "expr"]),
    ("muster-bpmn", &["model", "expr", "dmn"]),
    ("muster-engine", &["model", "expr", "dmn", "bpmn"]),
    ("muster-rehearsal", &["model", "expr", "bpmn", "engine"]),
    ("muster-plugin", &["model"]),
    ("muster-store", &["model"]),
    ("muster-runtime", &["model", "expr", "bpmn", "engine", "store", "plugin"]),
    ("muster-wire", &[]),
    ("muster-service", &["model", "expr", "bpmn", "engine", "plugin", "store", "runtime"]),
    ("muster-server", &["model", "wire", "service"]),
    // The composition root may name any crate in order to wire it.
    ("muster", &["model", "bpmn", "engine", "rehearsal", "plugin", "store", "runtime", "service", "server", "wire"]),
    // It knows the server from outside.
    ("muster-bench", &[]),
    ("muster-testkit", &["model", "expr", "bpmn", "engine", "plugin", "store", "runtime", "service", "server", "wire"]),
];

/// Crates that do no IO and start nothing.
const PURE: &[&str] = &["model", "expr", "dmn", "bpmn", "engine", "rehearsal"];

/// Lines that a file may have, tests at its end left out.
const MAX_LINES: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace's folder")
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if !["target", "node_modules", ".git", ".setup", ".venv"].contains(&name.to_string_lossy().as_ref()) {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A source file without the tests at its end.
fn without_tests(text: &str) -> &str {
    text.find("\n#[cfg(test)]\nmod tests").map_or(text, |end| &text[..end])
}

/// A file that holds nothing but tests.
fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
}

fn assert_none(problems: &[String], rule: &str) {
    assert!(problems.is_empty(), "{rule}\n  {}", problems.join("\n  "));
}

#[test]
fn crates_depend_downward_only() {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata gives JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let ours: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let listed: BTreeSet<&str> = EDGES.iter().map(|(name, _)| *name).collect();
    assert_eq!(ours, listed, "every crate of the workspace has a line in EDGES");
    let mut problems = Vec::new();
    for package in packages {
        let name = package["name"].as_str().expect("a name");
        let (_, allowed) = EDGES.iter().find(|(listed, _)| *listed == name).expect("listed");
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let target = dependency["name"].as_str().expect("a name");
            let is_ours = ours.contains(target);
            let short = target.strip_prefix("muster-").unwrap_or(target);
            if is_ours && dependency["kind"].is_null() && !allowed.contains(&short) {
                problems.push(format!("{name} must not depend on {target}"));
            }
            if name == "muster-server" && target == "sqlx" {
                problems.push("muster-server must not depend on sqlx: SQL is for muster-store".into());
            }
        }
    }
    assert_none(&problems, "dependencies between our crates point downward only");
}

#[test]
fn pure_crates_do_no_io() {
    let forbidden = [
        "std::fs",
        "net::Tcp",
        "net::Udp",
        "ToSocketAddrs",
        "std::env",
        "std::process",
        "tokio::",
        "SystemTime",
        "Instant::now",
        "rand::",
    ];
    let mut problems = Vec::new();
    for name in PURE {
        for path in files(&root().join("crates").join(name).join("src"), "rs") {
            if is_test(&path) {
                continue;
            }
            let text = read(&path);
            for (number, line) in without_tests(&text).lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                if let Some(word) = forbidden.iter().find(|word| code.contains(**word)) {
                    problems.push(format!("{}:{}: {word}", path.display(), number + 1));
                }
            }
        }
    }
    assert_none(
        &problems,
        "model, expr, dmn, bpmn, engine and rehearsal do no IO and read no clock, randomness or environment",
    );
}

#[test]
fn sql_is_in_the_store_only() {
    let mut problems = Vec::new();
    for path in files(&root().join("crates"), "rs") {
        let shown = path.display().to_string();
        // The benchmark has a database of its own to compare with.
        if ["/store/", "/tests/", "/testkit/", "/bench/"].iter().any(|free| shown.contains(free)) {
            continue;
        }
        let text = read(&path);
        if without_tests(&text).contains("sqlx::") {
            problems.push(shown);
        }
    }
    assert_none(&problems, "only crates/store speaks SQL");
}

#[test]
fn files_stay_small() {
    let mut problems = Vec::new();
    for path in files(&root().join("crates"), "rs") {
        let text = read(&path);
        let lines = without_tests(&text).lines().count();
        if lines > MAX_LINES && !is_test(&path) {
            problems.push(format!("{}: {lines} lines", path.display()));
        }
    }
    assert_none(&problems, "a file has at most 600 lines before its tests; split by what grows");
}

#[test]
fn names_say_what_a_file_is_for() {
    let vague = ["utils", "util", "common", "helpers", "helper", "misc", "manager"];
    let mut problems = Vec::new();
    for path in files(&root().join("crates"), "rs") {
        let names = path.components().map(|part| part.as_os_str().to_string_lossy().replace(".rs", ""));
        if let Some(name) = names.into_iter().find(|name| vague.contains(&name.as_str())) {
            problems.push(format!("{}: '{name}'", path.display()));
        }
    }
    assert_none(&problems, "no file or folder is named after nothing in particular");
}

#[test]
fn every_module_says_what_it_owns() {
    let mut problems = Vec::new();
    for path in files(&root().join("crates"), "rs") {
        if path.components().any(|part| part.as_os_str() == "src") && !read(&path).starts_with("//!") {
            problems.push(path.display().to_string());
        }
    }
    assert_none(&problems, "a module begins with //! and says what it owns");
}

#[test]
fn nothing_is_left_for_later() {
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!("), concat!("unimplemented", "!(")];
    let mut problems = Vec::new();
    for path in files(&root().join("crates"), "rs") {
        for (number, line) in read(&path).lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) || line.trim_start().starts_with("#[ignore") {
                problems.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert_none(&problems, "what is left for later is an issue, not a comment");
}

#[test]
fn error_codes_are_documented() {
    let page = read(&root().join("docs/errors.md"));
    let documented: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let known: BTreeSet<&str> = service::code::ALL.iter().map(|code| code.text).collect();
    assert_eq!(documented, known, "docs/errors.md lists exactly the codes of crates/service/src/code.rs");
}
