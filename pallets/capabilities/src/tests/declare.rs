use crate::{mock::*, Call, Entries, Error, Event};
use codec::Encode;
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{capability::Declaration, payload::declaration_payload, Hash};
use sp_core::Pair;
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError, UnknownTransaction};

fn stale() -> TransactionValidityError {
    InvalidTransaction::Stale.into()
}

fn unknown(error: Error<Test>) -> TransactionValidityError {
    UnknownTransaction::Custom(error.encode()[0]).into()
}

#[test]
fn declaration_should_be_kept_and_replace_the_one_before() {
    with_validators(4, || {
        assert_ok!(declare(1, 100));
        assert_eq!((entry(1).capability, entry(1).at), (capability(100), START));
        System::assert_last_event(
            Event::Declared {
                validator: account(1),
                capability: capability(100),
            }
            .into(),
        );
        System::set_block_number(START + INTERVAL);
        assert_ok!(declare(1, 50));
        assert_eq!(entry(1).capability, capability(50));
        assert_eq!(Entries::<Test>::iter().count(), 1);
    });
}

#[test]
fn another_declaration_should_wait_for_the_interval() {
    with_validators(4, || {
        assert_ok!(declare(1, 100));
        System::set_block_number(START + INTERVAL - 1);
        assert_eq!(declare(1, 50), Err(unknown(Error::TooSoon)));
        assert_noop!(run(signed(1, declaration(1, capability(50)))), Error::<Test>::TooSoon);
        // Others have their own.
        assert_ok!(declare(2, 50));
    });
}

#[test]
fn the_same_should_be_declared_again_after_an_era_alone() {
    with_validators(4, || {
        assert_ok!(declare(1, 100));
        System::set_block_number(START + ERA - 1);
        assert_eq!(declare(1, 100), Err(stale()));
        assert_noop!(
            run(signed(1, declaration(1, capability(100)))),
            Error::<Test>::Unchanged
        );
        System::set_block_number(START + ERA);
        assert_ok!(declare(1, 100));
        assert_eq!(entry(1).accepted_at, START + ERA);
    });
}

#[test]
fn declaration_should_name_a_block_that_is_there_and_not_long_ago() {
    with_validators(4, || {
        let of = |at| Declaration {
            at,
            ..declaration(1, capability(100))
        };
        assert_eq!(send(1, of(START + 1)), Err(unknown(Error::FromTheFuture)));
        assert_eq!(send(1, of(START - 65)), Err(stale()));
        assert_noop!(run(signed(1, of(START - 65))), Error::<Test>::TooOld);
        assert_ok!(send(1, of(START - 64)));
    });
}

#[test]
fn what_was_overheard_should_not_be_sent_again() {
    with_validators(4, || {
        let (first, other) = (signed(1, declaration(1, capability(100))), capability(50));
        assert_ok!(run(first.clone()));
        System::set_block_number(START + INTERVAL);
        assert_ok!(send(1, declaration(1, other)));
        System::set_block_number(START + 2 * INTERVAL);
        assert_eq!(validate(&first), Err(stale()));
        assert_noop!(run(first), Error::<Test>::NotNewer);
        assert_eq!(entry(1).capability, other);
    });
}

#[test]
fn nobody_should_declare_for_another() {
    with_validators(4, || {
        let bad: TransactionValidityError = InvalidTransaction::BadProof.into();
        assert_eq!(send(2, declaration(1, capability(100))), Err(bad));
        // Nor should a signature hold for another chain, or for something else.
        let declaration = declaration(1, capability(100));
        let signature = pair(1).sign(&declaration_payload(Hash::repeat_byte(9), &declaration));
        assert_eq!(
            validate(&Call::declare {
                declaration: declaration.clone(),
                signature,
            }),
            Err(bad)
        );
        let Call::declare { signature, .. } = signed(1, declaration.clone());
        let declaration = Declaration {
            capability: capability(101),
            ..declaration
        };
        assert_eq!(validate(&Call::declare { declaration, signature }), Err(bad));
    });
}

#[test]
fn only_active_validators_of_the_session_should_declare() {
    with_validators(4, || {
        assert_eq!(declare(4, 100), Err(unknown(Error::NotAValidator)));
        Inactive::set(vec![account(1)]);
        assert_eq!(declare(1, 100), Err(unknown(Error::NotAValidator)));
        assert_noop!(
            run(signed(1, declaration(1, capability(100)))),
            Error::<Test>::NotAValidator
        );
        assert_eq!(Entries::<Test>::iter().count(), 0);
    });
}

#[test]
fn validator_should_have_one_declaration_in_the_pool() {
    with_validators(4, || {
        let tags = |validator, memory| {
            let call = signed(validator, declaration(validator, capability(memory)));
            validate(&call).expect("it may be declared").provides
        };
        assert_eq!(tags(1, 100), tags(1, 50));
        assert_ne!(tags(1, 100), tags(2, 100));
    });
}
