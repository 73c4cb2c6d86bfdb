//! Reads that many requests ask for at the same moment, done once for all of them. It is not a cache: a read begins after
//! everyone whom it answers has asked, so it sees whatever was committed before.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Who waits for the next read of each key.
#[derive(Debug)]
pub(crate) struct Together<K: Eq + Hash + Copy, V> {
    gathering: Mutex<HashMap<K, Vec<oneshot::Sender<V>>>>,
}

impl<K: Eq + Hash + Copy, V> Default for Together<K, V> {
    fn default() -> Self {
        Self { gathering: Mutex::default() }
    }
}

impl<K: Eq + Hash + Copy, V: Clone> Together<K, V> {
    /// What `read` gives for the key: by this caller's own read, or by that of one who asked at the same moment. After a
    /// failure each caller reads for itself and has its own error.
    pub(crate) async fn read<E>(&self, key: K, read: impl AsyncFnOnce() -> Result<V, E>) -> Result<V, E> {
        if let Some(answer) = self.join(key) {
            return match answer.await {
                Ok(value) => Ok(value),
                Err(_) => read().await,
            };
        }
        let gathered = Gathered { together: self, key: Some(key) };
        // Requests that came in together with this one are polled now, and join.
        tokio::task::yield_now().await;
        let others = gathered.close();
        let value = read().await?;
        for other in others {
            // That caller may have gone away.
            let _ = other.send(value.clone());
        }
        Ok(value)
    }
}

impl<K: Eq + Hash + Copy, V> Together<K, V> {
    /// Joins those who wait for the key's next read; `None` for the first, who is to do it.
    fn join(&self, key: K) -> Option<oneshot::Receiver<V>> {
        let mut gathering = self.lock();
        if let Some(others) = gathering.get_mut(&key) {
            let (sender, answer) = oneshot::channel();
            others.push(sender);
            return Some(answer);
        }
        gathering.insert(key, Vec::new());
        None
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Vec<oneshot::Sender<V>>>> {
        self.gathering.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first caller's place. When that caller goes away, those who joined are told to read for themselves.
struct Gathered<'t, K: Eq + Hash + Copy, V> {
    together: &'t Together<K, V>,
    /// None once nobody can join any more.
    key: Option<K>,
}

impl<K: Eq + Hash + Copy, V> Gathered<'_, K, V> {
    /// Lets nobody join any more, and gives those who did.
    fn close(mut self) -> Vec<oneshot::Sender<V>> {
        self.take()
    }

    fn take(&mut self) -> Vec<oneshot::Sender<V>> {
        let joined = self.key.take().and_then(|key| self.together.lock().remove(&key));
        joined.unwrap_or_default()
    }
}

impl<K: Eq + Hash + Copy, V> Drop for Gathered<'_, K, V> {
    fn drop(&mut self) {
        self.take();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// A storage that counts its reads and gives what was last written.
    #[derive(Default)]
    struct Storage {
        reads: AtomicU32,
        value: AtomicU32,
    }

    impl Storage {
        async fn read(&self) -> Result<u32, String> {
            self.reads.fetch_add(1, Ordering::SeqCst);
            let value = self.value.load(Ordering::SeqCst);
            // As long as a read of a database takes.
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            if value == 0 { Err("unreachable".into()) } else { Ok(value) }
        }
    }

    fn ask(
        together: &Arc<Together<u8, u32>>,
        storage: &Arc<Storage>,
        key: u8,
    ) -> tokio::task::JoinHandle<Result<u32, String>> {
        let (together, storage) = (Arc::clone(together), Arc::clone(storage));
        tokio::spawn(async move { together.read(key, async || storage.read().await).await })
    }

    #[tokio::test]
    async fn those_who_ask_together_are_answered_by_one_read() {
        let (together, storage) = (Arc::default(), Arc::new(Storage::default()));
        storage.value.store(7, Ordering::SeqCst);
        let asked: Vec<_> = (0..100).map(|number| ask(&together, &storage, number % 2)).collect();
        for answer in asked {
            assert_eq!(answer.await.expect("no panic"), Ok(7));
        }
        assert_eq!(storage.reads.load(Ordering::SeqCst), 2, "one for each key");
    }

    #[tokio::test]
    async fn who_asks_after_a_write_never_gets_what_was_before() {
        let (together, storage) = (Arc::default(), Arc::new(Storage::default()));
        storage.value.store(1, Ordering::SeqCst);
        let early = ask(&together, &storage, 0);
        while storage.reads.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        // The early read has seen its value and is still under way.
        assert!(!early.is_finished());
        storage.value.store(2, Ordering::SeqCst);
        let late = ask(&together, &storage, 0);
        assert_eq!(early.await.expect("no panic"), Ok(1));
        assert_eq!(late.await.expect("no panic"), Ok(2));
    }

    #[tokio::test]
    async fn a_failure_is_everyones_own() {
        let (together, storage) = (Arc::default(), Arc::new(Storage::default()));
        let asked: Vec<_> = (0..5).map(|_| ask(&together, &storage, 0)).collect();
        for answer in asked {
            assert_eq!(answer.await.expect("no panic"), Err("unreachable".into()));
        }
        assert_eq!(storage.reads.load(Ordering::SeqCst), 5);
        storage.value.store(3, Ordering::SeqCst);
        assert_eq!(ask(&together, &storage, 0).await.expect("no panic"), Ok(3));
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_leaves_nobody_waiting() {
        let (together, storage) = (Arc::default(), Arc::new(Storage::default()));
        storage.value.store(5, Ordering::SeqCst);
        let first = ask(&together, &storage, 0);
        let others: Vec<_> = (0..3).map(|_| ask(&together, &storage, 0)).collect();
        // All of them have asked, and the first has not begun to read.
        tokio::task::yield_now().await;
        first.abort();
        for other in others {
            assert_eq!(other.await.expect("no panic"), Ok(5));
        }
        assert_eq!(storage.reads.load(Ordering::SeqCst), 3, "each for itself");
        assert!(together.lock().is_empty());
    }
}
