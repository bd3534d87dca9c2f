//! Attention of one sequence: scores, Softmax and sums of values for a strip of queries at a time.

use std::ops::Range;

use quorate_exact::infer::attention::Seen;

use crate::{
    isa::Isa,
    products::{
        panel::{parts, rows_by_panel, Panel},
        strip::{most_rows, multiply, panel_columns, panels_at_once, Run, Strip},
        turn::turn,
    },
    softmax::softmax_scores,
    view::{View, ViewMut},
};

/// Numbers that are read behind a panel.
const MARGIN: usize = 32;
/// Rows of values that are copied where a whole panel cannot be read at the end of `v`.
const LAST: usize = 48;

/// Heads and what becomes of scores.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Attention {
    /// Heads of the queries.
    pub heads: usize,
    /// Heads of keys and values, a divisor: query head h reads head h div (heads / groups).
    pub groups: usize,
    /// Numbers of a query and a key.
    pub size: usize,
    /// Numbers of a value.
    pub value_size: usize,
    /// Each score is multiplied by it.
    pub scale: f32,
    /// Which keys a query sees.
    pub seen: Seen,
}

/// Queries [T, heads · size], keys [S, groups · size], values [S, groups · `value_size`], and what is added to the scores [T, S].
#[derive(Clone, Copy, Debug)]
pub struct Sequence<'a> {
    /// Queries.
    pub q: View<'a>,
    /// Keys: those of a cache and the queries' own.
    pub k: View<'a>,
    /// Values.
    pub v: View<'a>,
    /// Added to scaled scores.
    pub mask: Option<View<'a>>,
}

/// The queries of one head, or one query's heads that share a key, as rows.
struct Queries<'a> {
    q: View<'a>,
    mask: Option<View<'a>>,
    /// Keys that the first row sees.
    seen: usize,
    /// Whether each row sees one more than the row before.
    grows: bool,
}

/// Scratch, in its parts.
struct Scratch<'a> {
    keys: &'a mut [f32],
    scores: &'a mut [f32],
    last: &'a mut [f32],
}

impl Attention {
    /// Numbers of scratch for this many queries and keys.
    pub fn scratch(&self, isa: Isa, queries: usize, keys: usize) -> usize {
        let [keys, scores, last] = self.parts_of_scratch(isa, queries, keys);
        keys + scores + last
    }

    /// Keys that are turned at once, a strip's scores, the last rows of values.
    fn parts_of_scratch(&self, isa: Isa, queries: usize, keys: usize) -> [usize; 3] {
        // Of one strip, a panel of keys at a time.
        let turned = match queries > most_rows(isa) {
            true => keys,
            false => panel_columns(isa),
        };
        let scores = most_rows(isa) * score_step(keys);
        [turned * self.size + MARGIN, scores, LAST * panel_columns(isa)]
    }

