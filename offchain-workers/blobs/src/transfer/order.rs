//! In which order sources are asked.

/// Sorts by a hash of `seed` and each one's key: which comes first differs by seed, and for everybody who puts who they are into it.
/// So not all ask the same one, and nobody chooses whom others ask.
pub fn order<T>(sources: &mut [T], seed: &[u8], key: impl Fn(&T) -> Vec<u8>) {
    let seed = *blake3::hash(seed).as_bytes();
    sources.sort_by_cached_key(|source| *blake3::keyed_hash(&seed, &key(source)).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_should_come_first_about_as_often() {
        let mut first = [0; 4];
        for seed in 0..400u32 {
            let mut sources = [0u8, 1, 2, 3];
            order(&mut sources, &seed.to_le_bytes(), |source| vec![*source]);
            first[usize::from(sources[0])] += 1;
        }
        assert!(first.iter().all(|count| (60..140).contains(count)), "{first:?}");
    }
}
