//! Worst cases: as many organisations, validators and pending changes as there may be, every organisation with both seats, and
//! `m` open motions on which every member has voted. The change that costs most is the removal of an organisation that has all
//! validators but one, none of them in a session. What validators leave behind elsewhere is measured with them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use crate::{
    standing::{Standing, Suspension},
    types::*,
    *,
};
use alloc::{format, vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
    traits::{EnsureOrigin, Get},
    BoundedVec,
};
use frame_system::RawOrigin;
use quorate_primitives::{crypto::AttestationId, payload, AccountId, Hash, OrganisationId, MAX_ORGANISATIONS};
use sp_runtime::{MultiSignature, RuntimeAppPublic};

/// What the runtime prepares.
pub trait BenchmarkHelper {
    /// Give a validator what it takes along when it leaves: session keys, for each number others, and a reputation.
    fn equip(validator: &AccountId, number: u32);
    /// Open this many motions in the bodies that the consortium fills, on each of which every member has voted.
    fn open_motions(number: u32);
}

/// The validator that stays when the organisation with all others goes.
const LAST: u32 = MAX_VALIDATORS - 1;

fn organisation_account(number: u32) -> AccountId {
    account("organisation", number, 0)
}

fn recovery_account(number: u32) -> AccountId {
    account("recovery", number, 0)
}

fn validator_account(number: u32) -> AccountId {
    account("validator", number, 0)
}

fn name() -> Name {
    Name::truncate_from(vec![b'n'; 64])
}

fn endpoint(number: u32) -> Endpoint {
    // 62 letters of base 58, and two that tell the number.
    let mut peer_id = vec![b'a'; 62];
    peer_id.extend([b'a' + (number / 10) as u8, b'a' + (number % 10) as u8]);
    Endpoint {
        peer_id: PeerId::truncate_from(peer_id),
        gateway: GatewayUrl::truncate_from(format!("https://gateway-{number}.example.org:9101").into_bytes()),
        tls_key_hash: Some(Hash::repeat_byte(1)),
    }
}

/// Fills the consortium. Returns the organisation with all validators but one, whose account and recovery account have number 0.
fn fill<T: Config>(motions: u32) -> OrganisationId {
    let mut first = None;
    for number in 0.. {
        if Organisations::<T>::count() >= MAX_ORGANISATIONS {
            break;
        }
        let (account, recovery) = (organisation_account(number), recovery_account(number));
        let id = Pallet::<T>::insert_organisation(name(), account, Some(recovery)).unwrap();
        first.get_or_insert(id);
    }
    let first = first.expect("a genesis has fewer organisations than may be");
    let mut seats: Vec<_> = Organisations::<T>::iter_keys().collect();
    seats.sort();
    TechnicalSeats::<T>::put(Seats::truncate_from(seats));
    Pallet::<T>::notify_members();

    let _preset = Validators::<T>::clear(u32::MAX, None);
    Planned::<T>::kill();
    Authorities::<T>::kill();
    for number in 0..MAX_VALIDATORS {
        let who = validator_account(number);
        let record = Validator {
            organisation: if number == LAST { first + 1 } else { first },
            endpoint: endpoint(number),
            state: ValidatorState::Registered,
            standing: Standing::default(),
        };
        Validators::<T>::insert(&who, record);
        FreeUses::<T>::insert(&who, FreeUse { since: 0, calls: 1 });
        T::BenchmarkHelper::equip(&who, number);
    }
    T::BenchmarkHelper::open_motions(motions);
    first
}

/// Pending changes that promise an account, or a peer id.
fn fill_pending<T: Config>(number: u32, peers: bool) {
    for id in 0..number {
        let change = match peers {
            true => Change::RegisterValidator {
                validator: account("promised", id, 0),
                organisation: 0,
                endpoint: endpoint(100 + id),
            },
            false => Change::Admit {
                name: name(),
                account: account("promised", id, 0),
                recovery: Some(account("promised", id, 1)),
            },
        };
        insert_pending::<T>(id, change, 1_000);
    }
    NextChange::<T>::put(number);
}

fn insert_pending<T: Config>(id: ChangeId, change: Change, enact_at: u32) {
    let pending = PendingChange {
        change,
        ayes: MAX_ORGANISATIONS,
        proposed_at: 0,
        enact_at,
    };
    PendingChanges::<T>::insert(id, pending);
}

