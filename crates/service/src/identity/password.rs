//! Password hashing: Argon2id on threads of its own, two at once, a bounded queue before them.

use std::sync::{Arc, OnceLock};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::code;
use crate::error::{Error, Text};
use crate::field::Fields;

/// Hashes computed at once; each takes 19 MiB and about 20 ms of a core.
const RUNNING: usize = 2;
/// Callers that wait for one of them.
const WAITING: usize = 64;
const MIN_LENGTH: usize = 8;
const MAX_LENGTH: usize = 128;

/// Checks a new password.
pub(crate) fn check(fields: &mut Fields, field: &str, password: &str) {
    let length = password.chars().count();
    if !(MIN_LENGTH..=MAX_LENGTH).contains(&length) {
        fields.violation(
            format!("{field} must have {MIN_LENGTH} to {MAX_LENGTH} characters"),
            format!("{field}的长度必须为{MIN_LENGTH}到{MAX_LENGTH}个字符"),
        );
    }
    if password.chars().any(char::is_control) {
        fields.violation(format!("{field} must not contain control characters"), format!("{field}不能包含控制字符"));
    }
}

/// Computes and checks hashes.
pub(crate) struct Hasher {
    running: Arc<Semaphore>,
    places: Arc<Semaphore>,
    /// What the password of an unknown user is checked against, so that it takes as long.
    nobody: Arc<OnceLock<String>>,
}

impl Hasher {
    pub(crate) fn new() -> Self {
        Self {
            running: Arc::new(Semaphore::new(RUNNING)),
            places: Arc::new(Semaphore::new(RUNNING + WAITING)),
            nobody: Arc::default(),
        }
    }

    /// The hash of a password, in PHC form.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Error> {
        self.run(move || hash(&password)).await
    }

    /// Whether the password has this hash; never, when there is none.
    pub(crate) async fn verify(&self, password: String, expected: Option<String>) -> Result<bool, Error> {
        let nobody = Arc::clone(&self.nobody);
        self.run(move || {
            let known = expected.filter(|expected| !expected.is_empty());
            let stored = match &known {
                Some(stored) => stored,
                None => match nobody.get() {
                    Some(stored) => stored,
                    None => {
                        let stored = hash("nobody has this password")?;
                        nobody.get_or_init(|| stored)
                    }
                },
            };
            let stored = PasswordHash::new(stored).map_err(Error::internal)?;
            let matches = Argon2::default().verify_password(password.as_bytes(), &stored).is_ok();
            Ok(matches && known.is_some())
        })
        .await
    }

    /// Runs one computation when its turn comes; refuses when too many wait.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            Error::new(
                &code::RATE_LIMITED,
                Text::new("too many log-ins at once; try again later", "同时登录的请求过多，请稍后重试"),
            )
        })?;
        let turn = Arc::clone(&self.running).acquire_owned().await.map_err(Error::internal)?;
        // The permits go along: a caller that goes away does not stop the computation, so its place stays taken.
        let held: [OwnedSemaphorePermit; 2] = [place, turn];
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(held);
            done
        });
        done.await.map_err(Error::internal)?
    }
}

fn hash(password: &str) -> Result<String, Error> {
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(Error::internal)?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::error::Kind;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let hasher = Hasher::new();
        let stored = hasher.hash("correct horse".into()).await.expect("hashes");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(hasher.hash("correct horse".into()).await.expect("hashes"), stored, "every hash has its own salt");
        for (password, expected, matches) in [
            ("correct horse", Some(stored.clone()), true),
            ("correct horse ", Some(stored.clone()), false),
            ("", Some(stored), false),
            ("nobody has this password", None, false),
            ("", Some(String::new()), false),
        ] {
            assert_eq!(hasher.verify(password.into(), expected).await.expect("verifies"), matches, "{password}");
        }
    }

    #[tokio::test]
    async fn an_unknown_user_takes_as_long_as_a_wrong_password() {
        let hasher = Hasher::new();
        let stored = hasher.hash("correct horse".into()).await.expect("hashes");
        hasher.verify(String::new(), None).await.expect("warms up");
        let mut times = [0.0; 2];
        for _ in 0..5 {
            for (time, expected) in times.iter_mut().zip([Some(stored.clone()), None]) {
                let start = Instant::now();
                assert!(!hasher.verify("wrong".into(), expected).await.expect("verifies"));
                *time += start.elapsed().as_secs_f64();
            }
        }
        let ratio = times[1] / times[0];
        assert!((0.3..3.0).contains(&ratio), "{times:?}");
    }

    #[tokio::test]
    async fn a_full_queue_refuses_and_recovers() {
        let hasher = Hasher::new();
        let all = hasher.places.available_permits();
        let taken = Arc::clone(&hasher.places).acquire_many_owned(u32::try_from(all).expect("few")).await;
        let refused = hasher.hash("password".into()).await.expect_err("refuses");
        assert_eq!((refused.kind(), refused.code()), (Kind::RateLimited, "APIGW.0308"));
        drop(taken);
        hasher.hash("password".into()).await.expect("hashes again");
        assert_eq!(hasher.places.available_permits(), all, "the place is given back");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn at_most_two_hashes_run_at_once() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let hasher = Arc::new(Hasher::new());
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let waiting: Vec<_> = (0..10)
            .map(|_| {
                let (hasher, running, most) = (Arc::clone(&hasher), Arc::clone(&running), Arc::clone(&most));
                tokio::spawn(async move {
                    hasher
                        .run(move || {
                            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                            std::thread::sleep(std::time::Duration::from_millis(5));
                            running.fetch_sub(1, Ordering::SeqCst);
                            Ok(())
                        })
                        .await
                })
            })
            .collect();
        for done in waiting {
            done.await.expect("joins").expect("runs");
        }
        assert_eq!(most.load(Ordering::SeqCst), RUNNING);
    }
}
