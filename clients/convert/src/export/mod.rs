//! A version as the files of a Hugging Face folder, which PyTorch, Transformers and PEFT load.

mod shards;
mod values;

use crate::{
    beside,
    check::open_version,
    element::is_float,
    names::shown,
    source::{Entry, CHUNK},
    ConvertError, Source,
};
use quorate_exact::{Dtype, Role, Tensor};
use quorate_output::OutputFolder;
use shards::{shards, Named, Shard};
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

/// In which type `train` and `stat` tensors are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// The one that each came in, to which its values are rounded.
    Original,
    /// As the version has them.
    F32,
}

/// A version's file, and the folder that it becomes.
#[derive(Clone, Debug)]
pub struct Export<'a> {
    /// A canonical file of kind `model`.
    pub input: &'a Path,
    /// The folder; it must not be there, or be empty.
    pub output: &'a Path,
    pub precision: Precision,
    /// Most bytes of tensors in one file; a tensor that is longer has a file of its own. An adapter is always one file.
    pub shard_len: u64,
    /// What an adapter's `adapter_config.json` names as its base; without, what the version's says.
    pub base_name: Option<&'a str>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Names and lengths of the files.
    pub files: Vec<(String, u64)>,
    /// Tensors, each under all of its names.
    pub tensors: u64,
    /// Values that the version has more exactly than the type that they were written in.
    pub rounded: u64,
    /// Whether it is a PEFT adapter.
    pub is_adapter: bool,
    /// Keys of small files that were left out, as libraries would load code by them, such as `config.json: auto_map`.
    pub left_out: Vec<String>,
}

impl Export<'_> {
    /// Writes the folder; `progress` is called with the bytes of tensors written and all there will be.
    ///
    /// # Errors
    /// `Output`, `Io`, `NotSafetensors`, `NotCanonical`, `Kind`, `Beyond`, `BaseNonFinite`; there is no folder then.
    pub fn run(&self, progress: &dyn Fn(u64, u64)) -> Result<Exported, ConvertError> {
        let folder = OutputFolder::create(self.output)?;
        let (source, header) = open_version(
            self.input,
            "only a version, of kind model, has all of a model's tensors",
        )?;
        let (files, tensors): (Vec<&Tensor>, Vec<&Tensor>) = header
            .tensors
            .iter()
            .partition(|tensor| beside::file_of(tensor).is_some());
        let mut exported = Exported {
            files: Vec::new(),
            tensors: 0,
            rounded: 0,
            is_adapter: files
                .iter()
                .any(|tensor| beside::file_of(tensor) == Some(beside::ADAPTER)),
            left_out: Vec::new(),
        };
        for tensor in files {
            self.beside(&source, tensor, folder.path(), &mut exported)?;
        }
        let named = tensors
            .into_iter()
            .flat_map(|tensor| names_of(tensor, self.precision))
            .collect();
        let (stem, longest) = match exported.is_adapter {
            true => ("adapter_model", u64::MAX),
            false => ("model", self.shard_len),
        };
        let shards = shards(stem, named, longest);
        let total = shards.iter().map(Shard::data_len).sum();
        let mut done = 0;
        for shard in &shards {
            let path = folder.path().join(&shard.file);
            let mut file = create(&path)?;
            write(&mut file, &path, &shard.header())?;
            for named in &shard.tensors {
                let entry = entry(&source, named.tensor)?;
                let rounded = values::each(&source, entry, named, |bytes| {
                    write(&mut file, &path, bytes)?;
                    done += bytes.len() as u64;
                    progress(done, total);
                    Ok(())
                })?;
                exported.rounded += rounded;
                exported.tensors += 1;
            }
            file.flush().map_err(ConvertError::io(&path))?;
            exported.files.push((shard.file.clone(), shard.file_len()));
        }
        if let Some(index) = shards::index(&shards) {
            let name = format!("{stem}.safetensors.index.json");
            whole(&folder.path().join(&name), &index)?;
            exported.files.push((name, index.len() as u64));
        }
        folder.commit()?;
        Ok(exported)
    }

    /// One of the small files.
    fn beside(
        &self,
        source: &Source,
        tensor: &Tensor,
        folder: &Path,
        exported: &mut Exported,
    ) -> Result<(), ConvertError> {
        let Some(name) = beside::file_of(tensor) else {
            return Ok(());
        };
        let entry = entry(source, tensor)?;
        // At most what a small file may have.
        let mut bytes = vec![0; entry.len as usize];
        source.read(entry, 0, &mut bytes)?;
        let wrong = |reason| ConvertError::Beside {
            path: format!("{} in {}", name, self.input.display()),
            reason,
        };
        let (code, mut bytes) = beside::harmless(&bytes).map_err(wrong)?;
        if let Some(base) = self.base_name.filter(|_| name == beside::ADAPTER) {
            bytes = beside::with_base(&bytes, base).map_err(wrong)?;
        }
        whole(&folder.join(name), &bytes)?;
        exported.files.push((name.into(), bytes.len() as u64));
        exported
            .left_out
            .extend(code.iter().map(|key| format!("{name}: {}", shown(key))));
        Ok(())
    }
}

/// A tensor under its name and its aliases.
fn names_of(tensor: &Tensor, precision: Precision) -> Vec<Named<'_>> {
    let dtype = match (tensor.role, precision) {
        (Role::Const, _) => tensor.dtype,
        // A header may claim any type; one that is no float was none that was trained.
        (_, Precision::Original) if is_float(tensor.original_dtype) => tensor.original_dtype,
        _ => Dtype::F32,
    };
    let names = std::iter::once(&tensor.name).chain(&tensor.aliases);
    names.map(|name| Named { name, dtype, tensor }).collect()
}

fn entry<'a>(source: &'a Source, tensor: &Tensor) -> Result<&'a Entry, ConvertError> {
    let entry = source.tensors.get(&tensor.name);
    entry.ok_or_else(|| ConvertError::Unknown(tensor.name.clone()))
}

fn create(path: &Path) -> Result<BufWriter<File>, ConvertError> {
    let file = File::create_new(path).map_err(ConvertError::io(path))?;
    Ok(BufWriter::with_capacity(CHUNK, file))
}

fn write(file: &mut BufWriter<File>, path: &Path, bytes: &[u8]) -> Result<(), ConvertError> {
    file.write_all(bytes).map_err(ConvertError::io(path))
}

fn whole(path: &Path, bytes: &[u8]) -> Result<(), ConvertError> {
    let mut file = create(path)?;
    write(&mut file, path, bytes)?;
    file.flush().map_err(ConvertError::io(path))
}
