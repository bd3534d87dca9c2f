use crate::{
    policy::Policy,
    version::{AssessmentRecord, RoundOrigin, Settlement},
    views::BlobRef,
    ModelId, OrganisationId, Root, VersionIndex,
};
use sp_runtime::{DispatchError, Weight};

/// What a round needs to know of its model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RoundBase {
    pub base: VersionIndex,
    pub base_root: Root,
    /// Root of the version before the base, if there is one.
    pub previous_root: Option<Root>,
    /// State of the server optimiser that the base came with, if the policy's optimiser can go on from it.
    pub optimiser: Option<Root>,
    pub policy: Policy,
    /// Exact length in bytes of an update's file.
    pub update_len: u64,
    /// Exact length in bytes of a version's file.
    pub file_len: u64,
}

/// The model registry. Implemented by `models`.
pub trait Models {
    /// The organisation that owns `model`.
    fn owner(model: ModelId) -> Option<OrganisationId>;
    /// What a new round stands on: the newest clean version, or the newest clean one that was promoted where the policy asks for
    /// that. `None` unless the model is active and there is one.
    fn round_base(model: ModelId) -> Option<RoundBase>;
    /// The newest clean version that did not fail its policy's gate.
    fn head(model: ModelId) -> Option<VersionIndex>;
    /// The file of a version that validators keep and serve: one of the newest of a model that is not retired.
    fn served(model: ModelId, version: VersionIndex) -> Option<BlobRef>;
    /// The file of a model's frozen base, if it has one.
    fn frozen_base(model: ModelId) -> Option<BlobRef>;
    /// Whether `organisation` may use the version. False for a version that does not exist.
    fn may_read(model: ModelId, version: VersionIndex, organisation: OrganisationId) -> bool;
    /// Whether neither the version nor an ancestor of it is revoked. False for a version that does not exist.
    fn is_clean(model: ModelId, version: VersionIndex) -> bool;
    /// Whether rounds may stand on the version as far as its policy's gate goes: there is none, or the version passed it. False while
    /// that is not known, and for a version that does not exist.
    fn passed(model: ModelId, version: VersionIndex) -> bool;
    /// The most that `is_clean` weighs, and that `record` weighs beside what it writes.
    fn is_clean_weight() -> Weight;
    /// Whether the version is `ancestor`, or descends from it. False for a version that does not exist.
    fn descends(model: ModelId, version: VersionIndex, ancestor: VersionIndex) -> bool;
    /// The most that `descends` weighs.
    fn descends_weight() -> Weight;
    /// Record the next version. `policy` is the round's, which is kept from now on: the record names it by its hash. Where it has a gate,
    /// no round stands on the version until [`Self::assessed`] says that it passed.
    ///
    /// # Errors
    /// There is no such model, or the parent is not clean.
    fn record(model: ModelId, origin: RoundOrigin, policy: &Policy) -> Result<VersionIndex, DispatchError>;
    /// Keep how a version was assessed. At most once per version.
    fn assessed(model: ModelId, version: VersionIndex, assessment: AssessmentRecord);
    /// The most that `assessed` weighs, where it opens a gate or not.
    fn assessed_weight(opens: bool) -> Weight;
    /// Keep the roots over what is known only now. At most once per version.
    fn settled(model: ModelId, version: VersionIndex, settlement: Settlement);
}

/// Notified when a version of a model is revoked. Implemented by `rounds`.
pub trait RevocationSink {
    /// Rounds of `model` whose base or version is `version`, or descends from it, end with refunds.
    fn revoked(model: ModelId, version: VersionIndex);
    /// The most that `revoked` weighs.
    fn revoked_weight() -> Weight;
}

impl RevocationSink for () {
    fn revoked(_: ModelId, _: VersionIndex) {}

    fn revoked_weight() -> Weight {
        Weight::zero()
    }
}
