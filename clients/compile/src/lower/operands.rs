//! What a node reads and makes, by the names of the model.

use quorate_program::{Expression, Type};

use super::{
    known::{self, Known},
    Entry, Lowering,
};
use crate::{
    build::Id,
    error::{unsupported, Answer, Reason},
    onnx::Node,
};

impl Lowering {
    /// An operand.
    pub(super) fn entry(&self, node: &Node, operand: usize) -> Answer<Entry> {
        self.optional(node, operand)?.ok_or(Reason::Missing(operand))
    }

    /// An operand that may be left out.
    pub(super) fn optional(&self, node: &Node, operand: usize) -> Answer<Option<Entry>> {
        match node.inputs.get(operand).map(String::as_str) {
            None | Some("") => Ok(None),
            Some(name) => self
                .values
                .get(name)
                .cloned()
                .map(Some)
                .ok_or_else(|| Reason::Unknown(name.into())),
        }
    }

    /// Names a result.
    pub(super) fn set(&mut self, node: &Node, result: usize, entry: Entry) {
        if let Some(name) = node.outputs.get(result).filter(|name| !name.is_empty()) {
            self.values.insert(name.clone(), entry);
        }
    }

    /// Names the only result that is wanted.
    pub(super) fn set_plain(&mut self, node: &Node, id: Id) -> Answer {
        if node.outputs.iter().skip(1).any(|name| !name.is_empty()) {
            return unsupported("more than its first output");
        }
        self.set(node, 0, Entry::plain(id));
        Ok(())
    }

    /// What is known of a value.
    pub(super) fn known(&self, entry: &Entry) -> Option<Known> {
        match (&entry.known, entry.id) {
            (Some(known), _) => Some(known.clone()),
            (None, Some(id)) if !entry.last => self.build.constant_of(id).and_then(Known::of),
            _ => None,
        }
    }

    /// An operand's whole numbers as expressions, in one row.
    pub(super) fn row(&self, node: &Node, operand: usize, what: &str) -> Answer<Option<Vec<Expression>>> {
        let Some(entry) = self.optional(node, operand)? else {
            return Ok(None);
        };
        match self.known(&entry).or(entry.literal) {
            Some(known) => Ok(Some(known.data)),
            None => known::missing(&format!(
                "{what}, {},",
                quorate_convert::names::shown(&node.inputs[operand])
            )),
        }
    }

    /// The same, without dimensions in them.
    pub(super) fn numbers(&self, node: &Node, operand: usize, what: &str) -> Answer<Option<Vec<i64>>> {
        let Some(row) = self.row(node, operand, what)? else {
            return Ok(None);
        };
        let numbers: Option<Vec<i64>> = row.iter().map(Expression::constant).collect();
        numbers.map_or_else(|| known::missing(what), |numbers| Ok(Some(numbers)))
    }

    /// Axes of an attribute, or since some opset of an operand; none if there are none.
    pub(super) fn axes(&self, node: &Node, operand: usize) -> Answer<Option<Vec<i64>>> {
        match node.ints("axes") {
            Some(axes) => Ok(Some(axes.to_vec())),
            None => self.numbers(node, operand, "its axes"),
        }
    }

    /// One f32 that is a constant.
    pub(super) fn number(&self, node: &Node, operand: usize) -> Answer<Option<f32>> {
        let Some(entry) = self.optional(node, operand)? else {
            return Ok(None);
        };
        let id = self.value(&entry);
        let constant = id
            .and_then(|id| self.build.constant_of(id))
            .filter(|c| c.element == Type::F32 && c.bytes.len() == 4);
        let known = || {
            entry
                .known
                .as_ref()
                .filter(|known| known.data.len() == 1)
                .and_then(|known| known.constant())
                .filter(|c| c.element == Type::F32)
        };
        match constant
            .cloned()
            .or_else(known)
            .and_then(|constant| constant.floats().next())
        {
            Some(number) => Ok(Some(number)),
            None => known::missing(&format!("operand {operand}, a number,")),
        }
    }

    pub(super) fn value(&self, entry: &Entry) -> Option<Id> {
        entry.id.filter(|_| !entry.last)
    }

    /// What a value is made of.
    pub(super) fn element(&self, entry: &Entry) -> Type {
        match (entry.id, &entry.known) {
            (Some(id), _) => self.build.of(id).element,
            (None, Some(known)) => known.element,
            (None, None) => Type::F32,
        }
    }
}
