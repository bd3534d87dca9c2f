use crate::mock::*;
use frame_support::assert_ok;
use quorate_primitives::{
    availability::{ArtifactKind, Finding},
    traits::Artifacts as _,
};

/// An organisation brings a data set, which is used until its owner retires it.
#[test]
fn artifact_should_be_used_from_the_quorum_s_vote_until_it_is_retired() {
    run(|| {
        // An organisation registers a data set; a fee goes to the treasury, and a deposit is put up.
        assert_ok!(register(OWNER));
        assert_eq!(purse(1), RICH - FEE - DEPOSIT);
        assert_eq!(Artifacts::held(0), None);
        // A quorum of validators holds it and has checked every byte.
        decide(0, Finding::Held);
        assert_eq!(Artifacts::held(0).map(|held| held.kind), Some(ArtifactKind::DataSet));
        // Its owner retires it: the record goes when its retention has ended, and the deposit returns.
        assert_ok!(Artifacts::retire(signed(OWNER), 0));
        assert_eq!((Artifacts::held(0), purse(1)), (None, RICH - FEE - DEPOSIT));
        run_to(1 + RETENTION);
        assert_ok!(Artifacts::prune(signed(OUTSIDER), 0));
        assert_eq!((Artifacts::artifact(0), purse(1)), (None, RICH - FEE));
    });
}
