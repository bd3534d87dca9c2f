use crate::mock::*;
use frame_support::assert_ok;
use quorate_primitives::{availability::Finding, traits::Models as _, version::VersionStatus};

/// A version turns out to be unfit after another was made from it: the next round stands on the one before both.
#[test]
fn model_should_go_on_from_its_newest_clean_version() {
    run(|| {
        // An organisation registers a model; a quorum of validators holds version 0.
        assert_ok!(register(OWNER));
        decide(0, Finding::Held);
        // Three rounds record versions 1, 2 and 3, each on the one before it.
        for base in 0..3 {
            assert_eq!(record(0, base, root(10)), Ok(base + 1));
        }
        // The council revokes version 2, and with it its child.
        assert_ok!(Models::revoke(RuntimeOrigin::root(), 0, 2));
        assert_eq!(Models::status(0, 2), Some(VersionStatus::Revoked));
        assert!(!Models::is_clean(0, 3));
        // The next round makes version 4 from version 1.
        assert_eq!(Models::round_base(0).map(|base| base.base), Some(1));
        assert_eq!(record(0, 1, root(11)), Ok(4));
        assert_eq!(Models::round_base(0).map(|base| base.base), Some(4));
    });
}
