//! Artifacts in the real runtime: what validators are asked, what gateways are shown, what is paid and returned.

use crate::common::{model::*, *};
use frame_support::traits::Get;
use quorate_primitives::{
    availability::{vote_payload, voted_claims, ArtifactKind, AvailabilityVote, Fault, Malformed, Subject},
    policy::Access,
    possession::{self, Shown},
    purpose::Purpose,
    traits::Artifacts as _,
    views::{
        gateway::{ArtifactBlob, GatewayEntry, Members},
        tasks::{Against, VoteItem, VoteTask},
        ArtifactState, ArtifactView,
    },
    AccountId, ArtifactId, Balance, Root,
};
use quorate_runtime::{
    apis::gateway,
    configs::{accounts::ProxyType, safety::StaysOpen},
    constants::{MILLIUNIT, UNIT},
    Artifacts, Availability, Balances, Incentives, Runtime, RuntimeCall, RuntimeOrigin, System, UncheckedExtrinsic,
};
use quorate_runtime_api::{runtime_decl_for_artifacts_api::ArtifactsApi, runtime_decl_for_duties_api::DutiesApi};
use sp_runtime::traits::Dispatchable;

/// Two MiB and a bit.
const LEN: u64 = (2 << 20) + 1;
const DEPOSIT: Balance = 10 * UNIT + 3 * 100 * MILLIUNIT;

fn root() -> Root {
    Root::repeat_byte(0xAA)
}

fn register(access: Access) -> pallet_artifacts::Call<Runtime> {
    pallet_artifacts::Call::register {
        kind: ArtifactKind::DataSet,
        root: root(),
        possession: POSSESSION,
        len: LEN,
        licence: b"CC-BY-4.0".to_vec().try_into().expect("a short one"),
        access,
    }
}

fn set_access(artifact: ArtifactId, access: Access, readers: &[u32]) -> pallet_artifacts::Call<Runtime> {
    pallet_artifacts::Call::set_access {
        artifact,
        access,
        readers: readers.to_vec().try_into().expect("few"),
    }
}

fn retire_call(artifact: ArtifactId) -> pallet_artifacts::Call<Runtime> {
    pallet_artifacts::Call::retire { artifact }
}

fn view(artifact: ArtifactId) -> ArtifactView {
    Runtime::artifact(artifact).expect("it has a record")
}

fn malformed(validator: sp_keyring::Sr25519Keyring, task: VoteTask, reason: Malformed) -> UncheckedExtrinsic {
    let claims: Vec<_> = task.items.iter().map(VoteItem::claim).collect();
    let faults: Vec<_> = task
        .items
        .iter()
        .map(|item| Fault {
            item: item.item,
            reason,
        })
        .collect();
    let vote = AvailabilityVote {
        subject: task.subject,
        ballot: task.ballot,
        voter: task.voter,
        claims: voted_claims(&claims),
        held: Default::default(),
        malformed: faults.try_into().expect("one"),
    };
    let signature = attestation_sign(validator, &vote_payload(genesis_hash(), &vote));
    Runtime::build_vote(vote, signature)
}

/// What gateways are shown: artifacts, and the organisations whose accounts they know.
fn shown() -> (Vec<ArtifactBlob>, Vec<Members>) {
    let page = gateway::page(None);
    assert_eq!(page.next, None, "a small chain is one page");
    let (mut artifacts, mut members) = (Vec::new(), Vec::new());
    for entry in &page.entries {
        match GatewayEntry::try_from(entry) {
            Ok(GatewayEntry::Artifact(artifact)) => artifacts.push(artifact),
            Ok(GatewayEntry::Members(of)) => members.push(of),
            _ => (),
        }
    }
    (artifacts, members)
}

fn organisations(members: &[Members]) -> Vec<u32> {
    members.iter().map(|members| members.organisation).collect()
}

fn bonded(artifact: ArtifactId) -> Balance {
    (0..5)
        .map(|organisation| Incentives::bonded(Purpose::Artifact(artifact), organisation))
        .sum()
}

fn sound(issuance: Balance) {
    for state in [
        Artifacts::do_try_state(),
        Availability::do_try_state(),
        Incentives::do_try_state(),
    ] {
        state.expect("the state is sound");
    }
    assert_eq!(
        Incentives::surplus(),
        Some(0),
        "nothing is in the pot beside the ledgers"
    );
    assert_eq!(Balances::total_issuance(), issuance, "no token is lost or made");
}

/// The retention of an artifact has passed, and anybody has its record removed.
fn prune(artifact: ArtifactId) {
    let call = RuntimeCall::from(pallet_artifacts::Call::prune { artifact });
    let anybody = || RuntimeOrigin::signed(account("//Nobody"));
    call.clone().dispatch(anybody()).expect_err("it is retained");
    let retention: u32 = <Runtime as pallet_artifacts::Config>::Retention::get();
    System::set_block_number(System::block_number() + retention);
    call.dispatch(anybody()).expect("its retention has ended");
}

/// An organisation leaves, as after the consortium's decision.
fn leave(organisation: u32, account: &AccountId) {
    pallet_consortium::Organisations::<Runtime>::remove(organisation);
    pallet_consortium::OrganisationByAccount::<Runtime>::remove(account);
}

