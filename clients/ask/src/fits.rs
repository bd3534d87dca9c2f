//! Whether a version may be asked with a program, found out before anything is shown or paid: validators would find out at the asker's cost.

use crate::{nothing_sent, paying::paying, Asker};
use quorate_client::{gateways::Reader, words, Client, Error, Result};
use quorate_convert::names::shown;
use quorate_exact::{Dtype, ModelHeader, Tensor};
use quorate_primitives::{
    availability::ArtifactKind,
    frozen::FrozenBaseView,
    policy::Access,
    version::{Origin, VersionRecord, VersionStatus},
    views::{ArtifactState, ArtifactView, BlobRef, ModelState, ModelView, VersionView},
    ArtifactId, ModelId, OrganisationId, VersionIndex,
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
    /// `NotFound`; `Unavailable` saying why it cannot be asked.
    pub async fn of(
        client: &Client,
        (id, version): (ModelId, Option<VersionIndex>),
        organisation: OrganisationId,
    ) -> Result<Self> {
        let model = client.model(id).await?;
        let version = version.or(model.head).ok_or_else(|| {
            Error::Unavailable(format!(
                "model {id} has no version that can be asked: it is {}",
                words::model_state(model.state)
            ))
        })?;
        let known = client.version(id, version).await?;
        may_be_asked(&model, &known).map_err(Error::Unavailable)?;
        if model.head != Some(version) {
            if let Some(revoked) = revoked(&client.versions(id).await?, version) {
                return Err(Error::Unavailable(format!(
                    "version {id}@{version} is not clean: version {revoked} is revoked"
                )));
            }
        }
        if let Some(base) = &model.frozen_base {
            let mut artifacts = client.artifacts().await?.into_iter();
            if !artifacts.any(|known| is_base(&known, base, organisation)) {
                return Err(Error::Unavailable(format!(
                    "model {id} stands on weights with the root {:?}, and no quorum holds them for organisation {organisation}: whoever has them \
                     registers them with `quorate artifact register --kind weights`",
                    base.root
                )));
            }
        }
        let readers = client.model_readers(id).await?;
        match access(&model, &known).admits(organisation, model.organisation, &readers) {
            true => Ok(Self { model, version: known }),
            false => Err(Error::Unavailable(format!(
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

/// What may be asked, and who pays.
pub struct Allowed {
    /// Whose fund pays.
    pub organisation: OrganisationId,
    pub served: Served,
}

/// That whoever asks is of an organisation, which may use a version of a model, or its head, and these artifacts.
///
/// # Errors
/// `NotFound`; `Unavailable` saying why not; `Input` for an account of no organisation.
pub async fn allowed(
    asker: Asker<'_>,
    version: (ModelId, Option<VersionIndex>),
    artifacts: &[ArtifactId],
) -> Result<Allowed> {
    let client = asker.client;
    let organisation = paying(client, &asker.account.id()).await?;
    let served = Served::of(client, version, organisation).await?;
    for artifact in artifacts {
        may_use(&client.artifact(*artifact).await?, organisation)?;
    }
    Ok(Allowed { organisation, served })
}

/// Whether an artifact is a frozen base that a quorum holds and an organisation may use.
fn is_base(known: &ArtifactView, base: &FrozenBaseView, organisation: OrganisationId) -> bool {
    known.kind == ArtifactKind::Weights
        && (known.root, known.len) == (base.root, base.len)
        && matches!(known.state, ArtifactState::Held { .. })
        && known.access.admits(organisation, known.organisation, &known.readers)
}

/// That an organisation may use an artifact.
///
/// # Errors
/// `Unavailable`.
fn may_use(known: &ArtifactView, organisation: OrganisationId) -> Result<()> {
    match known.access.admits(organisation, known.organisation, &known.readers) {
        true => Ok(()),
        false => Err(Error::Unavailable(format!(
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

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_exact::{Kind, Role, TensorSpec};
    use quorate_program::{op::Unary, Graph, ModelTensor, Node, Op, Output};

    /// Reads f32 [2, 3] tensors of these names.
    fn program(names: &[&str]) -> Program {
        let tensors = names.iter().map(|name| ModelTensor {
            name: (*name).into(),
            shape: vec![2, 3],
            element: Type::F32,
        });
        Program::new(Graph {
            tensors: tensors.collect(),
            nodes: (0..names.len() as u32)
                .map(|tensor| Node {
                    operands: vec![tensor],
                    op: Op::Unary(Unary::Abs),
                })
                .collect(),
            outputs: (0..names.len())
                .map(|index| Output {
                    name: format!("y{index}"),
                    value: (names.len() + index) as u32,
                })
                .collect(),
            ..Graph::default()
        })
        .unwrap()
    }

    fn header(name: &str, shape: &[u64], dtype: Dtype) -> ModelHeader {
        let role = match dtype {
            Dtype::F32 => Role::Train,
            _ => Role::Const,
        };
        let spec = |name: &str, shape: &[u64], dtype, role| TensorSpec {
            name: name.into(),
            shape: shape.to_vec(),
            dtype,
            role,
            scale: 20,
            original_dtype: dtype,
            aliases: vec![],
        };
        let specs = vec![
            spec("base", &[1], Dtype::F32, Role::Train),
            spec(name, shape, dtype, role),
        ];
        ModelHeader::build(Kind::Model, specs).unwrap()
    }

    #[test]
    fn tensor_that_is_missing_or_another_should_be_named() {
        let wanted = program(&["a"]);
        assert_eq!(fit(&wanted, &[header("a", &[2, 3], Dtype::F32)]), Ok(()));
        for (header, named) in [
            (header("b", &[2, 3], Dtype::F32), "no tensor a"),
            (
                header("a", &[3, 2], Dtype::F32),
                "a is F32 [3, 2], and the program reads f32 [2, 3]",
            ),
            (header("a", &[2, 3], Dtype::I64), "a is I64 [2, 3]"),
        ] {
            let error = fit(&wanted, &[header]).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn tensors_of_the_frozen_base_should_count_beside_those_of_the_version() {
        let both = [header("a", &[2, 3], Dtype::F32), header("b", &[2, 3], Dtype::F32)];
        assert_eq!(fit(&program(&["a", "b"]), &both), Ok(()));
        assert!(fit(&program(&["a", "b"]), &both[..1]).is_err());
        let other = [header("a", &[2, 3], Dtype::F32), header("a", &[2, 3], Dtype::F32)];
        let error = fit(&program(&["a"]), &other).unwrap_err();
        assert!(error.contains("both have a tensor"), "{error}");
    }

    #[test]
    fn program_of_another_model_should_be_told_by_a_few_of_its_tensors() {
        let names = ["a", "b", "c", "d", "e", "f"];
        let error = fit(&program(&names), &[header("z", &[2, 3], Dtype::F32)]).unwrap_err();
        assert!(
            error.contains("no tensor d; and 2 more of the program's 6 tensors"),
            "{error}"
        );
        assert!(!error.contains("no tensor e"), "{error}");
    }
}
