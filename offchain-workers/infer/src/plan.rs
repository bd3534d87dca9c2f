//! Where values lie during a run of requests of given sizes, and so what memory it needs.
//!
//! Each value has one place for all requests, one request after the other: what is done to rows alone is done to those of all
//! requests at once.

use std::{
    collections::{hash_map::Entry, HashMap},
    ops::Range,
    sync::Arc,
};

use quorate_exact::infer::Fault;
use quorate_infer_kernels::conv::Conv;
use quorate_program::{Shapes, Sizes};

use crate::{
    model::Model,
    places::{places, Block},
    scratch::scratch,
    steps::Kernel,
};

/// What a run of some requests needs.
#[derive(Debug)]
pub struct Plan {
    sizes: Vec<Sizes>,
    past: usize,
    shapes: Vec<Arc<Shapes>>,
    /// By value: its memory's, which it may share with others.
    places: Vec<Place>,
    arena: usize,
    scratch: usize,
    /// By node and size of the image.
    convs: HashMap<(usize, [usize; 2]), Conv>,
    images: HashMap<usize, Vec<[usize; 2]>>,
}

#[derive(Clone, Debug, Default)]
struct Place {
    offset: usize,
    element: usize,
    starts: Starts,
}

/// The first element of each request.
#[derive(Clone, Debug)]
enum Starts {
    Equal(usize),
    At(Arc<[usize]>),
}

impl Default for Starts {
    fn default() -> Self {
        Self::Equal(0)
    }
}

impl Plan {
    /// For requests of these sizes, of which there is at least one; before each there are at most `past` positions of a session.
    ///
    /// # Errors
    /// What [`quorate_program::Program::at`] refuses.
    pub fn new(model: &Model, sizes: &[Sizes], past: usize) -> Result<Self, Fault> {
        let mut shapes: Vec<Arc<Shapes>> = vec![];
        for own in sizes {
            let known = shapes.iter().find(|shapes| shapes.sizes() == own).cloned();
            shapes.push(match known {
                Some(known) => known,
                None => Arc::new(model.program().at(own)?),
            });
        }
        let mut plan = Self {
            sizes: sizes.to_vec(),
            past,
            places: vec![Place::default(); model.raw.len()],
            shapes,
            arena: 0,
            scratch: 0,
            convs: HashMap::new(),
            images: HashMap::new(),
        };
        plan.place(model);
        plan.prepare(model)?;
        plan.scratch = model
            .schedule
            .steps
            .iter()
            .map(|step| scratch(model, &plan.shapes, step, past))
            .max()
            .unwrap_or(0);
        Ok(plan)
    }

    /// Bytes besides the model's: the values', and scratch.
    pub fn memory(&self) -> u64 {
        (self.arena + 4 * self.scratch) as u64
    }

    /// Whether it is for these.
    pub(crate) fn is_for(&self, sizes: &[Sizes], past: usize) -> bool {
        self.sizes == sizes && self.past == past
    }

    /// Shapes that it keeps.
    pub(crate) fn shapes_kept(&self) -> usize {
        self.places.len() * self.requests()
    }

    pub(crate) fn requests(&self) -> usize {
        self.shapes.len()
    }

    /// Bytes of the arena.
    pub(crate) fn arena(&self) -> usize {
        self.arena
    }

    /// Numbers of scratch.
    pub(crate) fn scratch(&self) -> usize {
        self.scratch
    }

    pub(crate) fn shapes(&self, request: usize) -> &Shapes {
        &self.shapes[request]
    }

    pub(crate) fn shape(&self, value: u32, request: usize) -> &[usize] {
        self.shapes[request].of(value)
    }

    /// The bytes of one request's value.
    pub(crate) fn bytes(&self, value: u32, request: usize) -> Range<usize> {
        let place = &self.places[value as usize];
        let (start, end) = match &place.starts {
            Starts::Equal(each) => (request * each, (request + 1) * each),
            Starts::At(starts) => (starts[request], starts[request + 1]),
        };
        place.offset + start * place.element..place.offset + end * place.element
    }

    /// The bytes of all requests' values.
    pub(crate) fn all(&self, value: u32) -> Range<usize> {
        let place = &self.places[value as usize];
        let end = match &place.starts {
            Starts::Equal(each) => each * self.requests(),
            Starts::At(starts) => starts[self.requests()],
        };
        place.offset..place.offset + end * place.element
    }

    /// A node's convolution for a request's image.
    pub(crate) fn conv(&self, node: usize, request: usize) -> &Conv {
        let image = self.images.get(&node).and_then(|images| images.get(request));
        let conv = image.and_then(|image| self.convs.get(&(node, *image)));
        conv.expect("a plan has every convolution of its steps")
    }

    fn prepare(&mut self, model: &Model) -> Result<(), Fault> {
        for step in &model.schedule.steps {
            let Some(conv) = model.convs.get(&step.node) else {
                continue;
            };
            for request in 0..self.requests() {
                let shape = self.shape(model.node(step).operands[0], request);
                let key = (step.node, [shape[1], shape[2]]);
                if let Entry::Vacant(entry) = self.convs.entry(key) {
                    entry.insert(conv.resized(key.1).ok_or(Fault::Parameter("convolution"))?);
                }
                self.images.entry(step.node).or_default().push(key.1);
            }
        }
        Ok(())
    }

    fn place(&mut self, model: &Model) {
        let schedule = &model.schedule;
        let written = written(model);
        let roots = (0..model.raw.len()).filter(|&value| written[value] && schedule.root[value] as usize == value);
        let roots: Vec<Block> = roots
            .map(|value| {
                let place = &mut self.places[value];
                place.element = model.element(value as u32).bytes();
                place.starts = starts(&self.shapes, value as u32);
                let bytes = self.all(value as u32).len();
                let (first, last) = schedule.lives[value];
                Block {
                    value,
                    bytes,
                    first,
                    last,
                }
            })
            .collect();
        let (offsets, end) = places(&roots);
        for (block, offset) in roots.iter().zip(offsets) {
            self.places[block.value].offset = offset;
        }
        self.arena = end;
        for value in 0..self.places.len() {
            let root = schedule.root[value] as usize;
            if root != value {
                self.places[value] = self.places[root].clone();
            }
        }
    }
}

/// Inputs, and what steps write: what is fused away has no memory.
fn written(model: &Model) -> Vec<bool> {
    let mut written = vec![false; model.raw.len()];
    written[..model.program().first_tensor()].fill(true);
    for step in &model.schedule.steps {
        if !matches!(step.kernel, Kernel::Alias) {
            written[step.results.clone()].fill(true);
        }
    }
    written
}

fn starts(shapes: &[Arc<Shapes>], value: u32) -> Starts {
    let count = |shapes: &Arc<Shapes>| shapes.of(value).iter().product::<usize>();
    let each = count(&shapes[0]);
    if shapes.iter().all(|shapes| count(shapes) == each) {
        return Starts::Equal(each);
    }
    let mut end = 0;
    let ends = shapes.iter().map(|shapes| {
        end += count(shapes);
        end
    });
    Starts::At(core::iter::once(0).chain(ends).collect())
}
