//! Random trees of versions, checked against a walk over every version.

use crate::{
    ancestry::{Step, LONGEST_WALK},
    mock::*,
    types::{MAX_REVOKED, MAX_RUNS},
    Ancestries,
};
use quorate_primitives::traits::Models as _;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const HISTORIES: u64 = 80;
const STEPS: usize = 60;

/// Set the variable to replay a history; the seed of each is printed.
fn first_seed() -> u64 {
    std::env::var("QUORATE_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(rand::random)
}

/// What is clean, from parents and revocations alone.
fn naive(parents: &[Option<u32>], revoked: &[u32]) -> Vec<u32> {
    let mut clean: Vec<u32> = Vec::new();
    for (version, parent) in parents.iter().enumerate() {
        let version = version as u32;
        if !revoked.contains(&version) && parent.is_none_or(|parent| clean.contains(&parent)) {
            clean.push(version);
        }
    }
    clean
}

/// Versions that were not made from the one before them.
fn runs(parents: &[Option<u32>]) -> usize {
    let begins = |(version, parent): (usize, &Option<u32>)| parent.map(|parent| parent as usize + 1) != Some(version);
    parents.iter().enumerate().filter(|each| begins(*each)).count()
}

#[test]
fn head_and_clean_versions_should_be_those_of_a_walk_over_all_versions() {
    let first = first_seed();
    for seed in (0..HISTORIES).map(|history| first.wrapping_add(history)) {
        println!("QUORATE_TEST_SEED={seed}");
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        run(|| {
            let id = active_model();
            let mut parents = vec![None];
            let mut revoked: Vec<u32> = Vec::new();
            for step in 0..STEPS {
                let clean = naive(&parents, &revoked);
                match random.random_range(0..8) {
                    0 | 1 => {
                        let version = random.random_range(0..parents.len() as u32);
                        if !revoked.contains(&version) && revoked.len() < MAX_REVOKED as usize {
                            revoke(id, version);
                            revoked.push(version);
                        }
                    }
                    2 | 3 if !revoked.is_empty() => {
                        let at = random.random_range(0..revoked.len());
                        unrevoke(id, revoked.swap_remove(at));
                    }
                    4 if !clean.is_empty() => {
                        let parent = clean[random.random_range(0..clean.len())];
                        record(id, parent, root(9)).unwrap();
                        parents.push(Some(parent));
                    }
                    _ => {
                        if let Some(head) = head(id) {
                            record(id, head, root(9)).unwrap();
                            parents.push(Some(head));
                        }
                    }
                }
                let clean = naive(&parents, &revoked);
                let context = format!("seed {seed}, step {step}");
                if runs(&parents) <= MAX_RUNS as usize {
                    assert_eq!(head(id), clean.last().copied(), "{context}");
                } else {
                    // A newer one may be passed over, but never for one that is not clean.
                    assert!(head(id).is_none_or(|head| clean.contains(&head)), "{context}");
                }
                for version in 0..parents.len() as u32 {
                    let expected = clean.contains(&version);
                    assert_eq!(Models::is_clean(id, version), expected, "{context}, {version}");
                }
                assert_eq!(Models::round_base(id).map(|base| base.base), head(id), "{context}");
            }
        });
    }
}

#[test]
fn jumps_should_reach_the_root_of_a_long_line_in_few_steps() {
    run(|| {
        let id = active_model();
        grow(id, 1_000);
        for version in 0..=1_000 {
            let (mut at, mut steps) = (version, 0);
            while at > 0 {
                at = Ancestries::<Test>::get(id, at).unwrap().jump;
                steps += 1;
            }
            assert!(steps <= 20, "{steps} jumps from {version}");
        }
    });
}

#[test]
fn head_should_be_a_clean_ancestor_when_more_runs_descend_from_a_revoked_version_than_are_searched() {
    run(|| {
        let id = active_model();
        grow(id, 2);
        // Each of these begins a run of its own.
        for _ in 0..MAX_RUNS + 10 {
            record(id, 1, root(9)).unwrap();
        }
        revoke(id, 1);
        assert_eq!(head(id), Some(0));
        unrevoke(id, 1);
        assert_eq!(head(id), entry(id).latest);
    });
}

#[test]
fn line_of_a_thousand_versions_should_be_left_at_once() {
    run(|| {
        let id = active_model();
        grow(id, 1_000);
        revoke(id, 3);
        assert_eq!(head(id), Some(2));
        assert!(!Models::is_clean(id, 1_000));
        assert!(Models::is_clean(id, 2));
        assert!(!Models::is_clean(id, 1_001), "there is no such version");
    });
}

#[test]
fn walk_past_a_revoked_version_beside_each_stretch_should_read_no_more_than_it_weighs() {
    run(|| {
        const STRETCH: u32 = 1_000;
        let id = active_model();
        // The last version of each stretch is a branch of its own, and revoked: no jump passes it.
        let revoked: Vec<u32> = (1..=MAX_REVOKED).map(|stretch| stretch * STRETCH - 1).collect();
        let newest = (MAX_REVOKED + 1) * STRETCH;
        for version in 1..=newest {
            let parent = version - if version % STRETCH == 0 { 2 } else { 1 };
            let place = Models::place(id, version, Some(parent), version.checked_sub(1)).unwrap();
            Ancestries::<Test>::insert(id, version, place);
        }
        let (mut at, mut reads) = (newest, 0u32);
        while let Some(Step::To(ancestor)) = Models::step(id, at, &revoked) {
            at = ancestor;
            reads += 1;
        }
        assert!(at < STRETCH, "the way is clean");
        assert!(reads > 64, "{reads}: one stretch alone");
        assert!(reads <= LONGEST_WALK, "{reads}");
        // Only this walk was wanted: the versions have no records.
        let _ = Ancestries::<Test>::clear_prefix(id, u32::MAX, None);
        Ancestries::<Test>::insert(id, 0, Models::place(id, 0, None, None).unwrap());
    });
}