    /// What these heads of the queries answer: y [T, heads of the range · `value_size`]. Whether a number was NaN. Threads take ranges of
    /// heads, best those that share keys.
    ///
    /// # Panics
    /// If dimensions differ, if queries see more keys than there are or none, or the scratch has less than [`Self::scratch`] says.
    #[must_use = "a NaN ends the run"]
    pub fn run(
        &self,
        isa: Isa,
        of: Sequence<'_>,
        heads: Range<usize>,
        mut y: ViewMut<'_>,
        scratch: &mut [f32],
    ) -> bool {
        let (queries, keys) = (of.q.rows(), of.k.rows());
        self.check(of, &heads, &y);
        let [turned, scores, last] = self.parts_of_scratch(isa, queries, keys);
        assert!(scratch.len() >= turned + scores + last, "enough scratch");
        let (turned, rest) = scratch.split_at_mut(turned);
        let (scores, last) = rest.split_at_mut(scores);
        let mut scratch = Scratch {
            keys: turned,
            scores,
            last,
        };
        let (seen, grows) = match self.seen {
            Seen::All => (keys, false),
            Seen::Causal { first } => (first + 1, true),
        };
        let each = self.heads / self.groups;
        let mut nan = false;
        for group in heads.start / each..heads.end.div_ceil(each) {
            let own = heads.start.max(group * each)..heads.end.min((group + 1) * each);
            let (k, v) = (
                of.k.columns_from(group * self.size, self.size),
                of.v.columns_from(group * self.value_size, self.value_size),
            );
            if queries == 1 {
                let q = &of.q.row(0)[own.start * self.size..own.end * self.size];
                let row = Queries {
                    q: View::new(q, own.len(), self.size),
                    mask: of.mask,
                    seen,
                    grows: false,
                };
                let mut y = y.part(
                    (0, 1),
                    ((own.start - heads.start) * self.value_size, own.len() * self.value_size),
                );
                let y = ViewMut::new(y.row(0), own.len(), self.value_size);
                nan |= self.answer(isa, &row, k, v, y, &mut scratch, None);
                continue;
            }
            let most = if grows { seen + queries - 1 } else { seen };
            let turned = (queries > most_rows(isa)).then_some(most);
            if let Some(keys) = turned {
                turn_keys(isa, k.rows_from(0, keys), scratch.keys);
            }
            for head in own {
                let rows = Queries {
                    q: of.q.columns_from(head * self.size, self.size),
                    mask: of.mask,
                    seen,
                    grows,
                };
                let y = y.part((0, queries), ((head - heads.start) * self.value_size, self.value_size));
                nan |= self.answer(isa, &rows, k, v, y, &mut scratch, turned);
            }
        }
        nan
    }

    fn check(&self, of: Sequence<'_>, heads: &Range<usize>, y: &ViewMut<'_>) {
        let (queries, keys) = (of.q.rows(), of.k.rows());
        assert!(
            self.groups > 0 && self.heads.is_multiple_of(self.groups),
            "heads that share keys"
        );
        assert!(
            heads.start <= heads.end && heads.end <= self.heads,
            "heads of the queries"
        );
        assert_eq!(of.q.columns(), self.heads * self.size, "numbers of the queries");
        assert_eq!(of.k.columns(), self.groups * self.size, "numbers of the keys");
        assert_eq!(
            (of.v.rows(), of.v.columns()),
            (keys, self.groups * self.value_size),
            "numbers of the values"
        );
        assert_eq!(
            (y.rows(), y.columns()),
            (queries, heads.len() * self.value_size),
            "numbers of the answers"
        );
        if let Some(mask) = of.mask {
            assert_eq!(
                (mask.rows(), mask.columns()),
                (queries, keys),
                "a number for each score"
            );
        }
        assert!(
            queries > 0 && keys > 0 && self.size > 0 && self.value_size > 0,
            "no empty dimension"
        );
        if let Seen::Causal { first } = self.seen {
            assert!(
                first.checked_add(queries).is_some_and(|seen| seen <= keys),
                "keys of the queries"
            );
        }
    }

    /// All rows' answers, a strip at a time; `turned`: how many keys the scratch has as panels already.
    #[allow(clippy::too_many_arguments)]
    fn answer(
        &self,
        isa: Isa,
        of: &Queries<'_>,
        k: View<'_>,
        v: View<'_>,
        mut y: ViewMut<'_>,
        scratch: &mut Scratch<'_>,
        turned: Option<usize>,
    ) -> bool {
        let step = score_step(k.rows());
        let mut nan = false;
        for (row, rows) in parts(0..of.q.rows(), most_rows(isa), 1) {
            let q = of.q.rows_from(row, rows);
            let seen = if of.grows { of.seen + row } else { of.seen };
            let most = if of.grows { seen + rows - 1 } else { seen };
            let mut scores = ViewMut::with_step(scratch.scores, rows, most, step);
            for first in (0..most).step_by(panel_columns(isa)) {
                let own = panel_columns(isa).min(turned.unwrap_or(most) - first);
                let panel = match turned {
                    Some(_) => &scratch.keys[first * self.size..],
                    None => {
                        turn(isa, k.rows_from(first, own), scratch.keys, own);
                        &scratch.keys[..]
                    }
                };
                let panel = Panel {
                    w: panel.as_ptr(),
                    step: own,
                    next: 0,
                    bias: None,
                    resumes: false,
                    ends: false,
                };
                let run = [Run {
                    x: 0,
                    w: 0,
                    len: self.size,
                }];
                let scores = scores.part((0, rows), (first, own.min(most - first)));
                // SAFETY: the scratch has a margin behind all turned keys.
                unsafe { rows_by_panel(isa, q, &run, &panel, scores) };
            }
            if of.grows {
                for i in 0..rows {
                    let mask = of.mask.map(|mask| mask.rows_from(row + i, 1).columns_from(0, seen + i));
                    nan |= softmax_scores(isa, self.scale, mask, scores.part((i, 1), (0, seen + i)));
                }
            } else {
                for i in 0..rows {
                    // The heads of one query share its row of the mask.
                    let mask = of
                        .mask
                        .map(|mask| mask.rows_from(if mask.rows() == 1 { 0 } else { row + i }, 1));
                    let mask = mask.map(|mask| mask.columns_from(0, seen));
                    nan |= softmax_scores(isa, self.scale, mask, scores.part((i, 1), (0, seen)));
                }
            }
            let p = View::with_step(scratch.scores, rows, most, step);
            nan |= sums(
                isa,
                p,
                seen,
                of.grows,
                v,
                y.part((row, rows), (0, self.value_size)),
                scratch.last,
            );
        }
        nan
    }
}

