//! What the terminal shows.

use quorate_client::policy::UNIT;
use quorate_primitives::{Balance, Ppm};

use super::Ended;
use crate::{
    data::SUPPLIERS,
    round::{Learning, HONEST, PLAYERS},
    shares::parts,
};

fn part(ppm: Ppm) -> f64 {
    f64::from(ppm) / 1e6
}

fn tokens(amount: Balance) -> f64 {
    amount as f64 / UNIT as f64
}

fn loss(units: i32) -> f64 {
    f64::from(units) / f64::from(1 << 20)
}

/// What a quorum found of a version.
pub fn version(ended: &Ended) {
    let measures = &ended.played.measures;
    println!(
        "version {} recorded in block {}, attested in block {}: over {} data sets accuracy {:.3}, before {:.3}; mean loss {:.4}, before {:.4}",
        ended.version,
        ended.view.recorded_at.unwrap_or_default(),
        ended.record.block,
        measures.sets,
        part(measures.correct),
        part(measures.correct_before),
        loss(measures.loss),
        loss(measures.loss_before),
    );
}

fn player(learning: &Learning, number: usize) -> String {
    let rows = match number < HONEST {
        true => format!(", {} rows", learning.rows(number)),
        false => String::new(),
    };
    let supplies = if number < SUPPLIERS { ", supplies a shard" } else { "" };
    format!("Org{number}: {}{rows}{supplies}", PLAYERS[number])
}

/// Parts of the pot, and what was paid: reputations count too.
pub fn by_products(learning: &Learning, ended: &Ended) {
    println!("  {:<48} {:>12} {:>8}", "", "by products", "tokens");
    let shares = parts(&ended.played.scored.by_products);
    for (number, (share, earned)) in shares.iter().zip(&ended.earned).enumerate() {
        let name = player(learning, number);
        println!("  {name:<48} {:>10.1} % {:>8.3}", 100.0 * share, tokens(*earned));
    }
}

/// The same beside what scores from the round's products would have made of it.
pub fn side_by_side(learning: &Learning, ended: &Ended) {
    println!(
        "  {:<48} {:>12} {:>15} {:>8}",
        "", "by products", "by improvement", "tokens"
    );
    let scored = &ended.played.scored;
    let shares = parts(&scored.by_products)
        .into_iter()
        .zip(parts(&scored.by_improvement));
    for (number, ((before, now), earned)) in shares.zip(&ended.earned).enumerate() {
        let name = player(learning, number);
        println!(
            "  {name:<48} {:>10.1} % {:>13.1} % {:>8.3}",
            100.0 * before,
            100.0 * now,
            tokens(*earned)
        );
    }
}
