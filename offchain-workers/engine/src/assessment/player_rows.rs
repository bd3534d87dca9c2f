//! The rows of a round's organisations, in a temporary file: as many as there are organisations do not fit memory.

use super::parallel::each;
use crate::{blob_file::GroupBuffer, AssessInput, Control, EngineError, Input};
use quorate_evaluation::assessment::{Player, Share, ALL};
use quorate_exact::{root, ModelHeader, Role, Root, Scale, Tensor};
use quorate_kernels::{apply::apply, divide::divide, products::dot, quantize::quantize, Cpu};
use std::{fs::File, os::unix::fs::FileExt};

const WHAT: &str = "temporary file for the rows of organisations";

/// Which shares are added to the base.
#[derive(Clone, Copy, Debug)]
pub(super) enum Variant {
    All,
    Alone(usize),
    Without(usize),
}

/// Consecutive coordinates of one `train` tensor.
#[derive(Clone, Copy, Debug)]
struct Chunk {
    /// Where it begins, in coordinates of an update and of a row.
    first: u64,
    at: u64,
    len: usize,
    scale: Scale,
    /// Of the products.
    shift: u32,
}

/// The rows, and the sum of all shares of them.
pub(super) struct PlayerRows<'a> {
    input: &'a AssessInput,
    players: &'a [Player],
    cpu: Cpu,
    control: &'a Control<'a>,
    header_len: u64,
    chunks: Vec<Chunk>,
    /// Coordinates of a row.
    width: u64,
    file: File,
    /// Of each chunk of each row: what the disk gives back may be something else.
    rows: Vec<Vec<Root>>,
    shares: Vec<Share>,
    sums: Vec<Root>,
}

/// Bytes of the temporary file.
pub(super) fn scratch_len(header: &ModelHeader, players: usize) -> u64 {
    let width: u64 = train(header).map(Tensor::numel).sum();
    let rows = width.saturating_mul(4).saturating_mul(players as u64);
    rows.saturating_add(width.saturating_mul(8))
}

fn train(header: &ModelHeader) -> impl Iterator<Item = &Tensor> {
    header.tensors.iter().filter(|tensor| tensor.role == Role::Train)
}

fn chunks(header: &ModelHeader, most: u64) -> Vec<Chunk> {
    let s_max = header.s_max().unwrap_or_default();
    let (mut chunks, mut at) = (Vec::new(), 0);
    for tensor in train(header) {
        let (mut first, end) = (tensor.begin / 4, tensor.end / 4);
        while first < end {
            let len = most.min(end - first);
            chunks.push(Chunk {
                first,
                at,
                len: len as usize,
                scale: tensor.scale,
                shift: s_max.abs_diff(tensor.scale).into(),
            });
            (first, at) = (first + len, at + len);
        }
    }
    chunks
}

impl<'a> PlayerRows<'a> {
    /// Makes the rows, so many coordinates at a time, and answers their squared norms too.
    pub fn new(
        input: &'a AssessInput,
        header: &ModelHeader,
        players: &'a [Player],
        (cpu, threads, chunk): (Cpu, usize, u64),
        control: &'a Control<'a>,
    ) -> Result<(Self, Vec<u128>), EngineError> {
        for (number, (_, blob)) in input.updates.iter().enumerate() {
            let (expected, got) = (header.update_len(), blob.len());
            if expected != got {
                let what = Input::Update(number).to_string();
                return Err(EngineError::Length { what, expected, got });
            }
        }
        let chunks = chunks(header, chunk);
        let mut rows = Self {
            input,
            players,
            cpu,
            control,
            header_len: header.header_len(),
            width: chunks.iter().map(|chunk| chunk.len as u64).sum(),
            chunks,
            file: tempfile::tempfile_in(&input.folder).map_err(EngineError::io(WHAT))?,
            rows: Vec::new(),
            shares: Vec::new(),
            sums: Vec::new(),
        };
        let (hashes, norms) = each(players.len(), threads, |number| rows.make(number))?
            .into_iter()
            .unzip();
        rows.rows = hashes;
        Ok((rows, norms))
    }

    /// A player's row, from its updates: they are read once, verified. Its hashes, and its squared norm.
    fn make(&self, number: usize) -> Result<(Vec<Root>, u128), EngineError> {
        let player = &self.players[number];
        let mut buffers: Vec<GroupBuffer> = player.updates.iter().map(|_| GroupBuffer::default()).collect();
        let (mut hashes, mut norm) = (Vec::with_capacity(self.chunks.len()), 0u128);
        let (mut values, mut row, mut sums) = (Vec::new(), Vec::new(), Vec::new());
        for chunk in &self.chunks {
            self.control.check()?;
            values.resize(chunk.len, 0);
            row.resize(chunk.len, 0);
            sums.clear();
            sums.resize(chunk.len, 0i64);
            for (&(update, weight), buffer) in player.updates.iter().zip(&mut buffers) {
                let (blob, start) = (&self.input.updates[update].1, self.header_len + 4 * chunk.first);
                let bytes = blob.read(buffer, start, 4 * chunk.len, Input::Update(update))?;
                quantize(self.cpu, bytes, chunk.scale, &mut values).map_err(|fault| EngineError::Quantize {
                    what: Input::Update(update).to_string(),
                    tensor: String::new(),
                    index: chunk.first + fault.index as u64,
                    error: fault.error,
                })?;
                for (sum, &value) in sums.iter_mut().zip(&values) {
                    // At most 2^30 · 2^30 of all.
                    *sum += i64::from(weight) * i64::from(value);
                }
            }
            divide(self.cpu, &sums, player.total, &mut row);
            // Of a header's rows at most 2^95.
            norm += dot(self.cpu, &row, &row, 1 << 60).unsigned_abs() << (2 * chunk.shift);
            let bytes: Vec<u8> = row.iter().flat_map(|value| value.to_le_bytes()).collect();
            hashes.push(self.write(&bytes, 4 * (self.width * number as u64 + chunk.at))?);
        }
        Ok((hashes, norm))
    }

