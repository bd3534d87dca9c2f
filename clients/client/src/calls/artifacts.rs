//! Calls of `artifacts`.

use crate::Call;
use quorate_primitives::{
    availability::{ArtifactKind, Named},
    policy::Access,
    ArtifactId, OrganisationId,
};

/// What an artifact is registered as.
pub struct Registration<'a> {
    pub kind: ArtifactKind,
    pub file: Named,
    pub len: u64,
    /// Text or an SPDX identifier.
    pub licence: &'a str,
    pub access: Access,
}

pub fn register(registration: &Registration) -> Call {
    let Registration {
        kind,
        file,
        len,
        licence,
        access,
    } = registration;
    Call::new("Artifacts", "register", (kind, file, len, licence.as_bytes(), access))
}

/// Another file, or the same one again, for an artifact that was rejected.
pub fn retry(artifact: ArtifactId, file: Named, len: u64) -> Call {
    Call::new("Artifacts", "retry", (artifact, file, len))
}

/// `readers`: organisations, ascending; the list replaces the former one.
pub fn set_access(artifact: ArtifactId, access: Access, readers: &[OrganisationId]) -> Call {
    Call::new("Artifacts", "set_access", (artifact, access, readers))
}

pub fn retire(artifact: ArtifactId) -> Call {
    Call::new("Artifacts", "retire", artifact)
}

/// For anyone, when its retention has ended.
pub fn prune(artifact: ArtifactId) -> Call {
    Call::new("Artifacts", "prune", artifact)
}
