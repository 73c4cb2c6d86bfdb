//! A private NATS server with JetStream for tests: the installed binary on a free port, its streams in a temporary
//! directory.
//!
//! A shell watches over it, which does as it is told through a pipe; when the pipe closes, it stops the server and removes
//! the directory. So nothing is left behind, however the process ends. `MUSTER_REQUIRE_NATS` and `CI` turn a missing server
//! from a skip into a failure.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// `$1` is the binary, `$2` its settings. The port of the first start is that of later ones.
const GUARD: &str = r#"
dir=$(mktemp -d /tmp/muster-nats-XXXXXX) || exit 1
server=
trap 'kill -KILL "$server" 2>/dev/null; rm -rf "$dir"' EXIT
trap : HUP INT TERM
printf '%s\n' "$2" >"$dir/conf"
port=-1
while read -r word; do
    case $word in
    start)
        rm -f "$dir"/*.ports
        "$1" -c "$dir/conf" -a 127.0.0.1 -p "$port" -js -sd "$dir/data" --ports_file_dir "$dir" \
            >>"$dir/log" 2>&1 </dev/null &
        server=$!
        until cat "$dir"/*.ports >/dev/null 2>&1; do
            kill -0 "$server" 2>/dev/null || { tail -n 20 "$dir/log"; exit 1; }
            sleep 0.02
        done
        port=$(sed -n 's|.*"nats": *\["nats://[^"]*:\([0-9]*\)".*|\1|p' "$dir"/*.ports)
        echo "ready $port"
        ;;
    kill)
        kill -KILL "$server"
        wait "$server" 2>/dev/null
        echo killed
        ;;
    esac
done
"#;

/// A running server.
#[derive(Debug)]
pub struct Server {
    guard: Child,
    output: BufReader<ChildStdout>,
    port: u16,
}

/// A server with these settings, in the form of its file. None when it is not installed and nothing demands it; says so on
/// standard error.
///
/// # Panics
///
/// When a server is demanded and there is none, and when it cannot be started.
#[expect(clippy::print_stderr, reason = "whoever runs the tests must see that some were skipped")]
#[expect(clippy::disallowed_methods, reason = "a runner of tests speaks through the environment")]
pub fn server(settings: &str) -> Option<Server> {
    let Some(binary) = find_binary() else {
        let by = ["CI", "MUSTER_REQUIRE_NATS"].into_iter().find(|name| env::var_os(name).is_some());
        assert!(by.is_none(), "nats-server is not installed, and {} is set", by.unwrap_or_default());
        eprintln!("skipped: nats-server is not installed");
        return None;
    };
    let mut guard = Command::new("sh")
        .args(["-c", GUARD, "sh"])
        .arg(binary)
        .arg(settings)
        .current_dir("/")
        // Its own group: an interrupt from the terminal must not stop the server under the tests.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell can be started");
    let output = BufReader::new(guard.stdout.take().expect("its output is piped"));
    let mut server = Server { guard, output, port: 0 };
    server.start();
    Some(server)
}

impl Server {
    /// `host:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Starts it again after [`Server::kill`], with the streams that it had.
    pub fn start(&mut self) {
        let answer = self.tell("start");
        let port = answer.strip_prefix("ready ").and_then(|port| port.parse().ok());
        self.port = port.unwrap_or_else(|| panic!("nats-server did not start: {answer}"));
    }

    /// Kills it, as a loss of power would.
    pub fn kill(&mut self) {
        assert_eq!(self.tell("kill"), "killed");
    }

    fn tell(&mut self, word: &str) -> String {
        let input = self.guard.stdin.as_mut().expect("its input is piped");
        writeln!(input, "{word}").expect("the guard listens");
        let mut answer = String::new();
        self.output.read_line(&mut answer).expect("the guard answers");
        answer.trim_end().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// Debian's place first, then the search path.
#[expect(clippy::disallowed_methods, reason = "the search path is in the environment")]
fn find_binary() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(Path::new("/usr/sbin").to_owned()).chain(env::split_paths(&path));
    folders.map(|folder| folder.join("nats-server")).find(|binary| binary.is_file())
}
