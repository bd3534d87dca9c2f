//! One aggregation, checked as far as it can be without the data.

use crate::{
    blob_file::GroupBuffer, check::version_header, layout::Layout, AggregateInput, BlobFile, EngineError, Input,
};
use quorate_exact::{optimiser, state_header, Account, Context, ModelHeader, Plan, UpdateHeader};
use std::{fs::File, os::unix::fs::FileExt};

/// What every pass of an aggregation reads.
pub(crate) struct Aggregation<'a> {
    pub input: &'a AggregateInput,
    pub layout: Layout,
    pub plan: Plan,
    pub weights: Vec<u32>,
    /// The header of the optimiser's state, if the pipeline has an optimiser.
    pub state: Option<ModelHeader>,
}

impl<'a> Aggregation<'a> {
    pub fn new(input: &'a AggregateInput) -> Result<Self, EngineError> {
        let header = version_header(&input.base, Input::Base)?;
        let weights: Vec<u32> = input.inputs.iter().map(|input| input.weight).collect();
        let plan =
            Plan::new(&input.pipeline, &header, &weights, input.previous.is_some()).map_err(EngineError::Plan)?;
        let layout = Layout::new(&header);
        let model = header.encode();
        check_blob(&input.base, Input::Base, &model, layout.file_len)?;
        if let Some(previous) = &input.previous {
            check_blob(previous, Input::Previous, &model, layout.file_len)?;
        }
        // Whose update each is the vote has settled.
        let update = UpdateHeader::new(&header, &input.base.root(), &Account::default());
        for (i, input) in input.inputs.iter().enumerate() {
            check_update_file(&input.file, Input::Update(i), &update, layout.update_len)?;
        }
        let state = state_header(&header, &input.pipeline.server).map_err(|error| EngineError::Header {
            what: "optimiser state".into(),
            error,
        })?;
        match (&state, &input.optimiser) {
            (Some(state), Some(file)) => check_blob(file, Input::Optimiser, &state.encode(), state.file_len())?,
            (None, Some(_)) => {
                return Err(EngineError::OtherModel {
                    what: "optimiser state".into(),
                })
            }
            (_, None) => (),
        }
        Ok(Self {
            input,
            layout,
            plan,
            weights,
            state,
        })
    }

    pub fn context(&self) -> Context {
        Context {
            sealed: self.plan.updates,
            s_max: self.plan.s_max,
            seed: self.input.seed,
        }
    }

    /// Streams of moments beside the version: 0 to 2.
    pub fn moments(&self) -> usize {
        let server = &self.input.pipeline.server;
        usize::from(server.has_state()) + usize::from(server.has_second_moment())
    }

    /// Byte of the state at which moment stream `stream` (0: m, 1: v) of `train` coordinate `k` lies.
    pub fn moment_offset(&self, stream: usize, k: u64) -> u64 {
        let header = self.state.as_ref().map_or(0, ModelHeader::header_len);
        header + 4 * (stream as u64 * self.layout.train + k)
    }

    /// The powers of the state that the optimiser goes on from.
    pub fn powers(&self) -> Result<Option<[u32; 2]>, EngineError> {
        let (Some(state), Some(file)) = (&self.state, &self.input.optimiser) else {
            return Ok(None);
        };
        let Some(tensor) = state.tensors.iter().find(|tensor| tensor.name == optimiser::POWERS) else {
            return Ok(None);
        };
        let (mut buffer, at) = (GroupBuffer::default(), state.header_len() + tensor.begin);
        let bytes = file.read(&mut buffer, at, 8, Input::Optimiser)?;
        let (words, _) = bytes.as_chunks();
        Ok(words
            .try_into()
            .ok()
            .map(|words: [[u8; 4]; 2]| words.map(u32::from_le_bytes)))
    }
}

/// That a blob has this header and length: verified, so that the chain or the job is wrong otherwise, not the disk.
fn check_blob(blob: &BlobFile, input: Input, header: &[u8], expected: u64) -> Result<(), EngineError> {
    check_len(input, expected, blob.len())?;
    let mut buffer = GroupBuffer::default();
    check_header(input, header, blob.read(&mut buffer, 0, header.len(), input)?)
}

/// The same of a file that is verified later.
fn check_update_file(file: &File, input: Input, header: &UpdateHeader, expected: u64) -> Result<(), EngineError> {
    let damaged = |error: std::io::Error| EngineError::Damaged {
        input,
        reason: error.to_string(),
    };
    check_len(input, expected, file.metadata().map_err(damaged)?.len())?;
    let mut bytes = vec![0; header.bytes().len()];
    file.read_exact_at(&mut bytes, 0).map_err(damaged)?;
    match header.contributor_in(&bytes) {
        Some(_) => Ok(()),
        None => Err(other_model(input)),
    }
}

fn check_len(input: Input, expected: u64, got: u64) -> Result<(), EngineError> {
    match got == expected {
        true => Ok(()),
        false => Err(EngineError::Length {
            what: input.to_string(),
            expected,
            got,
        }),
    }
}

fn check_header(input: Input, expected: &[u8], got: &[u8]) -> Result<(), EngineError> {
    match expected == got {
        true => Ok(()),
        false => Err(other_model(input)),
    }
}

fn other_model(input: Input) -> EngineError {
    EngineError::OtherModel {
        what: input.to_string(),
    }
}
