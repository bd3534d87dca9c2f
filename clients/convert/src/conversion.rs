//! A conversion from its inputs to the file under its name.

use crate::{
    check::{check_model, check_update, open_version, root_of},
    data::write,
    decisions::Decisions,
    pairing::pair,
    pieces::threads,
    plan::{follow, plan, plan_frozen, Options, Plan},
    report::Report,
    scales::ScaleOrigin,
    source::Entry,
    values,
    writer::Writer,
    ConvertError, Existing, Source, Strip,
};
use quorate_exact::{Account, Dtype, Kind, ModelHeader, Root, Tensor};
use quorate_output::{differs, Output};
use std::{collections::BTreeMap, num::NonZeroUsize, path::Path};

/// What is to be made.
#[derive(Clone, Debug)]
pub enum Job<'a> {
    /// A version, from weights.
    Model(Options),
    /// What an adapter is trained on top of, from weights, as everybody makes it of the same: each float of 16 bits becomes f32, no tensor's scale
    /// depends on its values, nothing is tied, and the small files of a folder are left out.
    Frozen,
    /// A version, from weights, as it was decided.
    Decided(Decisions),
    /// An update: the input's weights minus those of a canonical version.
    Difference(Against<'a>),
    /// An update: the input's values are deltas to this canonical version.
    Delta(Against<'a>),
}

/// What an update is made against, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Against<'a> {
    /// The canonical version.
    pub base: &'a Path,
    /// Its root, where its file was hashed just now; else it is hashed.
    pub root: Option<Root>,
    pub contributor: Account,
}

/// A conversion.
#[derive(Clone, Debug)]
pub struct Conversion<'a> {
    /// The canonical file.
    pub output: &'a Path,
    pub job: Job<'a>,
    /// Parts of names to leave out, of the input's and the base's.
    pub strip: Vec<Strip>,
    /// What happens to a file that has the output's name already.
    pub existing: Existing,
}

/// Converts `input` and writes `output`, which must not exist.
///
/// # Errors
/// [`ConvertError`]; there is no `output` then.
pub fn convert(
    input: &Path,
    output: &Path,
    job: &Job<'_>,
    progress: &dyn Fn(u64, u64),
) -> Result<Report, ConvertError> {
    let conversion = Conversion {
        output,
        job: job.clone(),
        strip: Vec::new(),
        existing: Existing::Keep,
    };
    conversion.run(Source::open(input)?, progress)
}

pub(crate) struct Base {
    header: ModelHeader,
    source: Source,
    root: Root,
    /// Whose update to it is made.
    contributor: Account,
}

/// A job with its files open.
pub(crate) enum Target<'a> {
    Version(Choice<'a>),
    Update { base: Box<Base>, subtract: bool },
}

/// Where the roles and scales of a version come from.
pub(crate) enum Choice<'a> {
    Rules(&'a Options),
    Frozen,
    Decided(&'a Decisions),
}

impl<'a> Target<'a> {
    fn open(job: &'a Job<'_>) -> Result<Self, ConvertError> {
        let update = |against, subtract| {
            let base = Box::new(open_base(against)?);
            Ok(Self::Update { base, subtract })
        };
        match job {
            Job::Frozen => Ok(Self::Version(Choice::Frozen)),
            Job::Model(options) => Ok(Self::Version(Choice::Rules(options))),
            Job::Decided(decisions) => Ok(Self::Version(Choice::Decided(decisions))),
            Job::Difference(against) => update(against, true),
            Job::Delta(against) => update(against, false),
        }
    }

    fn base(&self) -> Option<&Base> {
        match self {
            Self::Version(_) => None,
            Self::Update { base, .. } => Some(base.as_ref()),
        }
    }

    /// What is subtracted from the weights.
    fn subtracted(&self) -> Option<&Source> {
        match self {
            Self::Update { base, subtract: true } => Some(&base.source),
            Self::Update { .. } | Self::Version(_) => None,
        }
    }
}

/// What is written, and from where.
pub(crate) struct Outline<'a> {
    pub header: ModelHeader,
    entries: Vec<(&'a Entry, Dtype)>,
    plan: Plan,
    ignored: Vec<String>,
    copies: Vec<(String, String)>,
}

impl Outline<'_> {
    /// What is done for each tensor, in their order.
    pub fn jobs<'a>(&'a self, source: &'a Source, subtracted: Option<&'a Source>) -> Vec<values::Job<'a>> {
        let origins: BTreeMap<&str, ScaleOrigin> = self.plan.origins().collect();
        let tensors = self.header.tensors.iter().zip(&self.entries);
        let job = |(tensor, (entry, dtype)): (&'a Tensor, &(&'a Entry, Dtype))| values::Job {
            source,
            entry,
            dtype: *dtype,
            base: subtracted.and_then(|base| Some((base, base.tensors.get(&tensor.name)?))),
            tensor,
            kind: self.header.kind,
            origin: origins.get(tensor.name.as_str()).copied(),
        };
        tensors.map(job).collect()
    }
}

