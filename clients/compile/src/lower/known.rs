//! Values that are known when a model is compiled: small tensors of integer expressions, from which shapes are made.

use quorate_program::{op::Comparison, Constant, Expression, Type};

use crate::{
    bounds::Bounds,
    error::{Answer, Reason},
};

/// Most elements of a known value.
pub const MAX_KNOWN: usize = 4_096;

/// The number of elements of a shape, if a known value may have as many.
pub fn count(shape: &[usize]) -> Option<usize> {
    let total = shape.iter().try_fold(1usize, |n, &size| n.checked_mul(size))?;
    (total <= MAX_KNOWN).then_some(total)
}

/// A small tensor whose elements are expressions. f32 are here if they are whole numbers.
#[derive(Clone, PartialEq, Debug)]
pub struct Known {
    /// What it is made of.
    pub element: Type,
    /// Its shape.
    pub shape: Vec<usize>,
    /// As many as its shape says.
    pub data: Vec<Expression>,
}

/// An integer function of two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whole {
    /// a + b.
    Add,
    /// a − b.
    Sub,
    /// a · b.
    Mul,
    /// a ÷ b, towards zero.
    Div,
    /// The rest of ⌊a / b⌋.
    Mod,
    /// The larger.
    Max,
    /// The smaller.
    Min,
}

impl Known {
    /// One row.
    pub fn row(data: Vec<Expression>) -> Self {
        Self {
            element: Type::I64,
            shape: vec![data.len()],
            data,
        }
    }

    /// One number.
    pub fn scalar(value: Expression) -> Self {
        Self {
            element: Type::I64,
            shape: Vec::new(),
            data: vec![value],
        }
    }

    /// What a constant holds, if it is small and whole.
    pub fn of(constant: &Constant) -> Option<Self> {
        let elements = constant.bytes.len() / constant.element.bytes();
        if elements > MAX_KNOWN {
            return None;
        }
        // An integer has no −0.
        let exact = |value: f32| {
            let whole = value.fract() == 0.0 && value.abs() < 16_777_216.0 && value.to_bits() != 1 << 31;
            whole.then_some(value as i64)
        };
        let whole = |bytes: &[u8]| match constant.element {
            Type::I64 => bytes
                .try_into()
                .ok()
                .map(i64::from_le_bytes)
                .filter(|value| value.unsigned_abs() < 1 << 53),
            Type::I32 => bytes.try_into().ok().map(|bytes| i32::from_le_bytes(bytes).into()),
            Type::F32 => bytes.try_into().ok().map(f32::from_le_bytes).and_then(exact),
            Type::Bool | Type::U8 => bytes.first().map(|&byte| byte.into()),
            Type::I8 => bytes.first().map(|&byte| (byte as i8).into()),
        };
        let data: Option<Vec<Expression>> = constant
            .bytes
            .chunks_exact(constant.element.bytes())
            .map(|bytes| whole(bytes).map(Expression::from))
            .collect();
        Some(Self {
            element: constant.element,
            shape: constant.shape.iter().map(|&size| size as usize).collect(),
            data: data?,
        })
    }

    /// Its numbers, if no dimension is in them.
    pub fn numbers(&self) -> Option<Vec<i64>> {
        self.data.iter().map(Expression::constant).collect()
    }

    /// The constant that it is.
    pub fn constant(&self) -> Option<Constant> {
        if self.data.is_empty() {
            return None;
        }
        let mut bytes = Vec::with_capacity(self.data.len() * self.element.bytes());
        for value in self.numbers()? {
            match self.element {
                Type::I64 => bytes.extend(value.to_le_bytes()),
                Type::I32 => bytes.extend(i32::try_from(value).ok()?.to_le_bytes()),
                Type::F32 => bytes.extend((value as f32).to_le_bytes()),
                Type::I8 => bytes.extend(i8::try_from(value).ok()?.to_le_bytes()),
                Type::U8 => bytes.push(u8::try_from(value).ok()?),
                Type::Bool => bytes.push(u8::from(value != 0)),
            }
        }
        Some(Constant {
            shape: self.shape.iter().map(|&size| size as u64).collect(),
            element: self.element,
            bytes,
        })
    }

    /// Its shape as expressions.
    pub fn expressions(&self) -> Vec<Expression> {
        self.shape.iter().map(|&size| Expression::from(size as i64)).collect()
    }

    /// Another shape of as many elements.
    pub fn shaped(mut self, shape: Vec<usize>) -> Self {
        self.shape = shape;
        self
    }
}

