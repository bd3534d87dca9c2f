//! What the consortium decided about an organisation, a validator or a contributor. A majority suspends once, for a while; only
//! two thirds suspend for long, or allow the majority another time: no majority can keep somebody out for ever.
// The derived codecs name variants so.
#![allow(clippy::cast_possible_truncation)]

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use quorate_primitives::BlockNumber;
use scale_info::TypeInfo;

/// How long a suspension holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum Suspension {
    /// By a majority. `until`: the first block in which it no longer holds.
    #[codec(index = 0)]
    Fast { until: BlockNumber },
    /// By two thirds, until it is lifted.
    #[codec(index = 1)]
    Long,
}

/// Whether somebody is suspended, and whether a majority may do it.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Standing {
    pub suspension: Option<Suspension>,
    /// The majority has suspended once; another time needs two thirds.
    pub fast_used: bool,
}

/// Why a standing cannot change so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    AlreadySuspended,
    NotSuspended,
    FastUsed,
    FastAllowed,
}

impl Standing {
    pub fn is_good(&self) -> bool {
        self.suspension.is_none()
    }

    pub(crate) fn suspend_fast(&mut self, until: BlockNumber) -> Result<(), Refusal> {
        if !self.is_good() {
            return Err(Refusal::AlreadySuspended);
        }
        if self.fast_used {
            return Err(Refusal::FastUsed);
        }
        *self = Self {
            suspension: Some(Suspension::Fast { until }),
            fast_used: true,
        };
        Ok(())
    }

    /// Returns the suspension that the long one replaces. Two thirds have spoken: after it the majority may act fast again.
    pub(crate) fn suspend_long(&mut self) -> Result<Option<Suspension>, Refusal> {
        if self.suspension == Some(Suspension::Long) {
            return Err(Refusal::AlreadySuspended);
        }
        let before = self.suspension.replace(Suspension::Long);
        self.fast_used = false;
        Ok(before)
    }

    pub(crate) fn allow_fast(&mut self) -> Result<(), Refusal> {
        if !self.fast_used {
            return Err(Refusal::FastAllowed);
        }
        self.fast_used = false;
        Ok(())
    }

    /// Returns the suspension that was.
    pub(crate) fn lift(&mut self) -> Result<Suspension, Refusal> {
        self.suspension.take().ok_or(Refusal::NotSuspended)
    }

    /// End a fast suspension whose time has come; says whether there was one.
    pub(crate) fn end_fast(&mut self, now: BlockNumber) -> bool {
        let ends = self.suspension == Some(Suspension::Fast { until: now });
        if ends {
            self.suspension = None;
        }
        ends
    }
}
