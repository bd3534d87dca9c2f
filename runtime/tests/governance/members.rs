//! Who may set keys, submit and send.

use super::{
    common::{model, motions::*, *},
    enact, filtered,
};
use pallet_consortium::types::{Change, Endpoint};
use quorate_primitives::traits::Consortium as _;
use quorate_runtime::{Consortium, Runtime};

#[test]
fn an_outsider_should_set_no_keys_and_a_registered_validator_should() {
    on_local_chain(|chain| {
        endow("//Eve");
        let set_keys = || pallet_session::Call::<Runtime>::set_keys {
            keys: session_keys("//Eve"),
            proof: ownership_proof("//Eve", &account("//Eve")),
        };
        let refused = pallet_session::Error::<Runtime>::NoAssociatedValidatorId;
        assert_eq!(
            chain.block(vec![signed("//Eve", set_keys())]),
            [Err(Failure::Failed(refused.into()))]
        );

        let registration = Change::RegisterValidator {
            validator: account("//Eve"),
            organisation: 4,
            endpoint: Endpoint {
                peer_id: b"12D3KooWJvyP3VJYymTqG7eH4PM5rN4T2agk5cdNCfNymAqwqcvZ"
                    .to_vec()
                    .try_into()
                    .unwrap(),
                gateway: b"http://127.0.0.1:9105".to_vec().try_into().unwrap(),
                tls_key_hash: None,
            },
        };
        enact(chain, registration, &[0, 1, 2, 3]);
        let stolen = pallet_session::Call::<Runtime>::set_keys {
            keys: session_keys("//Eve"),
            proof: ownership_proof("//Eve", &account("//Ferdie")),
        };
        let unproven = pallet_session::Error::<Runtime>::InvalidProof;
        assert_eq!(
            chain.block(vec![signed("//Eve", stolen)]),
            [Err(Failure::Failed(unproven.into()))]
        );
        chain.run(vec![signed("//Eve", set_keys())]);
        // Planned at the next rotation, in the set at the one after.
        chain.pass(65);
        let in_committee = |path: &str| {
            Consortium::committee()
                .iter()
                .any(|member| member.validator == account(path))
        };
        assert!(in_committee("//Eve"));

        // It leaves with its keys: registered again, it has none.
        enact(
            chain,
            Change::RemoveValidator {
                validator: account("//Eve"),
            },
            &[0, 1, 2, 3],
        );
        assert!(!in_committee("//Eve"));
        chain.pass(95);
        assert!(!pallet_consortium::Validators::<Runtime>::contains_key(account(
            "//Eve"
        )));
        assert_eq!(pallet_session::NextKeys::<Runtime>::get(account("//Eve")), None);
    });
}

#[test]
fn a_validator_should_not_purge_its_keys() {
    on_local_chain(|chain| {
        let purge = pallet_session::Call::<Runtime>::purge_keys {};
        assert_eq!(chain.block(vec![signed("//Alice", purge)]), [filtered()]);
    });
}

#[test]
fn only_a_sponsored_account_should_submit_and_only_with_its_consent_be_sponsored() {
    on_local_chain(|chain| {
        let model = model::active(chain, 0);
        chain.run(vec![signed("//Org0", pallet_rounds::Call::open_round { model })]);
        let submit = || pallet_rounds::Call::<Runtime>::submit {
            round: 0,
            commitment: Default::default(),
            weight: 1,
        };
        let refused = pallet_rounds::Error::<Runtime>::NotSponsored;
        // Bob validates and has tokens; nobody sponsors him.
        assert_eq!(
            chain.block(vec![signed("//Bob", submit())]),
            [Err(Failure::Failed(refused.into()))]
        );
        let for_another = pallet_consortium::Call::sponsor {
            contributor: account("//Bob"),
            consent: consent("//Bob", 2),
        };
        let bad = pallet_consortium::Error::<Runtime>::BadConsent;
        assert_eq!(
            chain.block(vec![signed("//Org1", for_another)]),
            [Err(Failure::Failed(bad.into()))]
        );
        chain.run(vec![signed("//Org1", sponsor("//Bob", 1))]);
        chain.run(vec![signed("//Bob", submit())]);
    });
}

#[test]
fn an_account_without_tokens_or_sponsor_should_not_send() {
    on_local_chain(|chain| {
        let claim = pallet_incentives::Call::<Runtime>::claim {};
        assert!(chain.pool(signed("//Nobody", claim)).is_err());
    });
}
