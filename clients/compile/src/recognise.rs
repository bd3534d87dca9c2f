//! Patterns of nodes that mean one operation become that operation. A pattern is recognised only if it is exactly that.

use quorate_program::{
    op::{Binary, Reduction, Unary},
    Expression, Op, Type,
};

use crate::{
    build::{real, Builder, Id, Origin},
    error::Answer,
};

/// √½ and √2 as exporters write them.
const ROOT_HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;
const ROOT_TWO: f32 = std::f32::consts::SQRT_2;

/// A graph of which nothing is known but its nodes.
struct Matcher<'a> {
    graph: &'a Builder,
    uses: Vec<u32>,
}

/// What stands for a node: the operation, its operands in the old graph, and the pattern's name.
type Found = (Op, Vec<Id>, &'static str);

/// The same graph with recognised patterns, and its outputs there.
pub fn recognise(graph: &Builder, outputs: &[(String, Id)]) -> Answer<(Builder, Vec<(String, Id)>)> {
    let mut uses = vec![0u32; graph.len()];
    let read = graph
        .nodes()
        .iter()
        .flat_map(|made| &made.operands)
        .chain(outputs.iter().map(|(_, id)| id));
    read.for_each(|&id| uses[id as usize] += 1);
    let matcher = Matcher { graph, uses };
    let mut made = Builder::new(graph.dimensions.clone(), 0);
    let mut new: Vec<Id> = Vec::with_capacity(graph.len());
    let mut id = 0;
    while id < graph.len() {
        let ids = match graph.origin(id as Id) {
            Origin::Input(index) => vec![made.input(graph.input_of(index).clone())],
            Origin::Tensor(index) => vec![made.tensor(graph.tensor_of(index).clone())],
            Origin::Constant(_) => match graph.constant_of(id as Id) {
                Some(constant) => vec![made.constant(constant.clone())],
                None => Vec::new(),
            },
            Origin::Node(node, _) => {
                let old = &graph.nodes()[node];
                let found = matcher.find(id as Id);
                let (op, operands, pattern) = match found {
                    Some((op, operands, pattern)) => (op, operands, Some(pattern)),
                    None => (old.op.clone(), old.operands.clone(), None),
                };
                let mut mapped = Vec::with_capacity(operands.len());
                for (index, &operand) in operands.iter().enumerate() {
                    let mut own = new[operand as usize];
                    // Weights of a normalisation have one axis.
                    if index > 0 && matches!(op, Op::LayerNorm { .. } | Op::RmsNorm { .. }) {
                        let last = made.shape(own).last().cloned().unwrap_or_default();
                        own = made.reshape(own, vec![last])?;
                    }
                    mapped.push(own);
                }
                made.node_of(op, &mapped, pattern)?
            }
        };
        id += ids.len().max(1);
        new.extend(ids);
    }
    let outputs = outputs
        .iter()
        .map(|(name, id)| (name.clone(), new[*id as usize]))
        .collect();
    Ok((made, outputs))
}

impl Matcher<'_> {
    fn find(&self, id: Id) -> Option<Found> {
        self.gelu(id)
            .or_else(|| self.gelu_tanh(id))
            .or_else(|| self.silu(id))
            .or_else(|| self.layer_norm(id))
            .or_else(|| self.rms_norm(id))
            .or_else(|| self.bias(id))
    }

    fn op(&self, id: Id) -> Option<(&Op, &[Id])> {
        self.graph.producer(id).map(|made| (&made.op, made.operands.as_slice()))
    }

    fn unary(&self, id: Id, function: Unary) -> Option<Id> {
        match self.op(id)? {
            (Op::Unary(own), [x]) if *own == function => Some(*x),
            _ => None,
        }
    }

    fn binary(&self, id: Id, function: Binary) -> Option<[Id; 2]> {
        match self.op(id)? {
            (Op::Binary(own), [a, b]) if *own == function => Some([*a, *b]),
            _ => None,
        }
    }

    /// Both orders of the operands of a sum or product.
    fn either(&self, id: Id, function: Binary) -> Vec<[Id; 2]> {
        self.binary(id, function)
            .map_or_else(Vec::new, |[a, b]| vec![[a, b], [b, a]])
    }

    /// The one number that a constant has everywhere.
    fn number(&self, id: Id) -> Option<f32> {
        let constant = self
            .graph
            .constant_of(id)
            .filter(|constant| constant.element == Type::F32)?;
        let mut all = constant.floats();
        let first = all.next()?;
        all.all(|value| value.to_bits() == first.to_bits()).then_some(first)
    }

    /// A sum or product with a number: the other operand.
    fn with_number(&self, id: Id, function: Binary, wanted: impl Fn(f32) -> bool) -> Option<Id> {
        let found = self
            .either(id, function)
            .into_iter()
            .find(|pair| self.number(pair[1]).is_some_and(&wanted));
        found
            .map(|[x, _]| x)
            .filter(|&x| self.graph.shape(x) == self.graph.shape(id))
    }

    fn same_shape(&self, a: Id, b: Id) -> bool {
        self.graph.shape(a) == self.graph.shape(b)
    }

    /// The factors of a product of products and numbers.
    fn factors(&self, id: Id) -> Vec<Id> {
        let mut factors = Vec::new();
        let mut rest = vec![(id, 0)];
        while let Some((id, depth)) = rest.pop() {
            match self.binary(id, Binary::Mul).filter(|_| depth < 2) {
                Some(pair) => rest.extend(pair.map(|factor| (factor, depth + 1))),
                None => factors.push(id),
            }
        }
        factors
    }

    /// ½ · x · (1 + gate), in any order: x and the gate.
    fn gated(&self, id: Id) -> Option<(Id, Id)> {
        let factors = self.factors(id);
        let [a, b, c] = factors[..] else { return None };
        let gate_of = |id: Id| self.with_number(id, Binary::Add, |n| n == 1.0);
        for [half, x, gate] in [[a, b, c], [a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]] {
            let (Some(number), Some(inner)) = (self.number(half), gate_of(gate)) else {
                continue;
            };
            if number == 0.5 && self.same_shape(x, id) && self.same_shape(gate, id) {
                return Some((x, inner));
            }
        }
        None
    }

    fn gelu(&self, id: Id) -> Option<Found> {
        let (x, gate) = self.gated(id)?;
        let inner = self.unary(gate, Unary::Erf)?;
        let divided = || {
            self.binary(inner, Binary::Div)
                .filter(|pair| self.number(pair[1]) == Some(ROOT_TWO))
                .map(|pair| pair[0])
        };
        let scaled = self
            .with_number(inner, Binary::Mul, |n| n == ROOT_HALF)
            .or_else(divided)?;
        (scaled == x).then(|| (Op::Unary(Unary::Gelu), vec![x], "Gelu"))
    }

    fn gelu_tanh(&self, id: Id) -> Option<Found> {
        let (x, gate) = self.gated(id)?;
        let inner = self.unary(gate, Unary::Tanh)?;
        let near = |wanted: f32| move |n: f32| (n - wanted).abs() <= wanted * 1e-6;
        let sum = self.with_number(inner, Binary::Mul, near(0.797_884_6))?;
        let cubic = |term: Id| {
            let cube = self.with_number(term, Binary::Mul, near(0.044_715))?;
            let product = || {
                let square =
                    |id: Id| self.unary(id, Unary::Square) == Some(x) || self.binary(id, Binary::Mul) == Some([x, x]);
                let pairs = self.either(cube, Binary::Mul);
                pairs.into_iter().find(|[a, b]| *a == x && square(*b)).map(|_| x)
            };
            self.unary(cube, Unary::Cube).or_else(product).filter(|&own| own == x)
        };
        let mut pairs = self.either(sum, Binary::Add).into_iter();
        pairs.find(|[a, b]| *a == x && cubic(*b).is_some())?;
        Some((Op::Unary(Unary::GeluTanh), vec![x], "Gelu (tanh)"))
    }

    fn silu(&self, id: Id) -> Option<Found> {
        let mut pairs = self.either(id, Binary::Mul).into_iter();
        let [x, _] = pairs.find(|[x, gate]| self.unary(*gate, Unary::Sigmoid) == Some(*x))?;
        Some((Op::Unary(Unary::Silu), vec![x], "SiLU"))
    }

    /// The mean over the last axis, which stays.
    fn mean(&self, id: Id) -> Option<Id> {
        match self.op(id)? {
            (
                Op::Reduce {
                    axes,
                    how: Reduction::Mean,
                    keep: true,
                },
                [x],
            ) => {
                let last = self.graph.shape(*x).len().checked_sub(1)?;
                (axes[..] == [last as u32]).then_some(*x)
            }
            _ => None,
        }
    }

    fn square(&self, id: Id) -> Option<Id> {
        let product = || self.binary(id, Binary::Mul).filter(|[a, b]| a == b).map(|[a, _]| a);
        self.unary(id, Unary::Square).or_else(product)
    }

    /// x ÷ √(mean of v² + ε), also as a product with 1 ÷ √: x, v and ε.
    fn over_deviation(&self, id: Id) -> Option<(Id, Id, f32)> {
        let root = |id: Id| {
            let sum = self.unary(id, Unary::Sqrt)?;
            let (mean, epsilon) = self
                .either(sum, Binary::Add)
                .into_iter()
                .find_map(|[mean, e]| Some((mean, self.number(e)?)))?;
            let v = self.square(self.mean(mean)?)?;
            Some((v, epsilon))
        };
        if let Some([x, deviation]) = self.binary(id, Binary::Div) {
            let (v, epsilon) = root(deviation)?;
            return Some((x, v, epsilon));
        }
        self.either(id, Binary::Mul).into_iter().find_map(|[x, inverse]| {
            let [one, deviation] = self.binary(inverse, Binary::Div)?;
            let (v, epsilon) = root(deviation)?;
            (self.number(one) == Some(1.0)).then_some((x, v, epsilon))
        })
    }

    /// Whether these are weights of the last axis alone.
    fn of_last(&self, weights: Id, x: Id) -> bool {
        let (own, shape) = (self.graph.shape(weights), self.graph.shape(x));
        let Some((last, before)) = own.split_last() else {
            return false;
        };
        own.len() <= shape.len() && Some(last) == shape.last() && before.iter().all(|size: &Expression| size.is(1))
    }

    fn centred(&self, id: Id) -> Option<(Id, f32)> {
        let (d, v, epsilon) = self.over_deviation(id)?;
        let [x, mean] = self.binary(d, Binary::Sub)?;
        (d == v && self.mean(mean) == Some(x)).then_some((x, epsilon))
    }

    fn layer_norm(&self, id: Id) -> Option<Found> {
        let scaled = |id: Id| {
            self.either(id, Binary::Mul).into_iter().find_map(|[normal, g]| {
                let (x, epsilon) = self.centred(normal)?;
                (self.of_last(g, x) && self.same_shape(id, x)).then_some((x, g, epsilon))
            })
        };
        let epsilon_of = |epsilon: f32| real(epsilon).ok().map(|epsilon| Op::LayerNorm { epsilon });
        if let Some((x, g, epsilon)) = scaled(id) {
            return Some((epsilon_of(epsilon)?, vec![x, g], "LayerNorm"));
        }
        self.either(id, Binary::Add).into_iter().find_map(|[product, b]| {
            let (x, g, epsilon) = scaled(product)?;
            let fits = self.of_last(b, x) && self.same_shape(id, x);
            fits.then_some((epsilon_of(epsilon)?, vec![x, g, b], "LayerNorm"))
        })
    }

    fn rms_norm(&self, id: Id) -> Option<Found> {
        self.either(id, Binary::Mul).into_iter().find_map(|[normal, g]| {
            let (x, v, epsilon) = self.over_deviation(normal)?;
            let fits = x == v && self.of_last(g, x) && self.same_shape(id, x);
            let epsilon = real(epsilon).ok()?;
            fits.then_some((Op::RmsNorm { epsilon }, vec![x, g], "RMSNorm"))
        })
    }

    /// A bias behind a product that nothing else reads.
    fn bias(&self, id: Id) -> Option<Found> {
        self.either(id, Binary::Add).into_iter().find_map(|[product, bias]| {
            let (op, operands) = self.op(product)?;
            let columns = self.graph.shape(product).last()?;
            let fits = self.graph.shape(bias) == std::slice::from_ref(columns) && self.same_shape(id, product);
            match (op, operands) {
                (Op::Linear, [x, w]) if fits && self.uses[product as usize] == 1 => {
                    Some((Op::Linear, vec![*x, *w, bias], "Linear with bias"))
                }
                _ => None,
            }
        })
    }
}
