//! What assessments pay, and what they do not.

mod common;

use common::{data, margin, program, world, Sent, World, SCALE};
use quorate_evaluation::assessment::{
    assess, moved, players, shares, Assessed, AssessmentDetail, AssessmentDetailError, Measures, BENCHMARK,
};
use quorate_program::Program;

fn done(world: &World) -> (Measures, AssessmentDetail) {
    match assess(&world.round()).unwrap() {
        Assessed::Done(measures, detail) => (measures, detail),
        Assessed::Unfit(reason) => panic!("{reason}"),
    }
}

fn unfit(world: &World) -> String {
    match assess(&world.round()).unwrap() {
        Assessed::Unfit(reason) => reason,
        done => panic!("{done:?}"),
    }
}

fn honest(count: u32) -> Vec<(u32, u32, Sent)> {
    (1..=count)
        .map(|organisation| (organisation, 1, Sent::Honest))
        .collect()
}

/// Parts of all scores, by organisation.
fn parts(world: &World, scores: &[u32]) -> Vec<f64> {
    let all: u32 = scores.iter().sum();
    let players = players(&world.updates.iter().map(|(update, _)| *update).collect::<Vec<_>>());
    let own = |player: &quorate_evaluation::assessment::Player| {
        let own: u32 = player.updates.iter().map(|&(update, _)| scores[update]).sum();
        f64::from(own) / f64::from(all)
    };
    players.iter().map(own).collect()
}

#[test]
fn a_replay_should_earn_nothing_and_noise_what_chance_gives_it() {
    let mut noise = 0.0;
    for seed in 0..10 {
        let mut sent = honest(6);
        sent.push((7, 1, Sent::Replay(2)));
        sent.push((8, 1, Sent::Replay(6)));
        sent.push((9, 1, Sent::Noise));
        let (_, detail) = done(&world(seed, &sent));
        let scores = &detail.scores;
        assert_eq!((scores[6], scores[7]), (0, 0), "{seed}: {detail:?}");
        let all: u32 = scores.iter().sum();
        // A random direction of 400 leads down by chance, or up.
        let part = f64::from(scores[8]) / f64::from(all);
        assert!(part < 0.04, "{seed}: {scores:?}");
        noise += part / 10.0;
        assert!(
            scores.iter().take(6).all(|&score| score > 300_000),
            "{seed}: {scores:?}"
        );
        assert_eq!(scores.iter().max(), Some(&1_000_000));
    }
    assert!(noise < 0.01, "{noise}");
}

#[test]
fn a_replay_in_two_halves_with_noise_of_either_sign_should_earn_nothing() {
    let mut sent = honest(3);
    sent.push((4, 1, Sent::Replay(2)));
    let replayed = world(5, &sent).rows[3].clone();
    let noise = |sign: i32| {
        let noisy = replayed
            .iter()
            .enumerate()
            .map(|(k, q)| q + sign * (((k * 7919) % 101) as i32 - 50) * (1 << 12));
        Sent::Alone(noisy.collect())
    };
    sent.truncate(3);
    sent.push((4, 3, noise(1)));
    sent.push((4, 3, noise(-1)));
    let (_, detail) = done(&world(5, &sent));
    assert!(detail.players[3].value > 0);
    assert!(
        detail.scores[3] < 1_000 && detail.scores[4] < 1_000,
        "{:?}",
        detail.scores
    );
}

#[test]
fn a_copy_within_an_organisation_should_change_nobodys_part() {
    for seed in 0..5 {
        let once = world(seed, &honest(5));
        let copied = Sent::Row(once.rows[2].clone());
        let mut sent: Vec<_> = once
            .rows
            .iter()
            .zip(1..)
            .map(|(row, of)| (of, 1, Sent::Row(row.clone())))
            .collect();
        sent.insert(1, (3, 1, copied.clone()));
        sent.push((3, 1, copied));
        let twice = world(seed, &sent);
        let (_, a) = done(&World {
            shards: twice.shards.clone(),
            ..world(
                seed,
                &once
                    .rows
                    .iter()
                    .zip(1..)
                    .map(|(row, of)| (of, 1, Sent::Row(row.clone())))
                    .collect::<Vec<_>>(),
            )
        });
        let (_, b) = done(&twice);
        let (before, after) = (parts(&once, &a.scores), parts(&twice, &b.scores));
        for (a, b) in before.iter().zip(&after) {
            assert!((a - b).abs() < 1e-5, "{before:?} {after:?}");
        }
        assert_eq!(b.scores[1], b.scores[6]);
    }
}

