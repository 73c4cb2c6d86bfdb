//! What the log says, and what it must not say.

use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::toy::{Call, TOKEN};

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is logged, at every level, while the calls are answered.
async fn log_of(calls: Vec<Call>) -> String {
    let buffer = Buffer::default();
    let writer = buffer.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    // A place in the code that logs for the first time, in another test at this very moment, may have missed that
    // somebody listens.
    Call::known("GET", "/v1/toys/a/b").send().await;
    tracing::callsite::rebuild_interest_cache();
    buffer.0.lock().expect("no panic").clear();
    for call in calls {
        call.send().await;
    }
    let bytes = buffer.0.lock().expect("no panic").clone();
    String::from_utf8(bytes).expect("UTF-8")
}

#[tokio::test]
async fn one_line_tells_what_happened() {
    let uri = "/v1/toys/00000000000000000000000000000001/00000000-0000-0000-0000-000000000002?limit=1";
    let log = log_of(vec![Call::known("GET", uri)]).await;
    let lines: Vec<_> = log.lines().filter(|line| line.contains("INFO")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    for part in [
        "GET /v1/toys/{project_id}/{workspace_id} 200",
        "status=200",
        "duration_ms=",
        "request_id=",
        "principal=\"alice\"",
    ] {
        assert!(lines[0].contains(part), "{part} in {}", lines[0]);
    }
}

#[tokio::test]
async fn secrets_are_not_logged() {
    let calls = vec![
        Call::known("GET", "/v3/projects?password=query-secret").header("cookie", "session=cookie-secret"),
        Call::new("GET", "/v3/projects").header("x-auth-token", "wrong-secret"),
        Call::new("GET", "/v3/projects").header("authorization", "SDK-HMAC-SHA256 Access=key-secret, Signature=x"),
        Call::known("POST", "/v1/toys/a/b").body("{\"password\": \"body-secret\""),
        Call::new("GET", "/path-secret"),
    ];
    let log = log_of(calls).await;
    assert!(log.contains("principal"), "{log}");
    for secret in [TOKEN, "-secret"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[tokio::test]
async fn the_cause_of_a_defect_is_logged_once() {
    let log = log_of(vec![Call::new("GET", "/fail/panic"), Call::new("GET", "/fail/internal")]).await;
    let errors: Vec<_> = log.lines().filter(|line| line.contains("ERROR")).collect();
    assert_eq!(errors.len(), 2, "{log}");
    assert!(errors[0].contains("panicked: at /home/builder") && errors[1].contains("disk"), "{errors:?}");
    assert!(errors.iter().all(|line| line.contains("request.id")), "{errors:?}");
}
