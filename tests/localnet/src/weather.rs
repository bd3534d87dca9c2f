//! How the links are.

use std::{collections::BTreeMap, time::Duration};

/// How a link between two validators is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Link {
    #[default]
    Open,
    /// Connections are closed, and new ones too.
    Cut,
    /// Nothing comes through, and nobody is told.
    Held,
    /// Every piece comes later, and no more bytes than so many in a second.
    Slow { delay: Duration, rate: u32 },
}

/// The state of all links: between two validators, and from anyone to one validator's gateway.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weather {
    between: BTreeMap<(usize, usize), Link>,
    gateways: BTreeMap<usize, Link>,
}

/// What a connection leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Port {
    Peer(usize),
    Gateway(usize),
}

impl Port {
    fn validator(self) -> usize {
        match self {
            Self::Peer(index) | Self::Gateway(index) => index,
        }
    }
}

impl Weather {
    pub(crate) fn set(&mut self, a: usize, b: usize, link: Link) {
        self.between.insert(pair(a, b), link);
    }

    pub(crate) fn set_gateway(&mut self, index: usize, link: Link) {
        self.gateways.insert(index, link);
    }

    /// `from` is None for whoever is no validator.
    pub(crate) fn of(&self, from: Option<usize>, to: Port) -> Link {
        if let Port::Gateway(index) = to {
            match self.gateways.get(&index) {
                Some(link) if from != Some(index) => return *link,
                _ => (),
            }
        }
        let Some(from) = from else { return Link::Open };
        self.between
            .get(&pair(from, to.validator()))
            .copied()
            .unwrap_or_default()
    }
}

fn pair(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}
