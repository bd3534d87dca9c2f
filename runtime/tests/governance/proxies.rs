//! What proxies may do.

use super::common::{model, motions::*, *};
use frame_support::traits::Contains;
use quorate_runtime::{configs::safety::CallFilter, constants::UNIT, Balances, RuntimeCall};

#[test]
fn no_proxy_but_any_should_pass_tokens_or_hand_the_account_over() {
    use frame_support::traits::InstanceFilter;
    use quorate_primitives::purpose::Purpose;
    use quorate_runtime::configs::accounts::ProxyType::{self, *};
    let (eve, amount) = (account("//Eve"), UNIT);
    let tokens: Vec<RuntimeCall> = vec![
        pallet_balances::Call::transfer_allow_death {
            dest: eve.clone().into(),
            value: amount,
        }
        .into(),
        pallet_incentives::Call::fund {
            purpose: Purpose::Model(7),
            amount,
        }
        .into(),
        pallet_incentives::Call::withdraw_fund {
            purpose: Purpose::Model(7),
            amount,
        }
        .into(),
        pallet_treasury::Call::spend {
            asset_kind: Box::new(()),
            amount,
            beneficiary: Box::new(eve.clone().into()),
            valid_from: None,
        }
        .into(),
        pallet_consortium::Call::rotate_account { account: eve.clone() }.into(),
        pallet_consortium::Call::set_recovery_account { recovery: eve.clone() }.into(),
        pallet_consortium::Call::recover_account {
            organisation: 0,
            account: eve.clone(),
        }
        .into(),
        pallet_proxy::Call::add_proxy {
            delegate: eve.clone().into(),
            proxy_type: Any,
            delay: 0,
        }
        .into(),
        pallet_multisig::Call::as_multi_threshold_1 {
            other_signatories: vec![eve.clone()],
            call: Box::new(frame_system::Call::remark { remark: vec![] }.into()),
        }
        .into(),
        pallet_identity::Call::clear_identity {}.into(),
    ];
    let lists: [ProxyType; 4] = [NonTransfer, Governance, Contributor, Organisation];
    for call in tokens {
        assert!(Any.filter(&call));
        for list in lists {
            assert!(!list.filter(&call), "{list:?} passes {call:?}");
        }
    }
    let submit = RuntimeCall::from(pallet_rounds::Call::submit {
        round: 0,
        commitment: Default::default(),
        weight: 1,
    });
    let open = RuntimeCall::from(pallet_rounds::Call::open_round { model: 0 });
    let batch = RuntimeCall::from(pallet_utility::Call::batch_all { calls: vec![] });
    let may = |call: &RuntimeCall| lists.map(|list| list.filter(call));
    assert_eq!(may(&submit), [true, false, true, false]);
    assert_eq!(may(&open), [true, false, false, true]);
    assert_eq!(may(&batch), [true; 4]);
}

#[test]
fn nobody_should_act_for_the_account_of_a_track() {
    use frame_support::traits::InstanceFilter;
    use quorate_runtime::{configs::accounts::ProxyType, governance::tracks::track_account};
    let proxy = |real| {
        RuntimeCall::from(pallet_proxy::Call::proxy {
            real: sp_runtime::MultiAddress::Id(real),
            force_proxy_type: None,
            call: Box::new(frame_system::Call::remark { remark: vec![] }.into()),
        })
    };
    on_local_chain(|_| {
        for rank in 1..=3 {
            assert!(!CallFilter::contains(&proxy(track_account(rank))));
        }
        assert!(CallFilter::contains(&proxy(account("//Org0"))));
    });
    // A policy says where a model's fund goes.
    let policy = pallet_models::Call::set_policy {
        model: 0,
        policy: model::policy(),
    };
    let policy = RuntimeCall::from(policy);
    assert!(!ProxyType::Organisation.filter(&policy) && !ProxyType::NonTransfer.filter(&policy));
}

#[test]
fn a_non_transfer_proxy_should_not_fund_a_foreign_model() {
    use quorate_primitives::purpose::Purpose;
    use quorate_runtime::configs::accounts::ProxyType;
    on_local_chain(|chain| {
        let model = model::active(chain, 1);
        endow("//Machine");
        let add = pallet_proxy::Call::add_proxy {
            delegate: account("//Machine").into(),
            proxy_type: ProxyType::NonTransfer,
            delay: 0,
        };
        chain.run(vec![signed("//Org0", add)]);
        let fund = pallet_incentives::Call::fund {
            purpose: Purpose::Model(model),
            amount: 100 * UNIT,
        };
        let by_proxy = pallet_proxy::Call::proxy {
            real: account("//Org0").into(),
            force_proxy_type: None,
            call: Box::new(RuntimeCall::from(pallet_utility::Call::batch_all {
                calls: vec![fund.into()],
            })),
        };
        let before = Balances::free_balance(account("//Org0"));
        chain.run(vec![signed("//Machine", by_proxy)]);
        assert_eq!(Balances::free_balance(account("//Org0")), before);
    });
}