#[test]
fn artifact_should_go_from_its_registration_by_the_validators_votes_to_those_who_may_read_it() {
    on_local_chain(|chain| {
        let issuance = Balances::total_issuance();
        chain.run(vec![signed("//Org1", sponsor("//Contributor1", 1))]);
        chain.run(vec![signed("//Org1", register(Access::Organisations))]);
        assert_eq!(bonded(0), DEPOSIT);
        for validator in VALIDATORS {
            let [task] = &votes(validator)[..] else {
                panic!("{validator:?} has one vote to give");
            };
            assert_eq!(
                (task.subject, &task.against),
                (Subject::Artifact(0), &Against::Artifact(ArtifactKind::DataSet))
            );
            let [item] = &task.items[..] else { panic!("one item") };
            assert_eq!((item.item, item.blob.root, item.blob.len), (0, root(), LEN));
            let expected = Shown::Possession {
                key: possession::key(genesis_hash(), 1),
                possession: POSSESSION,
            };
            assert_eq!(item.shown, expected, "a root without its bytes is worth nothing");
        }
        // The owner's own people may bring the file, and nobody else's.
        let (artifacts, members) = shown();
        assert_eq!(
            (artifacts.len(), artifacts[0].pending, artifacts[0].organisation),
            (1, true, 1)
        );
        assert_eq!(organisations(&members), [1]);
        assert_eq!(members[0].contributors, [account("//Contributor1")]);

        vote_on_everything(chain);
        assert!(matches!(view(0).state, ArtifactState::Held { .. }));
        let held = Artifacts::held(0).expect("it is held");
        assert_eq!((held.root, held.len, held.organisation), (root(), LEN, 1));
        assert!(votes(VALIDATORS[0]).is_empty());
        // Readers are what the owner says, and change with it.
        chain.run(vec![signed("//Org1", set_access(0, Access::Contributors, &[3]))]);
        let (artifacts, members) = shown();
        assert_eq!((artifacts[0].pending, &artifacts[0].readers[..]), (false, &[3][..]));
        assert_eq!(organisations(&members), [1, 3]);
        chain.run(vec![signed("//Org1", set_access(0, Access::Validators, &[]))]);
        let (artifacts, members) = shown();
        assert_eq!((artifacts[0].access, members.len()), (Access::Validators, 0));
        sound(issuance);

        chain.run(vec![signed("//Org1", retire_call(0))]);
        // Validators keep the bytes for a while, and somebody answers for them.
        assert_eq!((bonded(0), Artifacts::held(0)), (DEPOSIT, None));
        assert_eq!(shown().0.len(), 1);
        let before = Balances::free_balance(account("//Org1"));
        prune(0);
        assert_eq!(Balances::free_balance(account("//Org1")) - before, DEPOSIT);
        assert_eq!((bonded(0), shown().0.len()), (0, 0));
        sound(issuance);
    });
}

#[test]
fn file_that_is_no_artifact_should_be_rejected_and_the_deposit_return() {
    on_local_chain(|chain| {
        let issuance = Balances::total_issuance();
        chain.run(vec![signed("//Org1", register(Access::Public))]);
        let votes: Vec<_> = VALIDATORS
            .into_iter()
            .take(3)
            .map(|validator| malformed(validator, votes(validator).remove(0), Malformed::Artifact))
            .map(|vote| chain.pooled(vote))
            .collect();
        chain.run(votes);
        assert!(matches!(view(0).state, ArtifactState::Rejected { .. }));
        assert_eq!((shown().0.len(), bonded(0)), (0, DEPOSIT));
        // Another try is another ballot, and another deposit.
        let retry = pallet_artifacts::Call::retry {
            artifact: 0,
            root: root(),
            possession: POSSESSION,
            len: 1,
        };
        chain.run(vec![signed("//Org1", retry)]);
        assert_eq!(bonded(0), 10 * UNIT + 100 * MILLIUNIT);
        vote_on_everything(chain);
        assert!(Artifacts::held(0).is_some());
        sound(issuance);
    });
}

#[test]
fn what_an_organisation_registered_should_outlast_it_and_its_deposit_be_lost_to_nobody() {
    on_local_chain(|chain| {
        let issuance = Balances::total_issuance();
        chain.run(vec![signed("//Org4", register(Access::Public))]);
        vote_on_everything(chain);
        leave(4, &account("//Org4"));
        assert!(Artifacts::held(0).is_some());
        assert_eq!(shown().0.len(), 1);
        let refused = chain.block(vec![signed("//Org4", retire_call(0))]).remove(0);
        let reason = pallet_artifacts::Error::<Runtime>::NotAnOrganisation;
        assert_eq!(refused, Err(Failure::Failed(reason.into())));
        assert_eq!(as_root(retire_call(0)), Ok(()));
        assert_eq!((bonded(0), Artifacts::held(0)), (DEPOSIT, None));
        prune(0);
        assert_eq!(bonded(0), 0);
        sound(issuance);
    });
}

#[test]
fn organisation_s_proxy_should_register_artifacts_and_safe_mode_should_stop_that() {
    use frame_support::traits::{Contains, InstanceFilter};
    let call = RuntimeCall::from(register(Access::Public));
    for list in [ProxyType::Any, ProxyType::NonTransfer, ProxyType::Organisation] {
        assert!(list.filter(&call), "{list:?}");
    }
    for list in [ProxyType::Governance, ProxyType::Contributor] {
        assert!(!list.filter(&call), "{list:?}");
    }
    assert!(!StaysOpen::contains(&call));
}