fn admin<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
    T::AdminOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn propose_change(m: Linear<0, { T::MaxMotions::get() }>) -> Result<(), BenchmarkError> {
        let origin = T::TwoThirdsOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let organisation = fill::<T>(m);
        fill_pending::<T>(MAX_PENDING_CHANGES - 1, false);
        // The blocks that follow are taken too.
        let at = Pallet::<T>::now() + T::ChangeDelay::get();
        (0..MAX_PENDING_CHANGES - 1).for_each(|id| Enactments::<T>::insert(at + id, id));

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, Change::Remove { organisation });

        assert_eq!(PendingChanges::<T>::count(), MAX_PENDING_CHANGES);
        Ok(())
    }

    #[benchmark]
    fn cancel_change() -> Result<(), BenchmarkError> {
        let origin = admin::<T>()?;
        fill_pending::<T>(MAX_PENDING_CHANGES, false);
        Enactments::<T>::insert(1_000, 0);

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, 0);

        assert_eq!(PendingChanges::<T>::count(), MAX_PENDING_CHANGES - 1);
        Ok(())
    }

    #[benchmark]
    fn suspend(m: Linear<0, { T::MaxMotions::get() }>) -> Result<(), BenchmarkError> {
        let origin = admin::<T>()?;
        let organisation = fill::<T>(m);

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, Target::Organisation(organisation));

        assert!(!Organisations::<T>::get(organisation).unwrap().standing.is_good());
        Ok(())
    }

    #[benchmark]
    fn reinstate(m: Linear<0, { T::MaxMotions::get() }>) -> Result<(), BenchmarkError> {
        let origin = admin::<T>()?;
        let organisation = fill::<T>(m);
        Pallet::<T>::do_suspend(Authority::Consortium, Target::Organisation(organisation))?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, Target::Organisation(organisation));

        assert!(Organisations::<T>::get(organisation).unwrap().standing.is_good());
        Ok(())
    }

    /// A contributor of an organisation that has left. It signed the wrapped bytes, so that two signatures are checked.
    #[benchmark]
    fn sponsor() {
        let organisation = fill::<T>(0);
        let key = AttestationId::generate_pair(None);
        let contributor = AccountId::new(key.to_raw_vec().try_into().expect("a key has 32 bytes"));
        let gone = OrganisationId::MAX;
        let record = Contributor {
            organisation: gone,
            standing: Standing::default(),
            suspended_by_organisation: false,
        };
        Contributors::<T>::insert(&contributor, record);
        let used = UsedConsent {
            organisation: gone,
            expires: 1,
        };
        Consents::<T>::insert(&contributor, used);
        ConsentCount::<T>::insert(gone, 2);
        let expires = Pallet::<T>::now() + T::MaxConsent::get();
        let genesis =
            frame_system::Pallet::<T>::block_hash(frame_system::pallet_prelude::BlockNumberFor::<T>::default());
        let message = payload::sponsor_consent(genesis, organisation, &contributor, expires);
        let wrapped = [b"<Bytes>".as_slice(), &message, b"</Bytes>"].concat();
        let signature = MultiSignature::Sr25519(key.sign(&wrapped).expect("the key is in the keystore").into());

        #[extrinsic_call]
        _(
            RawOrigin::Signed(organisation_account(0)),
            contributor.clone(),
            Consent { expires, signature },
        );

        assert_eq!(Contributors::<T>::get(&contributor).unwrap().organisation, organisation);
    }

    /// With a consent that has expired and is forgotten.
    #[benchmark]
    fn unsponsor() {
        let organisation = fill::<T>(0);
        let contributor: AccountId = account("contributor", 0, 0);
        Pallet::<T>::do_sponsor(organisation, contributor.clone()).unwrap();
        Consents::<T>::insert(
            &contributor,
            UsedConsent {
                organisation,
                expires: 0,
            },
        );
        ConsentCount::<T>::insert(organisation, 2);

        #[extrinsic_call]
        _(RawOrigin::Signed(organisation_account(0)), contributor.clone());

        assert!(!Contributors::<T>::contains_key(&contributor));
    }

    #[benchmark]
    fn forget_consent() {
        let contributor: AccountId = account("contributor", 0, 0);
        let organisation = 0;
        Consents::<T>::insert(
            &contributor,
            UsedConsent {
                organisation,
                expires: 0,
            },
        );
        ConsentCount::<T>::insert(organisation, 2);

        #[extrinsic_call]
        _(RawOrigin::Signed(contributor.clone()), contributor.clone());

        assert!(!Consents::<T>::contains_key(&contributor));
    }

    /// Whether it is free is checked before, as in a block.
    #[benchmark]
    fn update_endpoint() {
        fill::<T>(0);
        fill_pending::<T>(MAX_PENDING_CHANGES, true);
        let origin: T::RuntimeOrigin = RawOrigin::Signed(validator_account(0)).into();

        #[block]
        {
            assert!(Pallet::<T>::updates_endpoint_for_free(&origin, &endpoint(200)));
            Pallet::<T>::update_endpoint(origin, endpoint(200)).unwrap();
        }

        assert_eq!(
            Validators::<T>::get(validator_account(0)).unwrap().endpoint,
            endpoint(200)
        );
    }

    #[benchmark]
    fn rotate_account() {
        let organisation = fill::<T>(0);
        let new: AccountId = account("new", 0, 0);

        #[extrinsic_call]
        _(RawOrigin::Signed(organisation_account(0)), new.clone());

        assert_eq!(Pallet::<T>::proposed_account(organisation), Some(new));
    }

    #[benchmark]
    fn set_recovery_account() {
        let organisation = fill::<T>(0);

        #[extrinsic_call]
        _(RawOrigin::Signed(organisation_account(0)), account("new", 0, 0));

        assert!(Organisations::<T>::get(organisation).unwrap().recovery.next.is_some());
    }

    #[benchmark]
    fn recover_account() {
        let organisation = fill::<T>(0);
        let new: AccountId = account("new", 0, 0);
        Pallet::<T>::do_rotate_account(&organisation_account(0), account("former", 0, 0)).unwrap();

        #[extrinsic_call]
        _(RawOrigin::Signed(recovery_account(0)), organisation, new.clone());

        assert_eq!(Pallet::<T>::proposed_account(organisation), Some(new));
    }

    /// Whether it is free is checked before, as in a block.
    #[benchmark]
    fn accept_account(m: Linear<0, { T::MaxMotions::get() }>) {
        let organisation = fill::<T>(m);
        fill_pending::<T>(MAX_PENDING_CHANGES, false);
        let new: AccountId = account("new", 0, 0);
        Pallet::<T>::do_recover_account(&recovery_account(0), organisation, new.clone()).unwrap();

        #[block]
        {
            assert!(Pallet::<T>::may_accept(&new, organisation));
            Pallet::<T>::accept_account(RawOrigin::Signed(new.clone()).into(), organisation).unwrap();
        }

        assert_eq!(Organisations::<T>::get(organisation).unwrap().account, new);
    }

    /// A block in which nothing is due.
    #[benchmark]
    fn on_initialize() {
        let now = Pallet::<T>::now();

        #[block]
        {
            Pallet::<T>::end_suspensions(now);
            Pallet::<T>::enact_due(now);
        }
    }

    /// `e`: suspensions of organisations that end, in the block of a change, which is postponed past all others.
    #[benchmark]
    fn end_suspensions(e: Linear<1, { MAX_ENDINGS }>, m: Linear<0, { T::MaxMotions::get() }>) {
        let first = fill::<T>(0);
        let now = Pallet::<T>::now();
        let ending: Vec<_> = (first..first + e).collect();
        for id in &ending {
            Organisations::<T>::mutate(id, |organisation| {
                let standing = &mut organisation.as_mut().unwrap().standing;
                standing.suspension = Some(Suspension::Fast { until: now });
            });
        }
        Pallet::<T>::notify_members();
        T::BenchmarkHelper::open_motions(m);
        fill_pending::<T>(MAX_PENDING_CHANGES, false);
        (0..MAX_PENDING_CHANGES).for_each(|id| Enactments::<T>::insert(now + id, id));
        let targets = ending.into_iter().map(Target::Organisation).collect();
        Endings::<T>::insert(now, BoundedVec::truncate_from(targets));
        let ended;

        #[block]
        {
            ended = Pallet::<T>::end_suspensions(now).0;
            Pallet::<T>::postpone_due(now);
        }

        assert_eq!(ended, e);
    }

    /// The change that costs most.
    #[benchmark]
    fn enact(m: Linear<0, { T::MaxMotions::get() }>) {
        let organisation = fill::<T>(m);
        let now = Pallet::<T>::now();
        fill_pending::<T>(MAX_PENDING_CHANGES, false);
        insert_pending::<T>(0, Change::Remove { organisation }, now);
        Enactments::<T>::insert(now, 0);

        #[block]
        {
            Pallet::<T>::enact_due(now);
        }

        assert!(!Organisations::<T>::contains_key(organisation));
    }
}