/// Numbers from one row of scores to the next: no multiple of what caches count by.
fn score_step(keys: usize) -> usize {
    match keys.next_multiple_of(16) {
        step if step.is_multiple_of(512) => step + 16,
        step => step,
    }
}

/// Keys as panels.
fn turn_keys(isa: Isa, k: View<'_>, to: &mut [f32]) {
    for (first, columns) in (0..k.rows())
        .step_by(panel_columns(isa))
        .map(|first| (first, panel_columns(isa).min(k.rows() - first)))
    {
        turn(
            isa,
            k.rows_from(first, columns),
            &mut to[first * k.columns()..],
            columns,
        );
    }
}

/// y_i = chain over j of (p_j, v_ji), for the j that a row sees. Whether one is NaN.
fn sums(isa: Isa, p: View<'_>, seen: usize, grows: bool, v: View<'_>, mut y: ViewMut<'_>, last: &mut [f32]) -> bool {
    let (width, rows, most) = (panel_columns(isa), p.rows(), p.columns());
    let at_once = width * panels_at_once(rows);
    let (mut at, mut nan) = (0, false);
    while at < v.columns() {
        let left = v.columns() - at;
        let columns = if at_once <= left { at_once } else { left.min(width) };
        // Rows of v at which a whole panel can be read, though it be part of what lies behind.
        let readable = v.readable(at, columns.max(width)).min(most);
        let direct = if readable == most { seen } else { seen.min(readable) };
        let mut strip = Strip {
            x: p.as_ptr(),
            x_step: p.step(),
            rows,
            w: v.columns_from(at, columns).as_ptr(),
            w_step: v.step(),
            w_panel: width,
            runs: &[Run {
                x: 0,
                w: 0,
                len: direct,
            }],
            grows: grows && readable == most,
            y: y.part((0, rows), (at, columns)).as_mut_ptr(),
            y_step: y.step(),
            columns,
            resumes: false,
            ends: readable == most,
            bias: core::ptr::null(),
        };
        // SAFETY: p has these rows, of as many numbers as each row sees; v's rows are readable as a panel, as was found; y is in range.
        nan |= unsafe { multiply(isa, &strip) };
        if readable < most {
            debug_assert!(most - direct <= LAST);
            for (j, to) in (direct..most).zip(last.chunks_exact_mut(width)) {
                to[..columns].copy_from_slice(&v.row(j)[at..][..columns]);
            }
            let run = [Run {
                x: direct,
                w: 0,
                len: seen - direct,
            }];
            strip = Strip {
                w: last.as_ptr(),
                w_step: width,
                runs: &run,
                grows,
                resumes: true,
                ends: true,
                ..strip
            };
            // SAFETY: as above; the copy has whole panels.
            nan |= unsafe { multiply(isa, &strip) };
        }
        at += columns;
    }
    nan
}
