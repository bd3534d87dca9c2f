//! Whether a version may be asked with a program, found out before anything is shown or paid: validators would find out at the asker's cost.

use crate::{nothing_sent, Asker};
use quorate_client::{gateways::Reader, words, Client, Error, Result};
use quorate_convert::names::shown;
use quorate_exact::{Dtype, ModelHeader, Tensor};
use quorate_primitives::{
    policy::Access,
    version::{Origin, VersionRecord, VersionStatus},
    views::{ArtifactView, BlobRef, ModelState, ModelView, VersionView},
    ModelId, OrganisationId, VersionIndex,
};
use quorate_program::{Program, Type};
use std::collections::{HashMap, HashSet};

/// Versions of a model that validators keep.
const SERVED: VersionIndex = 64;
/// Tensors that are named.
const NAMED: usize = 4;

/// A version that can be asked.
pub struct Served {
    pub model: ModelView,
    pub version: VersionView,
}

impl Served {
    /// A version of a model, or its head, that validators have and `organisation` may use.
    ///
    /// # Errors
    /// `NotFound`; `Input` saying why it cannot be asked.
    pub async fn of(
        client: &Client,
        (id, version): (ModelId, Option<VersionIndex>),
        organisation: OrganisationId,
    ) -> Result<Self> {
        let model = client.model(id).await?;
        let version = version.or(model.head).ok_or_else(|| {
            Error::Input(format!(
                "model {id} has no version that can be asked: it is {}",
                words::model_state(model.state)
            ))
        })?;
        let known = client.version(id, version).await?;
        may_be_asked(&model, &known).map_err(Error::Input)?;
        if model.head != Some(version) {
            if let Some(revoked) = revoked(&client.versions(id).await?, version) {
                return Err(Error::Input(format!(
                    "version {id}@{version} is not clean: version {revoked} is revoked"
                )));
            }
        }
        let readers = client.model_readers(id).await?;
        match access(&model, &known).admits(organisation, model.organisation, &readers) {
            true => Ok(Self { model, version: known }),
            false => Err(Error::Input(format!(
                "organisation {organisation} may not read version {id}@{version}: organisation {} owns the model and admits readers \
                 (`quorate model readers`)",
                model.organisation
            ))),
        }
    }

    /// That the version, with its model's frozen base, has the program's tensors. Where no gateway shows one of them to the account that is
    /// told to `say`, and validators will find out.
    ///
    /// # Errors
    /// `Input` naming what is missing.
    pub async fn check(&self, asker: Asker<'_>, program: &Program, say: &dyn Fn(&str)) -> Result<()> {
        if program.graph().tensors.is_empty() {
            return Ok(());
        }
        let reader = Reader::Account(asker.account.clone());
        let gateways = asker.client.open_gateways(Some(reader)).await?;
        let VersionRecord { root, len, .. } = self.version.record;
        let base = self.model.frozen_base.iter();
        let base = base.map(|base| BlobRef {
            root: base.root,
            len: base.len,
        });
        let mut headers = Vec::new();
        for file in std::iter::once(BlobRef { root, len }).chain(base) {
            match gateways.header(&file).await {
                Ok(header) => headers.push(header),
                Err(error) => {
                    say(&format!(
                        "whether the version has the program's tensors was not checked: {error}"
                    ));
                    return Ok(());
                }
            }
        }
        fit(program, &headers).map_err(nothing_sent)
    }
}

/// That an organisation may use an artifact.
///
/// # Errors
/// `Input`.
pub fn may_use(known: &ArtifactView, organisation: OrganisationId) -> Result<()> {
    match known.access.admits(organisation, known.organisation, &known.readers) {
        true => Ok(()),
        false => Err(Error::Input(format!(
            "organisation {organisation} may not use artifact {}: organisation {} owns it and admits readers (`quorate artifact set-access`)",
            known.id, known.organisation
        ))),
    }
}

