//! The subcommands that manage a running server, as an operator types them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const MUSTER: &str = env!("CARGO_BIN_EXE_muster");

/// A server on a free port, killed at the end of the test.
struct Server {
    child: Child,
    folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let child = Command::new(MUSTER)
            .args(["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "off"])
            .env("MUSTER_DATA", folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        let server = Self { child, folder };
        // The file is there a moment before the server answers.
        server.wait_for(|server| server.run(&["user", "list"]).status.success());
        server
    }

    fn wait_for(&self, ready: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !ready(self) {
            assert!(start.elapsed() < Duration::from_secs(30), "the server is not ready");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(MUSTER);
        command.args(args).env("MUSTER_DATA", self.folder.path());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("runs")
    }

    /// The output of a success.
    #[track_caller]
    fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// The one line of a failure.
    #[track_caller]
    fn fails(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(!output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
        let line = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(line.lines().count(), 1, "{line}");
        line
    }
}

fn value<'a>(output: &'a str, name: &str) -> &'a str {
    let line = output.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name} in {output}"));
    line.trim_start_matches(':').trim()
}

#[test]
fn users_and_keys_are_managed_from_the_command_line() {
    let server = Server::start();
    let added = server.ok(&["user", "add", "alice", "--role", "Operator", "--role", "Approver"]);
    assert_eq!(value(&added, "password").len(), 24);
    let listed = server.ok(&["user", "list"]);
    assert!(listed.contains("admin") && listed.contains(value(&added, "user")), "{listed}");
    assert!(server.fails(&["user", "add", "alice"]).contains("name is taken"));
    assert!(server.fails(&["user", "add", "bob", "--role", "Nothing"]).contains("no role Nothing"));
    assert!(!server.ok(&["user", "list"]).contains("bob"), "nothing half-done");

    let as_alice = |password: &str| {
        let output = server.command(&["key", "list", "--login", "alice"]).env("MUSTER_PASSWORD", password).output();
        output.expect("runs").status.success()
    };
    assert!(as_alice(value(&added, "password")));
    let mut child = server
        .command(&["user", "password", "alice", "--password-stdin"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("starts");
    child.stdin.take().expect("piped").write_all(b"a password of hers\n").expect("writes");
    assert!(child.wait().expect("ends").success());
    assert!(!as_alice(value(&added, "password")) && as_alice("a password of hers"));
    server.ok(&["user", "disable", "alice"]);
    assert!(!as_alice("a password of hers"));
    server.ok(&["user", "enable", "alice"]);
    assert!(as_alice("a password of hers"));
    assert!(server.fails(&["user", "disable", "admin"]).contains("FullAccess"));

    let key = server.ok(&["key", "add", "--user", "alice", "--description", "laptop"]);
    let access = value(&key, "access key");
    assert_eq!((access.len(), value(&key, "secret key").len()), (20, 40));
    server.ok(&["key", "disable", access]);
    let keys = server.ok(&["key", "list", "--user", "alice"]);
    assert!(keys.contains(access) && keys.contains("inactive") && !keys.contains(value(&key, "secret key")), "{keys}");
    server.ok(&["key", "delete", access]);
    assert!(server.fails(&["key", "delete", access]).contains("does not exist"));
    server.ok(&["user", "delete", "alice"]);
    assert!(server.fails(&["user", "delete", "alice"]).contains("no user alice"));
}

#[test]
fn the_audit_record_is_verified_beside_the_server_and_after_it() {
    let mut server = Server::start();
    let head_of = |server: &Server| {
        let output = server.run(&["audit", "verify"]);
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        text.lines().find_map(|line| line.strip_prefix("head: ")).map(str::to_owned)
    };
    server.wait_for(|server| head_of(server).is_some());
    let head = head_of(&server).expect("anchored");
    server.ok(&["audit", "verify", "--expect", &head]);
    assert!(server.fails(&["audit", "verify", "--expect", "00"]).contains("cut off"));

    server.child.kill().expect("kills");
    server.child.wait().expect("ends");
    server.ok(&["audit", "verify", "--expect", &head]);
    let other = server.folder.path().join("other.key");
    std::fs::write(&other, "0".repeat(64)).expect("writes");
    let other = path(&other);
    assert!(server.fails(&["audit", "verify", "--master-key-file", other]).contains("master key"));
    assert!(server.fails(&["audit", "verify", "--data", "/nonexistent"]).contains("does not exist"));
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
