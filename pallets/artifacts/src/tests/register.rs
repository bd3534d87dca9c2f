use crate::{mock::*, ArtifactCount, Error, Event, Kept, PendingCount};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    availability::{ArtifactKind, Finding},
    policy::Access,
    possession::{self, Shown},
    traits::Artifacts as _,
    views::ArtifactState,
};
use sp_runtime::DispatchError;

#[test]
fn organisation_should_register_an_artifact_that_awaits_votes() {
    run(|| {
        assert_ok!(register(OWNER));
        let artifact = entry(0);
        assert_eq!((artifact.organisation, artifact.kind), (OWNER, ArtifactKind::DataSet));
        assert_eq!((artifact.root, artifact.len, artifact.registered_at), (root(1), LEN, 1));
        assert_eq!((artifact.access, artifact.readers.len()), (Access::Public, 0));
        assert_eq!(artifact.state, ArtifactState::Pending { until: 21 });
        assert_eq!((deposit(0), ledger().treasury), (Some((1, DEPOSIT)), FEE));
        assert_eq!(Artifacts::held(0), None);
        assert_eq!(Artifacts::vote_context(0), Some((ArtifactKind::DataSet, LEN)));
        assert_eq!((PendingCount::<Test>::get(1), ArtifactCount::<Test>::get(1)), (1, 1));
        let expected = Event::Registered {
            artifact: 0,
            organisation: 1,
            kind: ArtifactKind::DataSet,
            root: root(1),
            len: LEN,
            until: 21,
        };
        assert_eq!(last_event(), expected);
    });
}

/// A root is public: a claim names the organisation, whose key nobody else's possession fits.
#[test]
fn root_alone_should_not_do_the_vote_is_on_the_organisation_s_possession() {
    run(|| {
        assert_ok!(register(OWNER));
        assert_ok!(register(OTHER));
        let claims = [0, 1].map(|id| open_vote(id).unwrap().0.remove(0).1);
        for (claim, organisation) in claims.iter().zip([OWNER, OTHER]) {
            let expected = Shown::Possession {
                key: possession::key(System::block_hash(0), organisation),
                possession: POSSESSION,
            };
            assert_eq!((claim.root, &claim.shown), (root(1), &expected));
        }
        assert_ne!(claims[0], claims[1]);
    });
}

#[test]
fn stranger_and_suspended_organisation_should_register_nothing() {
    run(|| {
        assert_noop!(register(OUTSIDER), Error::<Test>::NotAnOrganisation);
        Suspended::set(vec![OWNER]);
        assert_noop!(register(OWNER), Error::<Test>::NotAnOrganisation);
        assert_noop!(
            Artifacts::register(
                RuntimeOrigin::none(),
                ArtifactKind::Program,
                root(1),
                POSSESSION,
                LEN,
                licence("MIT"),
                Access::Public
            ),
            DispatchError::BadOrigin
        );
    });
}

#[test]
fn length_should_be_bounded_by_the_kind() {
    run(|| {
        for (kind, most) in [
            (ArtifactKind::Program, MAX_PROGRAM),
            (ArtifactKind::DataSet, MAX_DATA_SET),
        ] {
            for len in [0, most + 1, u64::MAX] {
                assert_noop!(register_as(OWNER, kind, len, b"MIT"), Error::<Test>::LengthInvalid);
            }
            assert_ok!(register_as(OWNER, kind, most, b"MIT"));
        }
        assert_eq!(deposit(0), Some((1, 100 + 4 * 3)));
        assert_eq!(deposit(1), Some((1, 100 + 64 * 3)));
        assert_eq!(Artifacts::deposit(u64::MAX), 100 + 3 * (1 << 44), "nothing overflows");
    });
}

#[test]
fn licence_should_be_text_that_can_be_shown() {
    run(|| {
        for text in [
            &b""[..],
            b" \n",
            b"\xff\xfe",
            b"MIT\x1b[2J",
            b"MIT\0",
            "MIT\u{9b}31m".as_bytes(),
        ] {
            assert_noop!(
                register_as(OWNER, ArtifactKind::Program, 1, text),
                Error::<Test>::LicenceInvalid
            );
        }
        let long = [b'x'; 1_024];
        for text in [
            &b"CC-BY-4.0"[..],
            "nur f\u{fc}r Forschung\r\n\tsonst nichts".as_bytes(),
            &long,
        ] {
            assert_ok!(register_as(OWNER, ArtifactKind::Program, 1, text));
        }
    });
}

#[test]
fn organisation_should_take_no_more_than_its_room_and_leave_the_others_theirs() {
    run(|| {
        for id in 0..3 {
            assert_ok!(register(OWNER));
            assert_eq!(PendingCount::<Test>::get(1), id + 1);
        }
        assert_noop!(register(OWNER), Error::<Test>::MaxPendingExceeded);
        for id in 0..8 {
            if id > 2 {
                assert_ok!(register(OWNER));
            }
            decide(id, if id % 2 == 0 { Finding::Held } else { Finding::Split });
        }
        // What is retired counts until it is pruned, and so does what was rejected.
        assert_ok!(Artifacts::retire(signed(OWNER), 0));
        assert_noop!(register(OWNER), Error::<Test>::MaxArtifactsPerOrganisationExceeded);
        assert_ok!(register(OTHER));
        run_to(1 + RETENTION);
        assert_ok!(Artifacts::prune(signed(OTHER), 0));
        assert_ok!(register(OWNER));
        assert_eq!(entry(9).organisation, OWNER, "numbers are never given twice");
    });
}

#[test]
fn registry_should_be_bounded() {
    run(|| {
        for id in 0..12 {
            assert_ok!(register(1 + id % 4));
        }
        assert_eq!(Kept::<Test>::get().into_inner(), (0..12).collect::<Vec<_>>());
        assert_noop!(register(5), Error::<Test>::MaxArtifactsExceeded);
    });
}

#[test]
fn artifact_should_be_paid_for_and_not_be_registered_without_votes() {
    run(|| {
        for less in [0, FEE - 1, FEE, FEE + DEPOSIT - 1] {
            let purse = purse(1);
            set_purse(1, less);
            set_purse(9, RICH + purse - less);
            assert_noop!(register(OWNER), DispatchError::Other("no cover"));
            set_purse(1, purse);
            set_purse(9, RICH);
        }
        RefuseVotes::set(true);
        assert_noop!(register(OWNER), DispatchError::Exhausted);
    });
}
