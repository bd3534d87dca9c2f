//! The contributor's consent to be sponsored.

use crate::{mock::*, types::Consent, Call, ConsentCount, Consents, Error, Event};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use quorate_primitives::{payload, traits::Consortium as _};
use sp_core::Pair;
use sp_runtime::{DispatchResult, MultiSignature};

fn use_consent(by: u8, number: u8, consent: Consent) -> DispatchResult {
    Consortium::sponsor(signed(by), account(number), consent)
}

#[test]
fn nobody_should_be_sponsored_against_its_will() {
    run(|| {
        let mut forged = consent(1, 10, 20);
        forged.signature = signer(ORGANISATION_1).sign(b"I am account 10, really").into();
        let refused = [
            // For another organisation, by another account, for another expiry, and not at all.
            consent(0, 10, 20),
            consent(1, 11, 20),
            Consent {
                expires: 21,
                ..consent(1, 10, 20)
            },
            forged,
        ];
        for consent in refused {
            let call = Call::<Test>::sponsor {
                contributor: account(10),
                consent: consent.clone(),
            };
            assert!(!call.is_feeless(&signed(ORGANISATION_1)));
            assert_noop!(use_consent(ORGANISATION_1, 10, consent), Error::<Test>::BadConsent);
        }
    });
}

#[test]
fn consent_should_count_on_its_chain_only() {
    run(|| {
        let bytes = payload::sponsor_consent(sp_core::H256::repeat_byte(7), 1, &account(10), 20);
        let consent = Consent {
            expires: 20,
            signature: signer(10).sign(&bytes).into(),
        };
        assert_noop!(use_consent(ORGANISATION_1, 10, consent), Error::<Test>::BadConsent);
    });
}

#[test]
fn consent_should_count_as_wallets_sign_it() {
    run(|| {
        let bytes = payload::sponsor_consent(System::block_hash(0), 1, &account(10), 20);
        let wrapped = [&b"<Bytes>"[..], &bytes, b"</Bytes>"].concat();
        let consent = Consent {
            expires: 20,
            signature: signer(10).sign(&wrapped).into(),
        };
        assert_ok!(use_consent(ORGANISATION_1, 10, consent));
        assert_eq!(Consortium::contributor(&account(10)), Some(1));
    });
}

#[test]
fn consent_should_count_with_any_kind_of_key() {
    run(|| {
        let pair = sp_core::ed25519::Pair::from_seed(&[10; 32]);
        let who = quorate_primitives::AccountId::new(pair.public().0);
        let bytes = payload::sponsor_consent(System::block_hash(0), 1, &who, 20);
        let consent = Consent {
            expires: 20,
            signature: MultiSignature::Ed25519(pair.sign(&bytes)),
        };
        assert_ok!(Consortium::sponsor(signed(ORGANISATION_1), who.clone(), consent));
        assert_eq!(Consortium::contributor(&who), Some(1));
    });
}

#[test]
fn consent_should_expire_in_time() {
    run(|| {
        wait(9);
        let expired = use_consent(ORGANISATION_1, 10, consent(1, 10, 10));
        assert_noop!(expired, Error::<Test>::ConsentExpired);
        let long = use_consent(ORGANISATION_1, 10, consent(1, 10, 11 + MAX_CONSENT));
        assert_noop!(long, Error::<Test>::ConsentTooLong);
        assert_ok!(use_consent(ORGANISATION_1, 10, consent(1, 10, 11)));
        assert_ok!(use_consent(ORGANISATION_1, 11, consent(1, 11, 10 + MAX_CONSENT)));
    });
}

#[test]
fn consent_should_be_used_once() {
    run(|| {
        assert_ok!(use_consent(ORGANISATION_1, 10, consent(1, 10, 20)));
        assert_ok!(Consortium::unsponsor(signed(10), account(10)));
        for used in [consent(1, 10, 20), consent(1, 10, 19), consent(0, 10, 20)] {
            let organisation = if used == consent(0, 10, 20) {
                ORGANISATION_0
            } else {
                ORGANISATION_1
            };
            assert_noop!(use_consent(organisation, 10, used), Error::<Test>::ConsentUsed);
        }
        assert_ok!(use_consent(ORGANISATION_0, 10, consent(0, 10, 21)));
    });
}

#[test]
fn used_consents_should_be_kept_until_they_expire_and_be_bounded() {
    run(|| {
        // The quota is two; four consents may be kept.
        for number in 10..14 {
            assert_ok!(use_consent(ORGANISATION_1, number, consent(1, number, 20)));
            assert_ok!(Consortium::unsponsor(signed(number), account(number)));
        }
        let one_more = use_consent(ORGANISATION_1, 14, consent(1, 14, 30));
        assert_noop!(one_more, Error::<Test>::TooManyConsents);
        // An account's next consent takes the place of its last.
        assert_ok!(use_consent(ORGANISATION_1, 13, consent(1, 13, 25)));
        let early = Consortium::forget_consent(signed(OUTSIDER), account(10));
        assert_noop!(early, Error::<Test>::ConsentStillValid);
        wait(19);
        assert_ok!(Consortium::forget_consent(signed(OUTSIDER), account(10)));
        let forgotten = Event::ConsentForgotten {
            contributor: account(10),
        };
        System::assert_last_event(forgotten.into());
        let replayed = use_consent(ORGANISATION_1, 10, consent(1, 10, 20));
        assert_noop!(replayed, Error::<Test>::ConsentExpired);
        assert_noop!(
            Consortium::forget_consent(signed(OUTSIDER), account(10)),
            Error::<Test>::ConsentNotFound
        );
        assert_ok!(use_consent(ORGANISATION_1, 14, consent(1, 14, 30)));
    });
}

#[test]
fn expired_consent_should_go_with_the_sponsorship() {
    run(|| {
        assert_ok!(use_consent(ORGANISATION_1, 10, consent(1, 10, 5)));
        wait(4);
        assert_ok!(Consortium::unsponsor(signed(10), account(10)));
        assert_eq!(Consents::<Test>::get(account(10)), None);
        assert_eq!(ConsentCount::<Test>::get(1), 0);
    });
}