    /// Sums up all shares of the rows.
    pub fn share(&mut self, shares: Vec<Share>, threads: usize) -> Result<(), EngineError> {
        self.shares = shares;
        self.sums = each(self.chunks.len(), threads, |number| {
            let chunk = &self.chunks[number];
            let (mut sums, mut row) = (vec![0i64; chunk.len], Vec::new());
            for player in 0..self.players.len() {
                self.control.check()?;
                self.row(player, number, &mut row)?;
                self.add(&mut sums, player, &row, 1);
            }
            let bytes: Vec<u8> = sums.iter().flat_map(|sum| sum.to_le_bytes()).collect();
            self.write(&bytes, self.sums_at() + 8 * chunk.at)
        })?;
        Ok(())
    }

    /// Makes a variant's values of the base's in a tensor.
    pub fn change(&self, variant: Variant, tensor: &Tensor, bytes: &mut [u8]) -> Result<(), EngineError> {
        if tensor.role != Role::Train {
            return Ok(());
        }
        let from = self.chunks.partition_point(|chunk| chunk.first < tensor.begin / 4);
        let (mut row, mut values, mut changed) = (Vec::new(), Vec::new(), Vec::new());
        let own = self.chunks.iter().enumerate().skip(from);
        for (number, chunk) in own.take_while(|(_, chunk)| chunk.first < tensor.end / 4) {
            self.control.check()?;
            let sums = match variant {
                Variant::All => self.sums(number)?,
                Variant::Alone(player) => {
                    let mut sums = vec![0; chunk.len];
                    self.row(player, number, &mut row)?;
                    self.add(&mut sums, player, &row, 1);
                    sums
                }
                Variant::Without(player) => {
                    let mut sums = self.sums(number)?;
                    self.row(player, number, &mut row)?;
                    self.add(&mut sums, player, &row, -1);
                    sums
                }
            };
            values.resize(chunk.len, 0);
            divide(self.cpu, &sums, ALL, &mut values);
            let base = &mut bytes[4 * (chunk.first - tensor.begin / 4) as usize..][..4 * chunk.len];
            changed.resize(base.len(), 0);
            apply(self.cpu, base, &values, chunk.scale, &mut changed).map_err(|fault| EngineError::Apply {
                tensor: tensor.name.clone(),
                index: chunk.first - tensor.begin / 4 + fault.index as u64,
                error: fault.error,
            })?;
            base.copy_from_slice(&changed);
        }
        Ok(())
    }

    /// At most 2^31 · 2^30 of all shares.
    fn add(&self, sums: &mut [i64], player: usize, row: &[i32], sign: i64) {
        let share = sign * i64::from(self.shares[player].share);
        for (sum, &value) in sums.iter_mut().zip(row) {
            *sum += share * i64::from(value);
        }
    }

    fn row(&self, player: usize, number: usize, row: &mut Vec<i32>) -> Result<(), EngineError> {
        let chunk = &self.chunks[number];
        let at = 4 * (self.width * player as u64 + chunk.at);
        let bytes = self.read(4 * chunk.len, at, self.rows[player][number])?;
        row.clear();
        row.extend(bytes.as_chunks().0.iter().map(|&value| i32::from_le_bytes(value)));
        Ok(())
    }

    fn sums(&self, number: usize) -> Result<Vec<i64>, EngineError> {
        let chunk = &self.chunks[number];
        let bytes = self.read(8 * chunk.len, self.sums_at() + 8 * chunk.at, self.sums[number])?;
        Ok(bytes.as_chunks().0.iter().map(|&sum| i64::from_le_bytes(sum)).collect())
    }

    /// The sums come after all rows.
    fn sums_at(&self) -> u64 {
        4 * self.width * self.players.len() as u64
    }

    fn write(&self, bytes: &[u8], at: u64) -> Result<Root, EngineError> {
        self.file.write_all_at(bytes, at).map_err(EngineError::io(WHAT))?;
        Ok(root(bytes))
    }

    fn read(&self, len: usize, at: u64, hash: Root) -> Result<Vec<u8>, EngineError> {
        let mut bytes = vec![0; len];
        self.file.read_exact_at(&mut bytes, at).map_err(EngineError::io(WHAT))?;
        match root(&bytes) == hash {
            true => Ok(bytes),
            false => Err(EngineError::Scratch { what: WHAT.into() }),
        }
    }
}
