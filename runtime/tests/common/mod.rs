//! The real runtime in memory: blocks with real digests, transactions with real signatures.

#![allow(dead_code)]

pub mod flow;
pub mod model;
pub mod motions;

use codec::Encode;
use pallet_consortium::types::Consent;
use quorate_primitives::{
    crypto::{AttestationId, AttestationPair, AttestationSignature},
    payload, AccountId, Balance, Hash,
};
use quorate_runtime::{
    constants::SLOT_DURATION,
    presets,
    transactions::{self, fee::FeeUnlessFree, TransactionExtensions},
    Attestation, Availability, Balances, Evaluation, Executive, Header, Incentives, Inference, Models, Nonce, Rounds,
    Runtime, RuntimeCall, RuntimeGenesisConfig, SessionKeys, SignedPayload, System, UncheckedExtrinsic,
};
use sp_consensus_babe::{
    digests::{PreDigest, SecondaryPlainPreDigest},
    BABE_ENGINE_ID,
};
use sp_core::{proof_of_possession::NonAggregatable, sr25519, Pair};
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
    traits::Header as _,
    transaction_validity::{TransactionSource, TransactionValidity, TransactionValidityError},
    BuildStorage, Digest, DigestItem, DispatchError, DispatchResult,
};
use std::{cell::RefCell, collections::HashMap};

/// Validators of the `local` preset, in the order of the preset.
pub const VALIDATORS: [Sr25519Keyring; 4] = [
    Sr25519Keyring::Alice,
    Sr25519Keyring::Bob,
    Sr25519Keyring::Charlie,
    Sr25519Keyring::Dave,
];

/// The genesis of a preset.
pub fn genesis(preset: &str) -> TestExternalities {
    let patch = presets::get_preset(&preset.into()).expect("the preset exists");
    let patch: serde_json::Value = serde_json::from_slice(&patch).expect("a preset is JSON");
    let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).expect("the default is JSON");
    merge(&mut config, patch);
    let config: RuntimeGenesisConfig = serde_json::from_value(config).expect("a preset fits the runtime");
    TestExternalities::new(config.build_storage().expect("a preset builds"))
}

fn merge(into: &mut serde_json::Value, patch: serde_json::Value) {
    match (into, patch) {
        (serde_json::Value::Object(into), serde_json::Value::Object(patch)) => {
            for (key, value) in patch {
                merge(into.entry(key).or_insert(serde_json::Value::Null), value);
            }
        }
        (into, patch) => *into = patch,
    }
}

/// Run `test` on the chain of the `local` preset, at its first block.
pub fn on_local_chain(test: impl FnOnce(&mut Chain)) {
    genesis(quorate_runtime::LOCAL_PRESET).execute_with(|| {
        let mut chain = Chain {
            parent: Header::new(0, Hash::zero(), Hash::zero(), Hash::zero(), Digest::default()),
        };
        chain.block(vec![]);
        test(&mut chain);
    });
}

/// Prepare a chain of the `local` preset and run a test on it; at its end the state has to be sound, and no token lost or made.
pub fn on_sound_chain(prepare: impl FnOnce(&mut Chain), test: impl FnOnce(&mut Chain)) {
    on_local_chain(|chain| {
        let issuance = Balances::total_issuance();
        prepare(chain);
        test(chain);
        for state in [
            Rounds::do_try_state(),
            Models::do_try_state(),
            Evaluation::do_try_state(),
            Inference::do_try_state(),
            quorate_runtime::Capabilities::do_try_state(),
            Availability::do_try_state(),
            Attestation::do_try_state(),
            Incentives::do_try_state(),
        ] {
            state.expect("the state is sound");
        }
        assert_eq!(Incentives::surplus(), Some(0));
        assert_eq!(Balances::total_issuance(), issuance, "no token is lost or made");
    });
}

