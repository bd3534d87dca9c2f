use crate::{mock::*, types::FreeUse, Call, FreeUses};
use frame_support::{assert_ok, dispatch::CheckIfFeeless};

fn sponsors(number: u8) -> bool {
    Call::<Test>::sponsor {
        contributor: account(number),
        consent: next_consent(1, number),
    }
    .is_feeless(&signed(ORGANISATION_1))
}

fn unsponsors(number: u8) -> bool {
    Call::<Test>::unsponsor {
        contributor: account(number),
    }
    .is_feeless(&signed(ORGANISATION_1))
}

/// Sponsor and unsponsor account 10 by turns, `calls` calls in all; says which of them were free.
fn alternate(calls: u32) -> Vec<bool> {
    (0..calls)
        .map(|call| {
            let (free, done) = match call % 2 {
                0 => (sponsors(10), sponsor(ORGANISATION_1, 10)),
                _ => (
                    unsponsors(10),
                    Consortium::unsponsor(signed(ORGANISATION_1), account(10)),
                ),
            };
            assert_ok!(done);
            free
        })
        .collect()
}

#[test]
fn organisation_should_have_three_free_calls_in_ten_blocks_and_pay_for_more() {
    run(|| {
        assert_eq!(alternate(6), [true, true, true, false, false, false]);
        System::set_block_number(10);
        assert!(!sponsors(10), "the period began in block 1");
        System::set_block_number(11);
        assert_eq!(alternate(4), [true, true, true, false]);
    });
}

#[test]
fn period_should_begin_with_the_first_call_and_not_with_each() {
    run(|| {
        assert_eq!(alternate(2), [true, true]);
        System::set_block_number(9);
        assert_eq!(alternate(2), [true, false]);
        System::set_block_number(11);
        assert!(sponsors(10));
    });
}

#[test]
fn member_should_not_use_up_the_calls_of_another() {
    run(|| {
        alternate(4);
        let call = |organisation| Call::<Test>::sponsor {
            contributor: account(20),
            consent: next_consent(organisation, 20),
        };
        assert!(!call(1).is_feeless(&signed(ORGANISATION_1)));
        assert!(call(0).is_feeless(&signed(ORGANISATION_0)));
    });
}

#[test]
fn validator_that_moves_to_and_fro_should_pay_in_the_end() {
    run(|| {
        let free: Vec<bool> = (0..5)
            .map(|step| {
                let endpoint = endpoint(if step % 2 == 0 { 11 } else { 1 });
                let call = Call::<Test>::update_endpoint {
                    endpoint: endpoint.clone(),
                };
                let free = call.is_feeless(&signed(1));
                assert_ok!(Consortium::update_endpoint(signed(1), endpoint));
                free
            })
            .collect();
        assert_eq!(free, [true, true, true, false, false]);
    });
}

#[test]
fn contributor_should_leave_for_free_whatever_its_organisation_did_and_not_be_counted() {
    run(|| {
        assert_eq!(alternate(5), [true, true, true, false, false]);
        let leave = Call::<Test>::unsponsor {
            contributor: account(10),
        };
        assert!(leave.is_feeless(&signed(10)));
        assert_ok!(Consortium::unsponsor(signed(10), account(10)));
        assert_eq!(FreeUses::<Test>::get(account(10)), None);
    });
}

#[test]
fn count_should_go_with_the_membership() {
    run(|| {
        alternate(2);
        let used = FreeUse { since: 1, calls: 2 };
        assert_eq!(FreeUses::<Test>::get(account(ORGANISATION_1)), Some(used));
        assert_ok!(Consortium::rotate_account(signed(ORGANISATION_1), account(30)));
        assert_ok!(accept(30, 1));
        assert_eq!(FreeUses::<Test>::iter().count(), 0);
        assert_ok!(sponsor(30, 10));
        assert_ok!(Consortium::update_endpoint(signed(3), endpoint(13)));
        assert_eq!(FreeUses::<Test>::iter().count(), 2);
        assert_ok!(enact(remove(1)));
        rotate(3);
        assert_eq!(FreeUses::<Test>::iter().count(), 0);
    });
}