fn may_be_asked(model: &ModelView, known: &VersionView) -> std::result::Result<(), String> {
    let (id, version) = (model.id, known.record.version);
    if model.state == ModelState::Retired {
        return Err(format!("model {id} is retired: validators have its versions no longer"));
    }
    if known.status == VersionStatus::Revoked {
        return Err(format!("version {id}@{version} is revoked: ask another one"));
    }
    let newest = model.latest.unwrap_or(version);
    match version < newest.saturating_add(1).saturating_sub(SERVED) {
        true => Err(format!(
            "version {id}@{version} is not among the newest {SERVED} of its model, which validators keep; the newest is {id}@{newest}"
        )),
        false => Ok(()),
    }
}

/// The nearest revoked version of a version and those that it descends from.
fn revoked(versions: &[VersionView], version: VersionIndex) -> Option<VersionIndex> {
    let mut next = Some(version);
    while let Some(at) = next {
        let view = versions.iter().find(|view| view.record.version == at)?;
        if view.status == VersionStatus::Revoked {
            return Some(at);
        }
        next = match view.record.origin {
            Origin::Genesis => None,
            // A parent has a lower number: no records can make a circle of this.
            Origin::Round(origin) => Some(origin.parent).filter(|parent| *parent < at),
        };
    }
    None
}

/// What gateways show the version by, as the chain has it.
fn access(model: &ModelView, known: &VersionView) -> Access {
    let promoted = known.record.origin == Origin::Genesis || known.promotion.is_some();
    let stands = !matches!(known.status, VersionStatus::Held | VersionStatus::Assessing);
    match (model.policy.promotion.served && !promoted) || !stands {
        true => Access::Validators,
        false => model.policy.access,
    }
}

/// That files with these headers have all tensors of the program, by their names, shapes and types.
fn fit(program: &Program, headers: &[ModelHeader]) -> std::result::Result<(), String> {
    let tensors = &program.graph().tensors;
    let mut known: HashMap<&str, (usize, &Tensor)> = HashMap::new();
    let mut twice: HashSet<&str> = HashSet::new();
    for (file, header) in headers.iter().enumerate() {
        for tensor in &header.tensors {
            for name in std::iter::once(&tensor.name).chain(&tensor.aliases) {
                let before = known.insert(name, (file, tensor));
                if before.is_some_and(|(other, _)| other != file) {
                    twice.insert(name);
                }
            }
        }
    }
    let mut wrong = Vec::new();
    for wanted in tensors {
        let name = shown(&wanted.name);
        if twice.contains(wanted.name.as_str()) {
            wrong.push(format!(
                "the version and the model's frozen base both have a tensor {name}: such a program does not fit"
            ));
            continue;
        }
        match known.get(wanted.name.as_str()).map(|(_, tensor)| tensor) {
            None => wrong.push(format!("the version has no tensor {name}")),
            Some(own) if element(own.dtype) != Some(wanted.element) || own.shape != wanted.shape => {
                wrong.push(format!(
                    "the version's {name} is {} {}, and the program reads {} {}",
                    own.dtype.name(),
                    axes(&own.shape),
                    wanted.element,
                    axes(&wanted.shape)
                ));
            }
            Some(_) => (),
        }
    }
    let more = wrong.len().saturating_sub(NAMED);
    wrong.truncate(NAMED);
    match (wrong.is_empty(), more) {
        (true, _) => Ok(()),
        (false, 0) => Err(wrong.join("; ")),
        (false, more) => Err(format!(
            "{}; and {more} more of the program's {} tensors do not fit: is it a program of another model?",
            wrong.join("; "),
            tensors.len()
        )),
    }
}

fn axes(shape: &[u64]) -> String {
    let axes: Vec<String> = shape.iter().map(u64::to_string).collect();
    format!("[{}]", axes.join(", "))
}

/// The element type of programs that a version's is, if there is one.
fn element(dtype: Dtype) -> Option<Type> {
    match dtype {
        Dtype::F32 => Some(Type::F32),
        Dtype::I64 => Some(Type::I64),
        Dtype::I32 => Some(Type::I32),
        Dtype::I8 => Some(Type::I8),
        Dtype::U8 => Some(Type::U8),
        Dtype::Bool => Some(Type::Bool),
        _ => None,
    }
}
