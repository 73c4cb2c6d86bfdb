//! Who credentials stand for, remembered for a moment: requests must not read the storage for each.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use model::Timestamp;

/// How long an entry is used. On other nodes, a revoked credential is good for this long at most.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(2);
/// Entries kept at most.
pub(crate) const ENTRIES: usize = 10_000;

/// A bounded map whose entries age.
pub(crate) struct Cache<K, V> {
    shelf: RwLock<Shelf<K, V>>,
}

struct Shelf<K, V> {
    generation: u64,
    entries: HashMap<K, Entry<V>>,
}

struct Entry<V> {
    value: V,
    at: Timestamp,
}

/// A moment between two changes. What is read in one generation is not kept in the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation(u64);

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    pub(crate) fn new() -> Self {
        Self { shelf: RwLock::new(Shelf { generation: 0, entries: HashMap::new() }) }
    }

    /// The value, when it is young enough.
    pub(crate) fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let shelf = self.read();
        shelf.entries.get(key).filter(|entry| entry.is_young(now)).map(|entry| entry.value.clone())
    }

    /// To be taken before the value is read from the storage.
    pub(crate) fn generation(&self) -> Generation {
        Generation(self.read().generation)
    }

    /// Keeps a value that was read at `now`, unless something changed since the generation.
    pub(crate) fn put(&self, key: K, value: V, now: Timestamp, generation: Generation) {
        let mut shelf = self.write();
        if shelf.generation != generation.0 {
            return;
        }
        if shelf.entries.len() >= ENTRIES {
            shelf.entries.retain(|_, entry| entry.is_young(now));
            // All of them young: reading them again costs less than finding the oldest.
            if shelf.entries.len() >= ENTRIES {
                shelf.entries.clear();
            }
        }
        shelf.entries.insert(key, Entry { value, at: now });
    }

    /// Forgets one value.
    pub(crate) fn forget(&self, key: &K) {
        let mut shelf = self.write();
        shelf.generation += 1;
        shelf.entries.remove(key);
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        let mut shelf = self.write();
        shelf.generation += 1;
        shelf.entries.clear();
    }

    fn read(&self) -> RwLockReadGuard<'_, Shelf<K, V>> {
        self.shelf.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Shelf<K, V>> {
        self.shelf.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> Entry<V> {
    /// A clock that was set back makes an entry old.
    fn is_young(&self, now: Timestamp) -> bool {
        self.at <= now && now < self.at.plus(MAX_AGE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000_000);

    fn filled() -> Cache<u32, &'static str> {
        let cache = Cache::new();
        cache.put(1, "one", NOW, cache.generation());
        cache.put(2, "two", NOW, cache.generation());
        cache
    }

    #[test]
    fn an_entry_lives_two_seconds() {
        let cache = filled();
        assert_eq!(cache.get(&1, NOW), Some("one"));
        assert_eq!(cache.get(&1, Timestamp(NOW.0 + 1_999_999)), Some("one"));
        assert_eq!(cache.get(&1, Timestamp(NOW.0 + 2_000_000)), None);
        assert_eq!(cache.get(&1, Timestamp(NOW.0 - 1)), None, "the clock was set back");
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let cache = filled();
        let generation = cache.generation();
        cache.forget(&1);
        cache.put(1, "stale", NOW, generation);
        assert_eq!(cache.get(&1, NOW), None);
        assert_eq!(cache.get(&2, NOW), Some("two"));
        let generation = cache.generation();
        cache.clear();
        cache.put(3, "stale", NOW, generation);
        assert_eq!((cache.get(&2, NOW), cache.get(&3, NOW)), (None, None));
    }

    #[test]
    fn the_number_of_entries_is_bounded() {
        let cache = Cache::new();
        for key in 0..3 * ENTRIES {
            cache.put(key, (), NOW, cache.generation());
            assert!(cache.read().entries.len() <= ENTRIES);
        }
        assert_eq!(cache.get(&(3 * ENTRIES - 1), NOW), Some(()), "the newest entry is there");
    }
}
