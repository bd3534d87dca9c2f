//! Convolutions, pools and resizing: channels last.

use quorate_program::{
    op::{Reduction, Stride},
    Expression, NodeFault, Op,
};

use super::{known, layout::stored, Entry, Lowering};
use crate::{
    build::Id,
    error::{unsupported, Answer, Reason},
    onnx::Node,
};

/// The window of a node, down and across.
struct Window {
    kernel: [u32; 2],
    strides: [Stride; 2],
}

impl Lowering {
    pub(super) fn image(&mut self, node: &Node) -> Answer {
        let entry = self.entry(node, 0)?;
        match node.op.as_str() {
            "Resize" | "Upsample" => return self.resize(node, &entry),
            "GlobalAveragePool" => return self.global(node, &entry, Reduction::Mean),
            "GlobalMaxPool" => return self.global(node, &entry, Reduction::Max),
            _ => {}
        }
        let rank = self.shape(&entry).len();
        if !(3..=4).contains(&rank) {
            return unsupported(format!("{} axes; programs have images of 4, and sequences of 3", rank));
        }
        let x = self.channels_last(&entry)?;
        let id = self.widened(x)?;
        let id = match node.op.as_str() {
            "Conv" | "ConvTranspose" => self.conv(node, id, rank)?,
            _ => self.pool(node, id, rank)?,
        };
        let id = match rank {
            3 => {
                let shape = self.build.shape(id);
                let narrow = [0, 2, 3].map(|axis: usize| shape[axis].clone()).to_vec();
                self.build.reshape(id, narrow)?
            }
            _ => id,
        };
        if node.outputs.iter().skip(1).any(|name| !name.is_empty()) {
            return unsupported("the indices of MaxPool");
        }
        self.set(node, 0, Entry::last(id));
        Ok(())
    }

    /// A sequence as an image of height 1.
    fn widened(&mut self, x: Id) -> Answer<Id> {
        match self.build.shape(x) {
            [batch, length, channels] => {
                let shape = vec![batch.clone(), Expression::from(1), length.clone(), channels.clone()];
                self.build.reshape(x, shape)
            }
            _ => Ok(x),
        }
    }

    /// The window's attributes; `kernel` from the weights if the node does not name it.
    fn window(&self, node: &Node, x: Id, rank: usize, kernel: Vec<u32>) -> Answer<Window> {
        let spatial = rank - 2;
        let sizes = |name: &str, default: u32, len: usize| -> Answer<Vec<u32>> {
            let Some(ints) = node.ints(name).filter(|ints| !ints.is_empty()) else {
                return Ok(vec![default; len]);
            };
            let sizes: Option<Vec<u32>> = ints.iter().map(|&i| u32::try_from(i).ok()).collect();
            sizes
                .filter(|sizes| sizes.len() == len)
                .ok_or_else(|| Reason::Attribute(format!("{name}: {ints:?}")))
        };
        let (steps, dilations, pads) = (
            sizes("strides", 1, spatial)?,
            sizes("dilations", 1, spatial)?,
            sizes("pads", 0, 2 * spatial)?,
        );
        let mut window = Window {
            kernel: [1; 2],
            strides: [Stride::default(); 2],
        };
        for axis in 0..spatial {
            let to = axis + 2 - spatial;
            let mut stride = Stride {
                after: pads[axis + spatial],
                before: pads[axis],
                dilation: dilations[axis],
                step: steps[axis],
            };
            let size = &self.build.shape(x)[1 + to];
            match node.text("auto_pad") {
                "" | "NOTSET" => {}
                "VALID" => (stride.before, stride.after) = (0, 0),
                side @ ("SAME_UPPER" | "SAME_LOWER") => {
                    let total = same(size, kernel[axis], &stride)?;
                    let (less, more) = (total / 2, total - total / 2);
                    (stride.before, stride.after) = if side == "SAME_UPPER" {
                        (less, more)
                    } else {
                        (more, less)
                    };
                }
                other => return Err(Reason::Attribute(format!("auto_pad: {other:?}"))),
            }
            window.kernel[to] = kernel[axis];
            window.strides[to] = stride;
        }
        Ok(window)
    }