#[test]
fn the_order_of_updates_should_change_nothing() {
    let sent: Vec<_> = [(4, 3), (2, 1), (4, 1), (9, 2), (2, 7)]
        .map(|(of, weight)| (of, weight, Sent::Honest))
        .into();
    let mut first = world(11, &sent);
    let (measures, detail) = done(&first);
    let order = [3, 0, 4, 2, 1];
    let sent: Vec<_> = order
        .map(|i| (sent[i].0, sent[i].1, Sent::Row(first.rows[i].clone())))
        .into();
    let other = world(11, &sent);
    first.updates = other.updates;
    first.aggregation = other.aggregation;
    let (also, moved) = done(&first);
    assert_eq!(
        (measures, &detail.players, &detail.all),
        (also, &moved.players, &moved.all)
    );
    assert_eq!(order.map(|i| detail.scores[i]).to_vec(), moved.scores);
    assert_eq!(order.map(|i| detail.selection[i]).to_vec(), moved.selection);
}

#[test]
fn values_should_be_within_a_point_of_shapleys() {
    for seed in 0..10 {
        let world = world(seed, &honest(10));
        let (_, detail) = done(&world);
        let examples = world.task.examples(&mut common::Random(seed + 1_000), 250);
        let updates: Vec<_> = world.updates.iter().map(|(update, _)| *update).collect();
        let players = players(&updates);
        let norms: Vec<u128> = detail.players.iter().map(|player| player.norm).collect();
        let shares = shares(&players, &norms);
        let loss = |set: usize| -> f64 {
            let weight = |(k, w): (usize, &f32)| {
                let part = |of: usize| i64::from(shares[of].share) * i64::from(world.rows[of][k]);
                let sum = (0..10).filter(|of| set >> of & 1 == 1).map(part).sum();
                f64::from(f32::from_bits(moved(w.to_bits(), sum, SCALE).unwrap()))
            };
            let weights: Vec<f64> = world.weights.iter().enumerate().map(weight).collect();
            let losses = examples
                .iter()
                .map(|example| (1.0 + (-margin(&weights, example)).exp()).ln());
            losses.sum::<f64>() / 250.0
        };
        let losses: Vec<f64> = (0..1 << 10).map(loss).collect();
        let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
        let shapley = |of: usize| {
            let term = |set: usize| {
                let size = set.count_ones();
                factorial(size) * factorial(9 - size) / factorial(10) * (losses[set] - losses[set | 1 << of])
            };
            (0..1 << 10).filter(|set| set >> of & 1 == 0).map(term).sum::<f64>()
        };
        let half = |of: usize| (losses[0] - losses[1 << of] + losses[1023 ^ 1 << of] - losses[1023]) / 2.0;
        let (exact, ours): (Vec<f64>, Vec<f64>) = ((0..10).map(shapley).collect(), (0..10).map(half).collect());
        let (all, sum) = (exact.iter().sum::<f64>(), ours.iter().sum::<f64>());
        for (a, b) in exact.iter().zip(&ours) {
            assert!((a / all - b / sum).abs() < 0.01, "{seed}: {exact:?} {ours:?}");
        }
        // And the reference's, over one shard, is this half of a sum.
        let on = |shard: usize| {
            let set = detail.sets[shard + 1];
            let player = &detail.players[3];
            let twice = set.before.loss - player.losses[shard].0 + player.losses[shard].1 - detail.all[shard];
            (twice << 16).div_euclid(set.counted as i64)
        };
        let mut of: Vec<i64> = (0..4).map(on).collect();
        of.sort_unstable();
        assert_eq!(detail.players[3].value, of[1]);
    }
}

#[test]
fn nobody_should_be_judged_by_a_shard_of_its_own() {
    let mut world = world(3, &honest(5));
    world.shards.iter_mut().zip(1..).for_each(|(shard, of)| shard.0 = of);
    let (_, fair) = done(&world);
    // Labels turned round: good updates look bad on it.
    let examples = world.task.examples(&mut common::Random(9), 250);
    let turned: Vec<_> = examples.into_iter().map(|(x, y)| (x, -y)).collect();
    world.shards[1].1 = data(&turned, 0);
    let (_, poisoned) = done(&world);
    // Two of three foreign shards are sound: the lower median is still one of theirs.
    for (player, poisoned) in fair.players.iter().zip(&poisoned.players) {
        assert!(player.value > 0 && poisoned.value > 0, "{player:?} {poisoned:?}");
        assert_eq!(
            player.value == poisoned.value,
            player.organisation == 2 || player.value == poisoned.value
        );
    }
    assert_eq!(fair.players[1].value, poisoned.players[1].value);
}

