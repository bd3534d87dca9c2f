//! Random numbers: one independent stream for each purpose, all from one seed.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What numbers are drawn for.
#[derive(Clone, Copy)]
pub enum Purpose {
    Split,
    Partition,
    Start,
    /// The order in which a round's updates were sealed.
    Order {
        round: u32,
    },
    /// What a round's bucketing draws its groups from.
    Bucketing {
        round: u32,
    },
    /// What the hostile draw in a round.
    Attack {
        round: u32,
    },
    /// A contributor's training in a round.
    Training {
        round: u32,
        contributor: u32,
    },
}

/// The stream of `purpose`. Equal arguments give equal numbers everywhere.
pub fn rng(seed: u64, purpose: Purpose) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(match purpose {
        Purpose::Split => 0,
        Purpose::Partition => 1,
        Purpose::Start => 2,
        Purpose::Order { round } => 1 << 60 | u64::from(round),
        Purpose::Bucketing { round } => 2 << 60 | u64::from(round),
        Purpose::Attack { round } => 3 << 60 | u64::from(round),
        Purpose::Training { round, contributor } => 1 << 63 | u64::from(round) << 31 | u64::from(contributor),
    });
    rng
}
