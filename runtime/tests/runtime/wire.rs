//! What clients, wallets and archives rely on. A change here breaks them: it needs a new transaction version and a note.

use crate::common::*;
use codec::Encode;
use frame_support::traits::{GetCallIndex, GetCallName, PalletsInfoAccess, StorageInfoTrait};
use quorate_runtime::{
    configs::accounts::ProxyType, transactions::extensions, AllPalletsWithSystem, Runtime, SessionKeys,
    TransactionExtensions, UncheckedExtrinsic, VERSION,
};
use sp_runtime::traits::TransactionExtension;

#[test]
fn pallets_should_keep_their_names_and_indices() {
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
            (8, "TechnicalMembership"),
            (9, "TechnicalCommittee"),
            (10, "Membership"),
            (11, "Council"),
            (12, "Consortium"),
            (13, "Session"),
            (14, "Historical"),
            (15, "Offences"),
            (16, "Grandpa"),
            (19, "Availability"),
            (20, "Models"),
            (21, "Rounds"),
            (22, "Attestation"),
            (23, "Reputation"),
            (24, "Incentives"),
            (25, "Artifacts"),
            (26, "Evaluation"),
            (27, "Inference"),
            (28, "Capabilities"),
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
fn calls_should_keep_their_names_and_indices() {
    assert_eq!(
        calls::<pallet_consortium::Call<Runtime>>(),
        [
            (0, "propose_change"),
            (1, "cancel_change"),
            (2, "suspend"),
            (3, "reinstate"),
            (4, "sponsor"),
            (5, "unsponsor"),
            (6, "forget_consent"),
            (7, "update_endpoint"),
            (8, "rotate_account"),
            (9, "set_recovery_account"),
            (10, "recover_account"),
            (11, "accept_account"),
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
            (7, "unrevoke"),
            (8, "new_genesis"),
            (9, "promote"),
            (10, "admit_readers"),
        ]
    );
    assert_eq!(
        calls::<pallet_rounds::Call<Runtime>>(),
        [
            (0, "open_round"),
            (1, "submit"),
            (2, "withdraw"),
            (3, "reveal_update"),
            (4, "settle"),
            (5, "abort"),
        ]
    );
    assert_eq!(calls::<pallet_availability::Call<Runtime>>(), [(0, "vote")]);
    assert_eq!(
        calls::<pallet_attestation::Call<Runtime>>(),
        [(0, "commit"), (1, "reveal")]
    );
    assert_eq!(
        calls::<pallet_reputation::Call<Runtime>>(),
        [(0, "set_parameters"), (1, "reset")]
    );
    assert_eq!(
        calls::<pallet_incentives::Call<Runtime>>(),
        [
            (0, "fund"),
            (1, "withdraw_fund"),
            (2, "claim"),
            (3, "claim_for"),
            (4, "forfeit_fund"),
        ]
    );
    assert_eq!(
        calls::<pallet_artifacts::Call<Runtime>>(),
        [
            (0, "register"),
            (1, "retry"),
            (2, "set_access"),
            (3, "retire"),
            (4, "prune"),
        ]
    );
    assert_eq!(
        calls::<pallet_evaluation::Call<Runtime>>(),
        [
            (0, "request"),
            (1, "prune"),
            (2, "commit_shard"),
            (3, "withdraw_shard"),
            (4, "reveal_shard"),
        ]
    );
    assert_eq!(
        calls::<pallet_inference::Call<Runtime>>(),
        [(0, "request"), (1, "cancel"), (2, "answer"), (3, "call_all")]
    );
    assert_eq!(calls::<pallet_capabilities::Call<Runtime>>(), [(0, "declare")]);
}

/// Names of the storage of a pallet: with the pallet's name they are the keys that clients read and prove.
fn storages<Pallet: StorageInfoTrait>() -> Vec<String> {
    let name = |bytes: Vec<u8>| String::from_utf8(bytes).expect("names are text");
    Pallet::storage_info()
        .into_iter()
        .map(|info| {
            let (pallet, storage) = (name(info.pallet_name), name(info.storage_name));
            let expected = frame_support::storage::storage_prefix(pallet.as_bytes(), storage.as_bytes());
            assert_eq!(info.prefix, expected);
            format!("{pallet}.{storage}")
        })
        .filter(|name| !name.ends_with(":__STORAGE_VERSION__:"))
        .collect()
}

#[test]
fn storage_should_keep_its_names() {
    assert_eq!(
        storages::<quorate_runtime::Consortium>(),
        [
            "Consortium.NextOrganisation",
            "Consortium.Organisations",
            "Consortium.CounterForOrganisations",
            "Consortium.OrganisationByAccount",
            "Consortium.Proposals",
            "Consortium.Validators",
            "Consortium.CounterForValidators",
            "Consortium.Contributors",
            "Consortium.ContributorCount",
            "Consortium.FreeUses",
            "Consortium.TechnicalSeats",
            "Consortium.NextChange",
            "Consortium.PendingChanges",
            "Consortium.CounterForPendingChanges",
            "Consortium.Enactments",
            "Consortium.Endings",
            "Consortium.Consents",
            "Consortium.ConsentCount",
            "Consortium.PrivateGateways",
            "Consortium.Planned",
            "Consortium.PlannedKeys",
            "Consortium.Authorities",
        ]
    );
    assert_eq!(
        storages::<quorate_runtime::Availability>(),
        [
            "Availability.NextBallot",
            "Availability.Open",
            "Availability.Ballots",
            "Availability.Items",
        ]
    );
    assert_eq!(
        storages::<quorate_runtime::Models>(),
        [
            "Models.Models",
            "Models.NextModel",
            "Models.LiveModels",
            "Models.ModelCount",
            "Models.PendingCount",
            "Models.Versions",
            "Models.Ancestries",
            "Models.Provisional",
            "Models.Revoked",
            "Models.Settlements",
            "Models.Assessments",
            "Models.Awaiting",
            "Models.Promotions",
            "Models.Promoted",
            "Models.Policies",
            "Models.Readers",
        ]
    );
    assert_eq!(
        storages::<quorate_runtime::Rounds>(),
        [
            "Rounds.Rounds",
            "Rounds.NextRound",
            "Rounds.ActiveRounds",
            "Rounds.Agenda",
            "Rounds.Expiries",
            "Rounds.Kept",
            "Rounds.OpenRound",
            "Rounds.RoundsOf",
            "Rounds.Updates",
            "Rounds.Contributors",
            "Rounds.Usages",
            "Rounds.Strikes",
            "Rounds.SealedOrders",
            "Rounds.Outcomes",
            "Rounds.AwaitedPages",
            "Rounds.RoundScores",
            "Rounds.LostBlocks",
        ]
    );
    assert_eq!(
        storages::<quorate_runtime::Attestation>(),
        ["Attestation.Jobs", "Attestation.ActiveJobs",]
    );
    assert_eq!(
        storages::<quorate_runtime::Reputation>(),
        [
            "Reputation.CurrentParameters",
            "Reputation.Contributors",
            "Reputation.Validators",
            "Reputation.RankedCount",
        ]
    );
    assert_eq!(
        storages::<quorate_runtime::Incentives>(),
        [
            "Incentives.Funds",
            "Incentives.Escrows",
            "Incentives.Earnings",
            "Incentives.Bonds",
        ]
    );
    assert_eq!(
        storages::<quorate_runtime::Artifacts>(),
        [
            "Artifacts.Artifacts",
            "Artifacts.NextArtifact",
            "Artifacts.Kept",
            "Artifacts.Weights",
            "Artifacts.ArtifactCount",
            "Artifacts.PendingCount",
        ]
    );
    assert_eq!(
        storages::<quorate_runtime::Evaluation>(),
        [
            "Evaluation.Evaluations",
            "Evaluation.NextEvaluation",
            "Evaluation.Open",
            "Evaluation.OpenCount",
            "Evaluation.ByVersion",
            "Evaluation.Ended",
            "Evaluation.EndedPlaces",
            "Evaluation.Details",
            "Evaluation.WaitingShards",
            "Evaluation.RoundShards",
            "Evaluation.ShardRounds",
            "Evaluation.ShardCount",
            "Evaluation.UsedRoots",
            "Evaluation.UsedAt",
            "Evaluation.NextUsed",
        ]
    );
    assert_eq!(
        storages::<quorate_runtime::Inference>(),
        [
            "Inference.Requests",
            "Inference.NextRequest",
            "Inference.ByOrganisation",
            "Inference.Asked",
            "Inference.OpenTotals",
            "Inference.WaitingList",
            "Inference.LastTurn",
            "Inference.Shown",
            "Inference.Batches",
            "Inference.NextBatch",
            "Inference.OpenBatches",
            "Inference.EndedRequests",
            "Inference.RequestEnds",
            "Inference.EndedBatches",
            "Inference.BatchPlaces",
        ]
    );
    assert_eq!(
        storages::<quorate_runtime::Capabilities>(),
        ["Capabilities.Entries", "Capabilities.Spare"]
    );
    // The runtime's own entry.
    assert_eq!(
        quorate_runtime::governance::polls::OpenPolls::storage_info()[0].prefix,
        frame_support::storage::storage_prefix(b"GovernancePolls", b"OpenPolls")
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
fn extensions_should_keep_their_order_and_unknown_ones_should_take_no_byte() {
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
fn session_keys_and_proxy_types_should_keep_their_order() {
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
fn a_general_transaction_should_be_version_5_and_unsigned() {
    genesis(quorate_runtime::LOCAL_PRESET).execute_with(|| {
        let call = pallet_incentives::Call::<Runtime>::claim {};
        let transaction = UncheckedExtrinsic::new_transaction(call.into(), extensions(0));
        // Length, preamble (general, version 5), extension version 0, extensions, pallet, call.
        assert_eq!(transaction.encode(), [7 << 2, 0x45, 0, 0, 0, 0, 24, 2]);
    });
    assert_eq!((VERSION.spec_version, VERSION.transaction_version), (1, 1));
}

#[test]
fn both_presets_should_build() {
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

/// The runtime's own APIs: a node asks for a trait's version before it calls a method that version 1 lacked.
#[test]
fn the_runtimes_apis_should_keep_their_names_and_versions() {
    for (name, version) in [
        ("DutiesApi", 1),
        ("GatewayApi", 1),
        ("ModelsApi", 1),
        ("ArtifactsApi", 1),
        ("EvaluationsApi", 1),
        ("AssessmentsApi", 1),
        ("InferenceApi", 1),
        ("CapabilitiesApi", 1),
        ("RoundsApi", 1),
        ("JobsApi", 1),
        ("StandingsApi", 1),
    ] {
        let id = sp_crypto_hashing::blake2_64(name.as_bytes());
        let known = quorate_runtime::RUNTIME_API_VERSIONS
            .iter()
            .find(|(known, _)| *known == id);
        assert_eq!(known.map(|(_, version)| *version), Some(version), "{name}");
    }
}
