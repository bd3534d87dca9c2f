//! One aggregation, checked as far as it can be without the data.

use crate::{check::read_header, layout::Layout, AggregateInput, EngineError};
use quorate_exact::{optimiser, state_header, Context, ModelHeader, Plan};
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
        let header = read_header(&input.base, "base version")?;
        let weights: Vec<u32> = input.inputs.iter().map(|input| input.weight).collect();
        let plan =
            Plan::new(&input.pipeline, &header, &weights, input.previous.is_some()).map_err(EngineError::Plan)?;
        let layout = Layout::new(&header);
        let model = header.encode();
        check_file(&input.base, "base version", &model, layout.file_len)?;
        if let Some(groups) = &input.base_groups {
            let (expected, got) = (quorate_hash_tree::groups(layout.file_len), groups.len() as u64);
            if expected != got {
                return Err(EngineError::Length {
                    what: "list of the base version's groups".into(),
                    expected,
                    got,
                });
            }
        }
        if let Some(previous) = &input.previous {
            check_file(previous, "previous version", &model, layout.file_len)?;
        }
        let update = header.update_header().encode();
        for (i, input) in input.inputs.iter().enumerate() {
            check_file(&input.file, &update_name(i), &update, layout.update_len)?;
        }
        let state = state_header(&header, &input.pipeline.server).map_err(|error| EngineError::Header {
            what: "optimiser state".into(),
            error,
        })?;
        match (&state, &input.optimiser) {
            (Some(state), Some(file)) => check_file(file, "optimiser state", &state.encode(), state.file_len())?,
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
        let mut bytes = [[0; 4]; 2];
        let at = state.header_len() + tensor.begin;
        file.read_exact_at(bytes.as_flattened_mut(), at)
            .map_err(EngineError::io("optimiser state"))?;
        Ok(Some(bytes.map(u32::from_le_bytes)))
    }
}

pub(crate) fn update_name(index: usize) -> String {
    format!("update {index}")
}

fn check_file(file: &File, what: &str, header: &[u8], expected: u64) -> Result<(), EngineError> {
    let got = file.metadata().map_err(EngineError::io(what))?.len();
    if got != expected {
        return Err(EngineError::Length {
            what: what.into(),
            expected,
            got,
        });
    }
    let mut bytes = vec![0; header.len()];
    file.read_exact_at(&mut bytes, 0).map_err(EngineError::io(what))?;
    match bytes == header {
        true => Ok(()),
        false => Err(EngineError::OtherModel { what: what.into() }),
    }
}
