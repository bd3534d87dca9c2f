//! Whether enough validators can answer: the chain refuses a request else, as `TooFewCapable`.

use quorate_client::{Client, Error, Result};
use quorate_primitives::{
    job::infer::EXACT_VERSION,
    views::{CapabilityView, CapableCount},
};

/// That enough validators can answer what needs so many MiB.
///
/// # Errors
/// `Unavailable` saying what the others lack.
pub async fn check(client: &Client, count: CapableCount, memory: u32) -> Result<()> {
    match count.capable < count.needed {
        false => Ok(()),
        true => Err(Error::Unavailable(format!(
            "nothing was sent: {}",
            too_few(count, &client.capabilities().await?, memory)
        ))),
    }
}

/// What those lack that cannot answer what needs so many MiB.
fn too_few(count: CapableCount, all: &[CapabilityView], memory: u32) -> String {
    let lacks = |lack: Lack| all.iter().filter(|view| lack_of(view, memory) == Some(lack)).count();
    let small = all.iter().filter(|view| lack_of(view, memory) == Some(Lack::Memory));
    let most = small.filter_map(|view| view.capability).map(|of| of.memory).max();
    let small = format!("declared less memory, at most {} MiB", most.unwrap_or_default());
    let reasons: Vec<String> = [
        (Lack::Declared, "declared nothing"),
        (Lack::Barred, "were silent and are not asked for a while"),
        (Lack::Release, "compute another version of the arithmetic"),
        (Lack::Memory, small.as_str()),
        (Lack::Speed, "are too slow for the deadlines"),
    ]
    .into_iter()
    .filter_map(|(lack, what)| Some((lacks(lack), what)).filter(|(count, _)| *count > 0))
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    let help = match lacks(Lack::Memory) {
        0 => "",
        _ => ". Fewer tokens or smaller inputs need less memory",
    };
    format!(
        "the answer needs {memory} MiB and a quorum of all {} validators, {}; {} can answer: {}{help}. `quorate capability list` shows each",
        count.validators,
        count.needed,
        count.capable,
        reasons.join(", ")
    )
}

/// The first reason why a validator is not asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lack {
    Declared,
    Barred,
    Release,
    Memory,
    Speed,
}

fn lack_of(view: &CapabilityView, memory: u32) -> Option<Lack> {
    let Some(declared) = view.capability else {
        return Some(Lack::Declared);
    };
    match view.asked {
        false if view.barred_until.is_some() => Some(Lack::Barred),
        false if declared.exact_version != EXACT_VERSION => Some(Lack::Release),
        false => Some(Lack::Speed),
        true => (declared.memory < memory).then_some(Lack::Memory),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::{capability::Capability, AccountId};

    #[test]
    fn what_too_few_can_answer_should_be_refused_with_what_the_others_lack() {
        let view = |declared: Option<(u32, u32)>, asked, barred_until| CapabilityView {
            validator: AccountId::new([1; 32]),
            organisation: 0,
            capability: declared.map(|(memory, exact_version)| Capability {
                memory,
                speed: 1,
                exact_version,
            }),
            declared_at: None,
            next_from: 0,
            again_from: 0,
            barred_until,
            asked,
        };
        let all = [
            view(Some((700, EXACT_VERSION)), true, None),
            view(Some((60, EXACT_VERSION)), true, None),
            view(Some((50, EXACT_VERSION)), true, None),
            view(Some((60, EXACT_VERSION)), false, None),
            view(Some((700, EXACT_VERSION)), false, Some(9)),
            view(Some((700, EXACT_VERSION + 1)), false, None),
            view(None, false, None),
        ];
        let count = CapableCount {
            capable: 1,
            needed: 5,
            validators: 7,
        };
        let said = too_few(count, &all, 70);
        for named in [
            "needs 70 MiB and a quorum of all 7 validators, 5; 1 can answer",
            "1 declared nothing",
            "1 were silent",
            "1 compute another version",
            "2 declared less memory, at most 60 MiB",
            "1 are too slow",
            "Fewer tokens",
        ] {
            assert!(said.contains(named), "{said} lacks {named}");
        }
        let slow = too_few(count, &all[3..4], 70);
        assert!(slow.contains("1 are too slow") && !slow.contains("memory"), "{slow}");
    }
}
