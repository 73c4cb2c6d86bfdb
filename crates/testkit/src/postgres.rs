//! A private PostgreSQL for tests: one cluster for each test process, one fresh database for each test.
//!
//! The cluster is made by the installed binaries in a temporary directory, without `fsync`, reachable through a Unix
//! socket only. A shell watches over it: it holds the other end of a pipe that this process never writes to, and stops
//! the server and removes the directory when the pipe closes. So nothing is left behind, however the process ends.
//!
//! `MUSTER_TEST_POSTGRES` names a server to use instead, by URL; a runner that gives every test its own process sets
//! it to pay for one cluster only. `MUSTER_REQUIRE_POSTGRES` and `CI` turn a missing server from a skip into a failure.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Runs as the owner of the cluster; `$1` is the directory of PostgreSQL's binaries.
const GUARD: &str = r#"
dir=$(mktemp -d /tmp/muster-postgres-XXXXXX) || exit 1
trap 'rm -rf "$dir"' EXIT
trap : HUP INT TERM
fail() { tail -n 20 "$dir/log"; exit 1; }
"$1/initdb" -D "$dir/data" -U postgres --auth=trust --locale=C --encoding=UTF8 --no-sync >"$dir/log" 2>&1 || fail
"$1/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=500 -c shared_buffers=64MB \
    -c fsync=off -c full_page_writes=off -c autovacuum=off >>"$dir/log" 2>&1 </dev/null &
server=$!
until "$1/pg_isready" -q -h "$dir"; do kill -0 "$server" 2>/dev/null || fail; sleep 0.02; done
echo "ready $dir"
cat >/dev/null
kill -QUIT "$server"
wait "$server"
"#;

/// A database of its own for one test, dropped with this value.
#[derive(Debug)]
pub struct Database {
    url: String,
    name: String,
    server: &'static Server,
}

/// A server that databases are made on.
#[derive(Debug)]
struct Server {
    /// Where `psql` is.
    binaries: PathBuf,
    /// The URL up to the host, and what follows the database's name.
    before: String,
    after: String,
    /// Kept open: its end tells the guard to stop the server.
    _guard: Option<Child>,
}

/// A fresh, empty database. None when PostgreSQL is not installed and nothing demands it; says so on standard error.
///
/// # Panics
///
/// When a server is demanded and there is none, and when a server or a database cannot be made.
#[expect(clippy::print_stderr, reason = "whoever runs the tests must see that some were skipped")]
#[expect(clippy::disallowed_methods, reason = "a runner of tests speaks through the environment")]
pub fn database() -> Option<Database> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        let binaries = find_binaries();
        let Some(binaries) = binaries else {
            let demanded = ["CI", "MUSTER_REQUIRE_POSTGRES", "MUSTER_TEST_POSTGRES"];
            let by = demanded.iter().find(|name| env::var_os(name).is_some());
            assert!(by.is_none(), "PostgreSQL is not installed, and {} is set", by.unwrap_or(&""));
            return None;
        };
        Some(match env::var("MUSTER_TEST_POSTGRES") {
            Ok(url) => Server::at(binaries, &url),
            Err(_) => Server::start(binaries),
        })
    });
    match server {
        Some(server) => Some(server.create_database()),
        None => {
            eprintln!("skipped: PostgreSQL is not installed");
            None
        }
    }
}

impl Database {
    /// Where to connect, as superuser.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A server that is gone has no database to drop.
        let _ = self.server.psql(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

impl Server {
    fn at(binaries: PathBuf, url: &str) -> Self {
        let (base, query) =
            url.split_once('?').map_or((url, String::new()), |(base, query)| (base, format!("?{query}")));
        let authority = base.find("://").map_or(0, |at| at + 3);
        let end = base[authority..].find('/').map_or(base.len(), |at| authority + at);
        Self { binaries, before: format!("{}/", &base[..end]), after: query, _guard: None }
    }

    fn start(binaries: PathBuf) -> Self {
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        let mut guard = command
            .args(["-c", GUARD, "sh"])
            .arg(&binaries)
            .current_dir("/")
            // Its own group: an interrupt from the terminal must not stop the server under the tests.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell can be started");
        let mut output = BufReader::new(guard.stdout.take().expect("its output is piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("the guard's output can be read");
        let Some(directory) = line.trim_end().strip_prefix("ready ") else {
            let _ = output.read_to_string(&mut line);
            panic!("PostgreSQL did not start: {line}");
        };
        let mut host = String::new();
        for byte in directory.bytes() {
            let _ = if byte.is_ascii_alphanumeric() {
                write!(host, "{}", char::from(byte))
            } else {
                write!(host, "%{byte:02X}")
            };
        }
        Self {
            binaries,
            before: "postgres://postgres@localhost/".to_owned(),
            after: format!("?host={host}"),
            _guard: Some(guard),
        }
    }

    fn create_database(&'static self) -> Database {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("muster_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        // The order of texts is the bytes' order; the character type is not C, so that a query which leaves the
        // meaning of "lower case" to the database is found out.
        self.psql(&format!(
            "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
        ))
        .unwrap_or_else(|error| panic!("a database cannot be made: {error}"));
        Database { url: format!("{}{name}{}", self.before, self.after), name, server: self }
    }

    fn psql(&self, sql: &str) -> Result<(), String> {
        let output = Command::new(self.binaries.join("psql"))
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql, "-d"])
            .arg(format!("{}postgres{}", self.before, self.after))
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }
}

/// The directory of the newest installed PostgreSQL, Debian's layout first, then the search path.
#[expect(clippy::disallowed_methods, reason = "the search path is in the environment")]
fn find_binaries() -> Option<PathBuf> {
    let mut installed: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    installed.sort();
    let debian = installed.into_iter().rev().map(|(_, path)| path);
    let path = env::var_os("PATH").unwrap_or_default();
    let complete = |directory: &Path| {
        ["initdb", "postgres", "pg_isready", "psql"].iter().all(|name| directory.join(name).is_file())
    };
    debian.chain(env::split_paths(&path)).find(|directory| complete(directory))
}

/// Whether this process is root, which PostgreSQL refuses to run as.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