    fn conv(&mut self, node: &Node, x: Id, rank: usize) -> Answer<Id> {
        let weights = self.operand(node, 1)?;
        let transposed = node.op == "ConvTranspose";
        let shape = self.build.shape(weights).to_vec();
        if shape.len() != rank {
            return Err(Reason::Fault(NodeFault::Rank {
                operand: 1,
                got: shape.len(),
            }));
        }
        let size = |dim: &Expression| dim.size().and_then(|size| u32::try_from(size).ok());
        let kernel: Option<Vec<u32>> = shape[2..].iter().map(size).collect();
        let kernel = kernel.ok_or_else(|| Reason::NotFolded("the size of the kernel".into()))?;
        let mut window = self.window(node, x, rank, kernel)?;
        let groups = u32::try_from(node.int_or("group", 1)).ok().filter(|&groups| groups > 0);
        let groups = groups.ok_or_else(|| Reason::Attribute("group".into()))?;
        // As an image's: [N, C / g, KH, KW], or transposed [C, N / g, KH, KW].
        let mut wide = shape[..2].to_vec();
        wide.extend((rank == 3).then(|| Expression::from(1)));
        wide.extend_from_slice(&shape[2..]);
        let mut operands = vec![x];
        if transposed {
            let by = Expression::from(i64::from(groups));
            let own = wide[0]
                .divided(&by)?
                .ok_or(Reason::Fault(NodeFault::Parameter("groups")))?;
            let grouped = vec![
                by.clone(),
                own.clone(),
                wide[1].clone(),
                wide[2].clone(),
                wide[3].clone(),
            ];
            let id = self.build.reshape(weights, grouped)?;
            let id = self.build.transpose(id, &[0, 2, 3, 4, 1])?;
            let shape = vec![wide[1].times(&by)?, wide[2].clone(), wide[3].clone(), own];
            operands.push(self.build.reshape(id, shape)?);
        } else {
            let id = self.build.reshape(weights, wide)?;
            operands.push(self.build.transpose(id, &[0, 2, 3, 1])?);
        }
        if let Some(bias) = self.optional(node, 2)? {
            operands.push(self.plain(&bias)?);
        }
        if !transposed {
            let strides = window.strides;
            return self.build.one(Op::Conv { groups, strides }, &operands);
        }
        let mut extra = [0u32; 2];
        let spatial = rank - 2;
        if let Some(more) = node.ints("output_padding") {
            for (axis, &size) in more.iter().enumerate().take(spatial) {
                extra[axis + 2 - spatial] =
                    u32::try_from(size).map_err(|_| Reason::Attribute("output_padding".into()))?;
            }
        }
        if node.ints("output_shape").is_some() || node.text("auto_pad").starts_with("SAME") {
            // The result is `step` times as long: what is too much is padding.
            if node.ints("output_shape").is_some() {
                return unsupported("output_shape: export it with pads");
            }
            for (stride, taps) in window.strides.iter_mut().zip(window.kernel) {
                let extent = stride.dilation.saturating_mul(taps.saturating_sub(1)).saturating_add(1);
                let total = extent.saturating_sub(stride.step);
                let less = total / 2;
                let upper = node.text("auto_pad") == "SAME_UPPER";
                (stride.before, stride.after) = if upper {
                    (less, total - less)
                } else {
                    (total - less, less)
                };
            }
        }
        let strides = window.strides;
        self.build.one(Op::ConvTranspose { extra, groups, strides }, &operands)
    }

    fn pool(&mut self, node: &Node, x: Id, rank: usize) -> Answer<Id> {
        let kernel = node.ints("kernel_shape").unwrap_or(&[]);
        let sizes: Option<Vec<u32>> = kernel.iter().map(|&size| u32::try_from(size).ok()).collect();
        let sizes = sizes
            .filter(|sizes| sizes.len() == rank - 2)
            .ok_or_else(|| Reason::Attribute("kernel_shape".into()))?;
        let Window { kernel, strides } = self.window(node, x, rank, sizes)?;
        let ceil = node.int_or("ceil_mode", 0) != 0;
        let op = match node.op.as_str() {
            "MaxPool" => Op::MaxPool { ceil, kernel, strides },
            _ => Op::AveragePool {
                ceil,
                include_padding: node.int_or("count_include_pad", 0) != 0,
                kernel,
                strides,
            },
        };
        self.build.one(op, &[x])
    }