impl Conversion<'_> {
    /// Converts `source`; `progress` is called with the bytes written and the bytes there will be.
    ///
    /// # Errors
    /// [`ConvertError`]; the output is then what it was.
    pub fn run(&self, source: Source, progress: &dyn Fn(u64, u64)) -> Result<Report, ConvertError> {
        self.run_on(threads(), source, progress)
    }

    fn run_on(
        &self,
        threads: NonZeroUsize,
        mut source: Source,
        progress: &dyn Fn(u64, u64),
    ) -> Result<Report, ConvertError> {
        self.check_kind(&source)?;
        let target = Target::open(&self.job)?;
        let base = target.base();
        let sources = [Some(&source), base.map(|base| &base.source)];
        for (path, file) in sources.into_iter().flatten().flat_map(Source::files) {
            differs(self.output, file, path)?;
        }
        let mut output = Output::create(self.output, self.existing)?;
        let strip = self.strips();
        let found = source.strip(&strip)?;
        let outline = match &target {
            Target::Version(choice) => {
                all_found(&strip, &found)?;
                if !matches!(choice, Choice::Frozen) {
                    source.hold_beside()?;
                }
                outlined(&source, choice)?
            }
            Target::Update { base, .. } => update(&source, base, &strip, found)?,
        };
        let file = output.file().try_clone().map_err(ConvertError::io(self.output))?;
        let mut writer = Writer::new((&mut output, self.output), outline.header.file_len(), progress);
        writer.sync(file)?;
        let jobs = outline.jobs(&source, target.subtracted());
        let (tensors, rounding) = write(&outline.header, &jobs, threads, &mut writer)?;
        let (root, ending) = writer.finish()?;
        // While the disk has the rest to do.
        match base {
            None => check_model(output.temporary_path(), &outline.header)?,
            Some(base) => check_update(output.temporary_path(), &base.header, &base.root, &base.contributor)?,
        }
        if let Some(ending) = ending {
            ending.wait().map_err(ConvertError::io(self.output))?;
        }
        output.commit()?;
        let Outline {
            header,
            plan,
            ignored,
            copies,
            ..
        } = outline;
        let decisions = base.is_none().then(|| Decisions::of(&header, &strip));
        Ok(Report {
            root,
            len: header.file_len(),
            header_len: header.header_len(),
            group_len: header.group_len(),
            header_hash: quorate_exact::root(&header.encode()),
            tensors,
            was_canonical: base.is_none() && source.kind.as_deref() == Some("model"),
            unlisted: source.unlisted,
            ignored,
            copies,
            empty: plan.empty,
            quantised: plan.quantised,
            rounding,
            contributor: base.map(|base| base.contributor),
            is_weights: !matches!(self.job, Job::Delta(_)),
            decisions,
        })
    }

    /// The parts of names to leave out: those given, and those that were decided.
    fn strips(&self) -> Vec<Strip> {
        let mut strips = self.strip.clone();
        if let Job::Decided(decisions) = &self.job {
            strips.extend(decisions.strip.iter().cloned());
        }
        strips
    }

    /// Weights are not taken for deltas, nor deltas for weights, where the input says what it is.
    fn check_kind(&self, source: &Source) -> Result<(), ConvertError> {
        let Some(kind) = source.kind.as_deref() else {
            return Ok(());
        };
        let wanted = match (&self.job, kind) {
            (_, "state") => "it is made by validators alone",
            (Job::Model(_) | Job::Frozen | Job::Decided(_), "delta") => "a version is made from weights",
            (Job::Difference(_), "delta") => "its values are deltas already; give --delta, or the weights",
            (Job::Delta(_), "model") => "its values are weights; leave --delta out",
            _ => return Ok(()),
        };
        Err(ConvertError::Kind {
            path: source.path().display().to_string(),
            kind: kind.into(),
            wanted,
        })
    }
}

fn all_found(strips: &[Strip], found: &[bool]) -> Result<(), ConvertError> {
    match strips.iter().zip(found).find(|(_, found)| !**found) {
        Some((strip, _)) => Err(ConvertError::StripUnused {
            text: strip.text().into(),
        }),
        None => Ok(()),
    }
}

/// What a version will be.
///
/// # Errors
/// Those of its tensors.
pub(crate) fn outlined<'a>(source: &'a Source, choice: &Choice<'_>) -> Result<Outline<'a>, ConvertError> {
    let plan = match choice {
        Choice::Rules(options) => plan(source, options)?,
        Choice::Frozen => plan_frozen(source)?,
        Choice::Decided(decisions) => follow(source, decisions)?,
    };
    let header = ModelHeader::build(Kind::Model, plan.specs.clone())?;
    let entries = header.tensors.iter().map(|tensor| {
        let entry = source.tensors.get(&tensor.name);
        let entry = entry.and_then(|entry| Some((entry, entry.element.dtype()?)));
        entry.ok_or_else(|| ConvertError::Unknown(tensor.name.clone()))
    });
    Ok(Outline {
        entries: entries.collect::<Result<_, _>>()?,
        header,
        plan,
        ignored: Vec::new(),
        copies: Vec::new(),
    })
}

fn update<'a>(
    source: &'a Source,
    base: &Base,
    strips: &[Strip],
    found: Vec<bool>,
) -> Result<Outline<'a>, ConvertError> {
    let pairing = pair(source, &base.header, strips, found)?;
    Ok(Outline {
        header: base.header.update_header(&base.root, &base.contributor),
        entries: pairing.entries,
        plan: Plan::default(),
        ignored: pairing.ignored,
        copies: pairing.copies,
    })
}

fn open_base(against: &Against<'_>) -> Result<Base, ConvertError> {
    let (source, header) = open_version(against.base, "the base of an update is a version, of kind model")?;
    Ok(Base {
        header,
        source,
        root: match against.root {
            Some(root) => root,
            None => root_of(against.base)?,
        },
        contributor: against.contributor,
    })
}

#[cfg(test)]
mod tests;