/// The elements of several broadcast ones, and their shape.
pub fn broadcast<const N: usize>(values: [&Known; N]) -> Option<(Vec<usize>, Vec<[Expression; N]>)> {
    let rank = values.iter().map(|value| value.shape.len()).max().unwrap_or(0);
    let size = |value: &Known, axis: usize| {
        let own = (axis + value.shape.len()).checked_sub(rank);
        own.map_or(1, |axis| value.shape[axis])
    };
    let mut shape = Vec::new();
    for axis in 0..rank {
        let sizes = values.map(|value| size(value, axis));
        let wide = sizes.iter().copied().find(|&size| size != 1).unwrap_or(1);
        if sizes.iter().any(|&size| size != 1 && size != wide) {
            return None;
        }
        shape.push(wide);
    }
    let total = count(&shape)?;
    let element = |value: &Known, mut index: usize| {
        let (mut at, mut stride) = (0, 1);
        for axis in (0..rank).rev() {
            let place = index % shape[axis];
            index /= shape[axis];
            let own = size(value, axis);
            if own > 1 {
                at += place * stride;
            }
            stride *= own;
        }
        value.data[at].clone()
    };
    let all = (0..total)
        .map(|index| values.map(|value| element(value, index)))
        .collect();
    Some((shape, all))
}

/// An integer function of known values; none where the result is not known.
pub fn whole(bounds: &Bounds, function: Whole, a: &Known, b: &Known) -> Answer<Option<Known>> {
    let Some((shape, pairs)) = broadcast([a, b]) else {
        return Ok(None);
    };
    let mut data = Vec::with_capacity(pairs.len());
    for [x, y] in pairs {
        match self::number(bounds, function, &x, &y, a.element)? {
            Some(value) => data.push(value),
            None => return Ok(None),
        }
    }
    let element = a.element;
    Ok(Some(Known { element, shape, data }))
}

fn number(
    bounds: &Bounds,
    function: Whole,
    x: &Expression,
    y: &Expression,
    element: Type,
) -> Answer<Option<Expression>> {
    let value = match function {
        Whole::Add => Some(x.plus(y)?),
        Whole::Sub => Some(x.minus(y)?),
        Whole::Mul => Some(x.times(y)?),
        Whole::Max | Whole::Min => {
            let chosen = |less: bool| {
                if less == (function == Whole::Max) {
                    y.clone()
                } else {
                    x.clone()
                }
            };
            bounds.at_most(x, y)?.map(chosen)
        }
        Whole::Div | Whole::Mod => {
            let exact = if y.is(0) { None } else { x.divided(y)? };
            let quotient = match (exact, y.constant()) {
                (Some(exact), _) => Some(exact),
                // Of f32 a quotient that is not whole is not known here.
                (None, Some(divisor)) if element != Type::F32 && bounds.range(x).0 >= 0 => x.quotient(divisor)?,
                _ => None,
            };
            match (quotient, function) {
                (Some(quotient), Whole::Mod) => Some(x.minus(&quotient.times(y)?)?),
                (quotient, _) => quotient,
            }
        }
    };
    // A whole f32 is exact up to 2^24 alone, and a product that may be 0 must not be −0.
    let negative = bounds.range(x).0 < 0 || bounds.range(y).0 < 0;
    let signed = negative && matches!(function, Whole::Mul | Whole::Div | Whole::Mod);
    let exact = |value: &Expression| {
        let (low, high) = bounds.range(value);
        let zero = low <= 0 && high >= 0;
        element != Type::F32 || (low > -16_777_216 && high < 16_777_216 && !(zero && signed))
    };
    Ok(value.filter(exact))
}

/// A comparison of known values; none where it depends on sizes.
pub fn compare(bounds: &Bounds, how: Comparison, a: &Known, b: &Known) -> Answer<Option<Known>> {
    let Some((shape, pairs)) = broadcast([a, b]) else {
        return Ok(None);
    };
    let mut data = Vec::with_capacity(pairs.len());
    for [x, y] in pairs {
        let holds = match how {
            Comparison::Equal => bounds.equal(&x, &y)?,
            Comparison::LessOrEqual => bounds.at_most(&x, &y)?,
            Comparison::GreaterOrEqual => bounds.at_most(&y, &x)?,
            Comparison::Less => bounds.at_most(&y, &x)?.map(|holds| !holds),
            Comparison::Greater => bounds.at_most(&x, &y)?.map(|holds| !holds),
        };
        match holds {
            Some(holds) => data.push(Expression::from(i64::from(holds))),
            None => return Ok(None),
        }
    }
    let element = Type::Bool;
    Ok(Some(Known { element, shape, data }))
}

/// The elements of a that a condition takes, else those of b; none where that is not known.
pub fn select(condition: &Known, a: &Known, b: &Known) -> Option<Known> {
    let (shape, all) = broadcast([condition, a, b])?;
    let choose = |[condition, x, y]: [Expression; 3]| condition.constant().map(|holds| if holds != 0 { x } else { y });
    let data = all.into_iter().map(choose).collect::<Option<_>>()?;
    let element = a.element;
    Some(Known { element, shape, data })
}

/// That a value must be known.
pub fn missing<T>(what: &str) -> Answer<T> {
    Err(Reason::NotFolded(what.into()))
}