#[test]
fn rows_that_others_have_should_count_in_neither_shard() {
    let mut world = world(4, &honest(3));
    let own = world.task.examples(&mut common::Random(1), 230);
    let public = world.task.examples(&mut common::Random(2), 40);
    world.benchmark = Some(data(&public, 0));
    // Public rows and copies of its own, with another salt: neither counts; and ten rows of another shard.
    let other: Vec<_> = [&own[..10], &world.task.examples(&mut common::Random(3), 220)[..]].concat();
    world.shards[0].1 = data(&[&own[..], &public[..], &own[100..150]].concat(), 9);
    world.shards[1].1 = data(&other, 1);
    let (measures, detail) = done(&world);
    assert_eq!((detail.sets[0].place, detail.sets[0].counted), (BENCHMARK, 40));
    assert_eq!((detail.sets[1].rows, detail.sets[1].counted), (320, 220));
    assert_eq!((detail.sets[2].rows, detail.sets[2].counted), (230, 220));
    assert_eq!((measures.sets, detail.counted()), (5, 0b1111));
    // A shard with too few is as if it was not there; with three there are no scores.
    world.shards[1].1 = data(&other[..205], 1);
    let (measures, detail) = done(&world);
    assert_eq!((measures.sets, detail.counted()), (4, 0b1101));
    assert!(detail.scores.is_empty() && detail.players.is_empty() && detail.all.is_empty());
    // So is one that is no data set, or that the program does not fit.
    for wrong in [vec![], world.shards[2].1[..5_000].to_vec(), world.program.clone()] {
        world.shards[1].1 = wrong;
        assert_eq!(done(&world).1.counted(), 0b1101);
    }
}

#[test]
fn without_contribution_the_measures_should_be_of_what_there_is() {
    let mut world = world(6, &honest(2));
    world.shards.clear();
    let round = quorate_evaluation::assessment::AssessedRound {
        contribution: None,
        ..world.round()
    };
    let Assessed::Done(measures, detail) = assess(&round).unwrap() else {
        panic!("fits")
    };
    assert_eq!((measures.sets, detail.counted(), detail.scores.len()), (1, 0, 0));
    assert!(measures.increase < 0 && measures.loss < measures.loss_before && measures.correct > 500_000);
    assert_eq!(measures.increase, measures.loss - measures.loss_before);
    world.benchmark = None;
    assert!(unfit(&world).contains("no data set"));
}

#[test]
fn what_does_not_fit_should_be_unfit() {
    let sound = || world(7, &honest(2));
    let world = sound();
    let mut round = world.round();
    // (2 · 40 + 7 · 1000) rows of 100,000 and 25,000 for each of eight nodes, and a few: a little more than 2 thousand million.
    round.operations = 2;
    assert!(matches!(assess(&round).unwrap(), Assessed::Unfit(reason) if reason.contains("operations")));
    round.operations = 3;
    assert!(matches!(assess(&round).unwrap(), Assessed::Done(..)));
    let with = |change: fn(&mut quorate_program::Graph)| {
        let mut graph = program();
        change(&mut graph);
        World {
            program: Program::new(graph).unwrap().encode(),
            ..sound()
        }
    };
    assert!(unfit(&with(|graph| graph.tensors[0].name = "v".into())).contains("\"v\""));
    assert!(unfit(&with(|graph| graph.inputs[1].name = "z".into())).contains("benchmark"));
    assert!(unfit(&World {
        benchmark: Some(vec![1; 99]),
        ..sound()
    })
    .contains("benchmark"));
}

#[test]
fn a_blob_should_be_read_exactly_as_it_was_written() {
    let (_, detail) = done(&world(8, &honest(3)));
    let bytes = detail.encode();
    assert_eq!(AssessmentDetail::decode(&bytes), Ok(detail.clone()));
    for end in 0..bytes.len() {
        assert!(AssessmentDetail::decode(&bytes[..end]).is_err());
    }
    assert_eq!(
        AssessmentDetail::decode(&[&bytes[..], &[0]].concat()),
        Err(AssessmentDetailError::Encoding)
    );
    let wrong = |change: fn(&mut AssessmentDetail)| {
        let mut detail = detail.clone();
        change(&mut detail);
        AssessmentDetail::decode(&detail.encode()).unwrap_err()
    };
    assert_eq!(
        wrong(|detail| detail.scores[1] = 1_000_001),
        AssessmentDetailError::Score { index: 1 }
    );
    assert_eq!(
        wrong(|detail| detail.selection.truncate(2)),
        AssessmentDetailError::Lengths
    );
    assert_eq!(wrong(|detail| detail.players.clear()), AssessmentDetailError::Lengths);
    assert_eq!(wrong(|detail| detail.all.truncate(1)), AssessmentDetailError::Lengths);
    assert_eq!(
        wrong(|detail| detail.players[2].losses.truncate(3)),
        AssessmentDetailError::Lengths
    );
    assert_eq!(wrong(|detail| detail.sets.clear()), AssessmentDetailError::TooMany);
}