    fn global(&mut self, node: &Node, entry: &Entry, how: Reduction) -> Answer {
        let rank = self.shape(entry).len();
        if rank < 3 {
            return Err(Reason::Fault(NodeFault::Rank { operand: 0, got: rank }));
        }
        let x = self.channels_last(entry)?;
        let axes = (1..rank as u32 - 1).collect();
        let id = self.build.one(Op::Reduce { axes, how, keep: true }, &[x])?;
        self.set(node, 0, Entry::last(id));
        Ok(())
    }

    fn resize(&mut self, node: &Node, entry: &Entry) -> Answer {
        let old = node.op == "Upsample";
        let mode = node.text("mode");
        if !matches!(mode, "" | "nearest") {
            return unsupported(format!("mode {mode:?}; programs have \"nearest\""));
        }
        let (turned, nearest) = (node.text("coordinate_transformation_mode"), node.text("nearest_mode"));
        let known_form = matches!(
            (turned, nearest),
            ("asymmetric", "floor") | ("" | "half_pixel", "" | "round_prefer_floor")
        );
        if !old && !known_form {
            return unsupported(format!(
                "{turned:?} with {nearest:?}; programs have \"asymmetric\" with \"floor\" and \"half_pixel\" with \"round_prefer_floor\""
            ));
        }
        let shape = self.shape(entry);
        let scales = self.scales(node, old, &shape)?;
        if scales.len() != shape.len() {
            return Err(Reason::Attribute("as many scales as axes were expected".into()));
        }
        let last = entry.last || shape.len() == 4;
        let mut id = if last {
            self.channels_last(entry)?
        } else {
            self.plain(entry)?
        };
        for (axis, scale) in scales.into_iter().enumerate().filter(|(_, scale)| *scale != 1) {
            let axis = if last { stored(axis, shape.len()) } else { axis } as u32;
            id = self.build.one(Op::Resize { axis, scale }, &[id])?;
        }
        self.set(node, 0, Self::ordered(id, last));
        Ok(())
    }

    /// How many times each axis is longer.
    fn scales(&mut self, node: &Node, old: bool, shape: &[Expression]) -> Answer<Vec<u32>> {
        let whole = |scale: f32| (scale.fract() == 0.0 && (1.0..=65_536.0).contains(&scale)).then_some(scale as u32);
        let refused = || Reason::Unsupported("a scale that is no whole number: programs have whole ones".into());
        if let Some(scales) = node.floats("scales").filter(|scales| !scales.is_empty()) {
            return scales.iter().map(|&scale| whole(scale).ok_or_else(refused)).collect();
        }
        let operand = if old || self.opset < 11 { 1 } else { 2 };
        let scales = self.optional(node, operand)?;
        let given = scales.filter(|entry| !self.shape(entry).iter().any(|size| size.is(0)));
        if let Some(entry) = given {
            let numbers = self.known(&entry).or(entry.literal).and_then(|known| known.numbers());
            let numbers = match numbers {
                Some(numbers) => numbers,
                None if entry.id.is_some_and(|id| self.build.constant_of(id).is_some()) => return Err(refused()),
                None => return known::missing("the scales"),
            };
            return numbers
                .iter()
                .map(|&scale| u32::try_from(scale).ok().filter(|&scale| scale > 0).ok_or_else(refused))
                .collect();
        }
        let sizes = self.row(node, 3, "the sizes")?.ok_or(Reason::Missing(3))?;
        let mut scales = Vec::new();
        for (size, own) in sizes.iter().zip(shape) {
            let scale = size
                .divided(own)?
                .and_then(|scale| scale.size())
                .and_then(|scale| u32::try_from(scale).ok());
            scales.push(scale.filter(|&scale| scale > 0).ok_or_else(refused)?);
        }
        Ok(scales)
    }
}

/// The padding of both sides with which there are ⌈size / step⌉ places.
fn same(size: &Expression, kernel: u32, stride: &Stride) -> Answer<u32> {
    let extent = i64::from(stride.dilation) * (i64::from(kernel) - 1) + 1;
    let step = i64::from(stride.step);
    let rest = match (size.constant(), step, size.divided(&Expression::from(step))?) {
        (_, 1, _) | (_, _, Some(_)) => step,
        (Some(size), ..) => match size % step {
            0 => step,
            rest => rest,
        },
        _ => return known::missing("the padding of an image whose size is no multiple of the step"),
    };
    u32::try_from((extent - rest).max(0)).map_err(|_| Reason::Attribute("auto_pad".into()))
}
