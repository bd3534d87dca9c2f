//! What a process remembers of its own results: never more than a bound, and nothing that could not be found again.

use crate::failure::local;
use quorate_protocol::Failure;
use std::{collections::HashMap, hash::Hash, sync::Mutex};

/// A map that starts anew when it is full.
#[derive(Debug)]
pub(crate) struct Remembered<K, V> {
    most: usize,
    known: Mutex<HashMap<K, V>>,
}

impl<K: Eq + Hash, V: Copy> Remembered<K, V> {
    pub fn new(most: usize) -> Self {
        Self {
            most,
            known: Mutex::default(),
        }
    }

    pub fn get(&self, key: &K) -> Result<Option<V>, Failure> {
        Ok(self.known.lock().map_err(local)?.get(key).copied())
    }

    pub fn insert(&self, key: K, value: V) -> Result<(), Failure> {
        let mut known = self.known.lock().map_err(local)?;
        if known.len() >= self.most {
            known.clear();
        }
        known.insert(key, value);
        Ok(())
    }
}
