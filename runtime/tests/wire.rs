//! What clients, wallets and archives rely on. A change here breaks them: it needs a new transaction version and a note.

mod common;

use codec::Encode;
use common::*;
use frame_support::traits::{GetCallIndex, GetCallName, PalletsInfoAccess};
use quorate_runtime::{
    configs::accounts::ProxyType, transactions::extensions, AllPalletsWithSystem, Runtime, SessionKeys,
    TransactionExtensions, UncheckedExtrinsic, VERSION,
};
use sp_runtime::traits::TransactionExtension;

#[test]
fn pallets_keep_their_names_and_indices() {
    let pallets: Vec<(usize, &str)> = AllPalletsWithSystem::infos()
        .into_iter()
        .map(|info| (info.index, info.name))
        .collect();
    assert_eq!(
        pallets,
        [
            (0, "System"),
            (1, "Timestamp"),
            (2, "Babe"),
            (3, "Authorship"),
            (4, "Balances"),
            (5, "TransactionPayment"),
            (6, "SkipFeelessPayment"),
            (10, "Membership"),
            (11, "Council"),
            (12, "Consortium"),
            (13, "Session"),
            (14, "Historical"),
            (15, "Offences"),
            (16, "Grandpa"),
            (20, "Models"),
            (21, "Rounds"),
            (22, "Attestation"),
            (23, "Reputation"),
            (24, "Incentives"),
            (30, "TechnicalMembership"),
            (31, "TechnicalCommittee"),
            (32, "RankedCollective"),
            (33, "RankedPolls"),
            (34, "Preimage"),
            (35, "Scheduler"),
            (36, "Treasury"),
            (37, "Whitelist"),
            (40, "Identity"),
            (41, "Multisig"),
            (42, "Proxy"),
            (43, "Utility"),
            (50, "SafeMode"),
            (51, "TxPause"),
            (52, "MultiBlockMigrations"),
            (53, "Parameters"),
        ]
    );
}

fn calls<Call: GetCallName + GetCallIndex>() -> Vec<(u8, &'static str)> {
    Call::get_call_indices()
        .iter()
        .copied()
        .zip(Call::get_call_names().iter().copied())
        .collect()
}

#[test]
fn calls_keep_their_names_and_indices() {
    assert_eq!(
        calls::<pallet_consortium::Call<Runtime>>(),
        [
            (0, "admit"),
            (1, "remove"),
            (2, "register_validator"),
            (3, "remove_validator"),
            (4, "update_endpoint"),
            (5, "sponsor"),
            (6, "unsponsor"),
            (7, "suspend"),
            (8, "reinstate"),
            (9, "set_quota"),
            (10, "set_account"),
        ]
    );
    assert_eq!(
        calls::<pallet_models::Call<Runtime>>(),
        [
            (0, "register"),
            (1, "set_policy"),
            (2, "freeze"),
            (3, "unfreeze"),
            (4, "retire"),
            (5, "retry_genesis"),
            (6, "revoke"),
        ]
    );
    assert_eq!(
        calls::<pallet_rounds::Call<Runtime>>(),
        [
            (0, "open_round"),
            (1, "submit"),
            (2, "withdraw"),
            (3, "open"),
            (4, "vote_available"),
            (5, "abort"),
        ]
    );
    assert_eq!(
        calls::<pallet_attestation::Call<Runtime>>(),
        [(0, "commit"), (1, "reveal"), (2, "settle")]
    );
    assert_eq!(
        calls::<pallet_reputation::Call<Runtime>>(),
        [(0, "set_parameters"), (1, "reset")]
    );
    assert_eq!(
        calls::<pallet_incentives::Call<Runtime>>(),
        [(0, "fund"), (1, "withdraw_fund"), (2, "claim"), (3, "claim_for")]
    );
}

/// Extensions that stock wallets know by name; of any other they assume that it takes no byte.
const KNOWN_TO_WALLETS: [&str; 8] = [
    "CheckNonZeroSender",
    "CheckSpecVersion",
    "CheckTxVersion",
    "CheckGenesis",
    "CheckMortality",
    "CheckNonce",
    "CheckWeight",
    "ChargeTransactionPayment",
];

#[test]
fn extensions_keep_their_order_and_unknown_ones_take_no_byte() {
    let metadata = TransactionExtensions::metadata();
    let names: Vec<&str> = metadata.iter().map(|extension| extension.identifier).collect();
    let mut expected = vec!["AuthorizeCall"];
    expected.extend(KNOWN_TO_WALLETS);
    expected.push("WeightReclaim");
    assert_eq!(names, expected);

    assert_eq!(frame_system::AuthorizeCall::<Runtime>::new().encoded_size(), 0);
    assert_eq!(frame_system::WeightReclaim::<Runtime>::new().encoded_size(), 0);
    let unit = scale_info::meta_type::<()>();
    for extension in metadata
        .iter()
        .filter(|extension| !KNOWN_TO_WALLETS.contains(&extension.identifier))
    {
        assert_eq!(
            extension.implicit, unit,
            "{} signs something that wallets do not know",
            extension.identifier
        );
    }
    // An immortal era, the nonce 7 and no tip are all that there is.
    assert_eq!(extensions(7).encode(), [0, 7 << 2, 0]);
}

#[test]
fn session_keys_and_proxy_types_keep_their_order() {
    genesis(quorate_runtime::LOCAL_PRESET).execute_with(|| {
        let keys = session_keys("//Alice");
        let raw = SessionKeys::decode_into_raw_public_keys(&keys.encode()).expect("keys decode");
        let types: Vec<_> = raw.into_iter().map(|(_, key_type)| key_type.0).collect();
        assert_eq!(types, [*b"babe", *b"gran", *b"aiwk"]);
    });
    let proxies = [
        ProxyType::Any,
        ProxyType::NonTransfer,
        ProxyType::Governance,
        ProxyType::Contributor,
        ProxyType::Organisation,
    ];
    for (index, proxy) in (0u8..).zip(proxies) {
        assert_eq!(proxy.encode(), [index]);
    }
}

#[test]
fn a_general_transaction_is_version_5_and_unsigned() {
    genesis(quorate_runtime::LOCAL_PRESET).execute_with(|| {
        let call = pallet_incentives::Call::<Runtime>::claim {};
        let transaction = UncheckedExtrinsic::new_transaction(call.into(), extensions(0));
        // Length, preamble (general, version 5), extension version 0, extensions, pallet, call.
        assert_eq!(transaction.encode(), [7 << 2, 0x45, 0, 0, 0, 0, 24, 2]);
    });
    // 2: a policy has a pipeline where it had a rule.
    assert_eq!(VERSION.transaction_version, 2);
}

#[test]
fn both_presets_build() {
    for preset in quorate_runtime::presets::preset_names() {
        genesis(preset.as_ref()).execute_with(|| {
            let validators = pallet_session::Validators::<Runtime>::get();
            assert_eq!(
                validators.len(),
                if preset == quorate_runtime::LOCAL_PRESET { 4 } else { 1 }
            );
            assert_eq!(quorate_runtime::Consortium::registered_peers().len(), validators.len());
            assert_eq!(
                pallet_membership::Members::<Runtime, pallet_membership::Instance1>::get().len(),
                5
            );
            assert_eq!(
                pallet_membership::Members::<Runtime, pallet_membership::Instance2>::get().len(),
                3
            );
        });
    }
}
