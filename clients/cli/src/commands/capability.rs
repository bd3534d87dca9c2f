//! What validators declare that their machines can answer.

use crate::{
    context::Context,
    failure::Result,
    output::{json_of, optional, table},
};
use quorate_primitives::views::CapabilityView;
use serde_json::json;

/// Those of all validators, and how many could answer what needs so many MiB.
pub async fn list(context: &Context, memory: Option<u32>) -> Result {
    let client = context.client().await?;
    let all = client.capabilities().await?;
    let count = match memory {
        Some(memory) => Some((memory, client.capable(memory).await?)),
        None => None,
    };
    let counted = count.map(|(_, count)| json_of(&count));
    context.print(&json!({ "validators": json_of(&all), "capable": counted }), || {
        let rows: Vec<_> = all.iter().map(row).collect();
        let heads = [
            "validator",
            "organisation",
            "MiB",
            "million operations a block",
            "arithmetic",
            "since block",
            "asked",
        ];
        table(heads, &rows);
        if let Some((memory, count)) = count {
            println!(
                "{} of {} validators could answer what needs {memory} MiB; it takes {}",
                count.capable, count.validators, count.needed
            );
        }
    });
    Ok(())
}

fn row(view: &CapabilityView) -> [String; 7] {
    let of = view.capability;
    [
        view.validator.to_string(),
        view.organisation.to_string(),
        optional(of, |of| of.memory.to_string()),
        optional(of, |of| of.speed.to_string()),
        optional(of, |of| format!("version {}", of.exact_version)),
        optional(view.declared_at, |at| at.to_string()),
        asked(view),
    ]
}

fn asked(view: &CapabilityView) -> String {
    match (view.asked, view.capability, view.barred_until) {
        (true, ..) => "yes".into(),
        (false, _, Some(until)) => format!("no, it was silent: until block {until}"),
        (false, None, None) => "no, nothing is declared".into(),
        (false, Some(_), None) => "no, it is too slow, or of another release".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::{capability::Capability, AccountId};

    #[test]
    fn who_is_not_asked_should_be_told_why() {
        let view = CapabilityView {
            validator: AccountId::new([1; 32]),
            organisation: 3,
            capability: Some(Capability {
                memory: 1_000,
                speed: 60_000,
                exact_version: 1,
            }),
            declared_at: Some(7),
            next_from: 307,
            again_from: 7_207,
            barred_until: None,
            asked: true,
        };
        assert_eq!(row(&view)[1..], ["3", "1000", "60000", "version 1", "7", "yes"]);
        let not = |view: CapabilityView| asked(&CapabilityView { asked: false, ..view });
        assert!(not(view.clone()).contains("too slow"));
        let barred = CapabilityView {
            barred_until: Some(900),
            ..view.clone()
        };
        assert!(not(barred).contains("until block 900"));
        let nothing = CapabilityView {
            capability: None,
            declared_at: None,
            ..view
        };
        assert_eq!(row(&nothing)[2], "-");
        assert!(not(nothing).contains("nothing is declared"));
    }
}