/// Why a transaction fails in the next block.
pub fn refused(chain: &mut Chain, transaction: UncheckedExtrinsic) -> DispatchError {
    if !chain.has_room() {
        chain.pass(1);
    }
    match chain.block(vec![transaction]).remove(0) {
        Err(Failure::Failed(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// A chain and its last block.
pub struct Chain {
    parent: Header,
}

/// A transaction that was refused, or the failure of its call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    Refused(TransactionValidityError),
    Failed(DispatchError),
}

impl Chain {
    pub fn number(&self) -> u32 {
        self.parent.number
    }

    /// Make a block of these transactions. Each must be accepted by the pool before, and by the block.
    pub fn block(&mut self, transactions: Vec<UncheckedExtrinsic>) -> Vec<Result<(), Failure>> {
        self.block_and(transactions, || ())
    }

    /// The same; `last` runs in the block after the transactions.
    pub fn block_and(
        &mut self,
        transactions: Vec<UncheckedExtrinsic>,
        last: impl FnOnce(),
    ) -> Vec<Result<(), Failure>> {
        let number = self.parent.number + 1;
        // One block in every slot. Epochs begin with the first slot.
        let slot = u64::from(number).into();
        let digest = PreDigest::SecondaryPlain(SecondaryPlainPreDigest {
            authority_index: 0,
            slot,
        });
        let logs = vec![DigestItem::PreRuntime(BABE_ENGINE_ID, digest.encode())];
        let header = Header::new(number, Hash::zero(), Hash::zero(), self.parent.hash(), Digest { logs });
        Executive::initialize_block(&header);
        let now = u64::from(number) * SLOT_DURATION;
        let inherent = UncheckedExtrinsic::new_bare(pallet_timestamp::Call::set { now }.into());
        Executive::apply_extrinsic(inherent)
            .expect("the inherent is valid")
            .expect("the inherent succeeds");
        let results = transactions.into_iter().map(apply).collect();
        last();
        self.parent = Executive::finalize_block();
        results
    }

    /// Go on with block `number` next, as if those before were empty. Nothing may be due in them. It begins an epoch, see
    /// [`Chain::has_room`].
    pub fn jump_to(&mut self, number: u32) {
        assert!(number > self.parent.number, "block {number} is past");
        self.parent.number = number - 1;
        System::set_block_number(number - 1);
        // Else it would look through the agendas of all blocks that were left out.
        pallet_scheduler::IncompleteSince::<Runtime>::kill();
    }

    /// Whether ordinary transactions fit into the next block: the session counts its rotation as a whole block.
    pub fn has_room(&self) -> bool {
        (self.parent.number + 1) % 30 != 1
    }

    /// Make a block in which all of these succeed.
    pub fn run(&mut self, transactions: Vec<UncheckedExtrinsic>) {
        for (position, result) in self.block(transactions).into_iter().enumerate() {
            assert_eq!(result, Ok(()), "transaction {position} of block {}", self.number());
        }
    }

    /// Make `count` empty blocks.
    pub fn pass(&mut self, count: u32) {
        for _ in 0..count {
            self.block(vec![]);
        }
    }

    /// What the pool of a node says of a transaction now.
    pub fn pool(&self, transaction: UncheckedExtrinsic) -> TransactionValidity {
        frame_support::storage::with_transaction(|| {
            let validity =
                Executive::validate_transaction(TransactionSource::External, transaction, self.parent.hash());
            sp_runtime::TransactionOutcome::Rollback(Ok::<_, DispatchError>(validity))
        })
        .expect("the closure does not fail")
    }

    /// A transaction that the pool takes.
    pub fn pooled(&self, transaction: UncheckedExtrinsic) -> UncheckedExtrinsic {
        self.pool(transaction.clone()).expect("the pool takes the transaction");
        transaction
    }
}

fn apply(transaction: UncheckedExtrinsic) -> Result<(), Failure> {
    // Through the wire, as from another node.
    let bytes = transaction.encode();
    let transaction = codec::Decode::decode(&mut &bytes[..]).expect("a transaction decodes");
    match Executive::apply_extrinsic(transaction) {
        Err(refusal) => Err(Failure::Refused(refusal)),
        Ok(result) => result.map_err(Failure::Failed),
    }
}

pub fn nonce(who: &AccountId) -> Nonce {
    System::account_nonce(who)
}

/// A key pair by derivation path. Deriving it takes a thousand times as long as a signature: each thread does it once.
pub fn pair(path: &str) -> sr25519::Pair {
    thread_local! {
        static PAIRS: RefCell<HashMap<String, sr25519::Pair>> = RefCell::default();
    }
    PAIRS.with_borrow_mut(|pairs| match pairs.get(path) {
        Some(pair) => pair.clone(),
        None => {
            let pair = sr25519::Pair::from_string(path, None).expect("the path is well formed");
            pairs.insert(path.into(), pair.clone());
            pair
        }
    })
}

pub fn account(path: &str) -> AccountId {
    AccountId::from(pair(path).public().0)
}

/// A signed transaction, `ahead` places after the account's next nonce.
pub fn signed_ahead(path: &str, call: impl Into<RuntimeCall>, ahead: Nonce) -> UncheckedExtrinsic {
    let extensions = transactions::extensions(nonce(&account(path)) + ahead);
    signed_with(path, call, extensions)
}

/// A signed transaction, the account's next one.
pub fn signed_with_tip(path: &str, call: impl Into<RuntimeCall>, tip: Balance) -> UncheckedExtrinsic {
    let mut extensions = transactions::extensions(nonce(&account(path)));
    extensions.8 = FeeUnlessFree::tip(tip);
    signed_with(path, call, extensions)
}

fn signed_with(path: &str, call: impl Into<RuntimeCall>, extensions: TransactionExtensions) -> UncheckedExtrinsic {
    let call = call.into();
    let who = account(path);
    let payload = SignedPayload::new(call.clone(), extensions.clone()).expect("the implicit data is there");
    let signature = payload.using_encoded(|bytes| pair(path).sign(bytes));
    UncheckedExtrinsic::new_signed(call, who.into(), signature.into(), extensions)
}

pub fn signed(path: &str, call: impl Into<RuntimeCall>) -> UncheckedExtrinsic {
    signed_ahead(path, call, 0)
}

/// Consent of the account of `contributor` to be sponsored by an organisation, valid for the next 1,000 blocks.
pub fn consent(contributor: &str, organisation: u32) -> Consent {
    let expires = System::block_number() + 1_000;
    let message = payload::sponsor_consent(genesis_hash(), organisation, &account(contributor), expires);
    Consent {
        expires,
        signature: pair(contributor).sign(&message).into(),
    }
}

/// The call by which an organisation sponsors a contributor that agreed.
pub fn sponsor(contributor: &str, organisation: u32) -> pallet_consortium::Call<Runtime> {
    pallet_consortium::Call::sponsor {
        contributor: account(contributor),
        consent: consent(contributor, organisation),
    }
}

/// Run a call with root's rights, outside of any transaction.
pub fn as_root(call: impl Into<RuntimeCall>) -> DispatchResult {
    sp_runtime::traits::Dispatchable::dispatch(call.into(), <Runtime as frame_system::Config>::RuntimeOrigin::root())
        .map(|_| ())
        .map_err(|error| error.error)
}

/// The attestation key of a validator.
pub fn key(validator: Sr25519Keyring) -> AttestationId {
    validator.public().into()
}

pub fn attestation_sign(validator: Sr25519Keyring, message: &[u8]) -> AttestationSignature {
    AttestationPair::from(pair(&validator.to_seed())).sign(message)
}

/// The hash of the chain's first block.
pub fn genesis_hash() -> Hash {
    System::block_hash(0)
}

pub fn session_keys(seed: &str) -> SessionKeys {
    SessionKeys {
        babe: pair(seed).public().into(),
        grandpa: sp_core::ed25519::Pair::from_string(seed, None)
            .expect("the path is well formed")
            .public()
            .into(),
        aiwk: pair(seed).public().into(),
    }
}

/// The proof that `owner` holds the session keys of `seed`.
pub fn ownership_proof(seed: &str, owner: &AccountId) -> Vec<u8> {
    let owner = owner.encode();
    let sr = pair(seed);
    let ed = sp_core::ed25519::Pair::from_string(seed, None).expect("the path is well formed");
    let by_sr = sr.sign(&sr25519::Pair::proof_of_possession_statement(&owner));
    let by_ed = ed.sign(&sp_core::ed25519::Pair::proof_of_possession_statement(&owner));
    (by_sr, by_ed, by_sr).encode()
}
