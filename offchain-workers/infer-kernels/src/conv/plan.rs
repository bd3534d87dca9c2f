//! What is computed in the same way: rectangles of places that see the same taps, and the chains' pairs there.

use std::ops::Range;

use super::axis::Group;
use crate::products::strip::Run;

/// Most pairs of a chain that are multiplied before the next strip's turn.
const PAIRS: usize = 768;

/// Places at which the window sees the same taps.
#[derive(Clone, Debug)]
pub(crate) struct Rectangle {
    /// Down and across.
    pub axes: [Line; 2],
    /// The pairs of each chain in blocks: of x from the image's first number on, for the first place; of w from its first row on.
    pub blocks: Vec<Vec<Run>>,
}

/// Places along an axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Line {
    /// The first place.
    pub first: usize,
    /// Distance between two places.
    pub step: usize,
    /// Places.
    pub count: usize,
    /// How far cells move from one place to the next.
    pub cell_step: usize,
}

/// How an image's numbers lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Image {
    /// Cells of a row.
    pub width: usize,
    /// Numbers of a cell.
    pub channels: usize,
    /// Numbers of a cell that a chain reads at each tap.
    pub depth: usize,
    /// Taps of a row of the window.
    pub kernel: usize,
    /// Whether each channel is by itself: then runs are of taps side by side, whose numbers lie `channels` from each other.
    pub apart: bool,
}

impl Rectangle {
    pub fn new(image: Image, [down, across]: [&Group; 2]) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        for (row, y) in down.taps.iter() {
            let mut last: Option<&mut Run> = None;
            for (column, x) in across.taps.iter() {
                let run = Run {
                    x: (y * image.width + x) * image.channels,
                    w: (row * image.kernel + column) * image.depth,
                    len: image.depth,
                };
                let pitch = if image.apart { image.channels } else { 1 };
                match last.filter(|last| last.x + last.len * pitch == run.x && last.w + last.len == run.w) {
                    Some(longer) => {
                        longer.len += run.len;
                        last = Some(longer);
                    }
                    None => {
                        runs.push(run);
                        last = runs.last_mut();
                    }
                }
            }
        }
        let line = |group: &Group| Line {
            first: group.first,
            step: group.step,
            count: group.count,
            // Of places that see nothing, no cell need be on the image.
            cell_step: if runs.is_empty() { 0 } else { group.cell_step },
        };
        Self {
            axes: [line(down), line(across)],
            blocks: match image.apart {
                true => vec![runs],
                false => blocks(&runs),
            },
        }
    }
}

impl Line {
    /// Those of the places that are in the range, and how many are before it.
    pub fn within(&self, places: &Range<usize>) -> (Self, usize) {
        let before = |place: usize| place.saturating_sub(self.first).div_ceil(self.step).min(self.count);
        let (skipped, end) = (before(places.start), before(places.end));
        let line = Self {
            first: self.first + skipped * self.step,
            count: end.saturating_sub(skipped),
            ..*self
        };
        (line, skipped)
    }
}

/// Runs in blocks of about equal length, at least one block.
fn blocks(runs: &[Run]) -> Vec<Vec<Run>> {
    let pairs: usize = runs.iter().map(|run| run.len).sum();
    let each = pairs.div_ceil(pairs.div_ceil(PAIRS).max(1)).next_multiple_of(16);
    let mut blocks = vec![Vec::new()];
    let mut room = each;
    for run in runs {
        let mut done = 0;
        while done < run.len {
            if room == 0 {
                blocks.push(Vec::new());
                room = each;
            }
            let len = room.min(run.len - done);
            let part = Run {
                x: run.x + done,
                w: run.w + done,
                len,
            };
            blocks.last_mut().into_iter().for_each(|block| block.push(part));
            (done, room) = (done + len, room - len);
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_should_have_all_pairs_in_their_order() {
        for lens in [&[][..], &[1], &[768], &[769], &[5, 700, 1_000, 3, 2_000]] {
            let mut at = 0;
            let runs: Vec<Run> = lens
                .iter()
                .map(|&len| {
                    at += 10_000;
                    Run { x: at, w: at / 2, len }
                })
                .collect();
            let pairs = |runs: &[Run]| -> Vec<(usize, usize)> {
                runs.iter()
                    .flat_map(|run| (0..run.len).map(move |i| (run.x + i, run.w + i)))
                    .collect()
            };
            let blocks = blocks(&runs);
            assert!(!blocks.is_empty());
            assert_eq!(pairs(&blocks.concat()), pairs(&runs));
        }
    }

    #[test]
    fn lines_should_be_cut_to_a_range_of_places() {
        for (first, step, count) in [(0, 1, 7), (3, 1, 4), (1, 3, 5), (2, 2, 1)] {
            let line = Line {
                first,
                step,
                count,
                cell_step: 1,
            };
            for start in 0..20 {
                for end in start..20 {
                    let (cut, skipped) = line.within(&(start..end));
                    let all = (0..count).map(|i| first + i * step);
                    let kept: Vec<usize> = all.filter(|place| (start..end).contains(place)).collect();
                    let got: Vec<usize> = (0..cut.count).map(|i| cut.first + i * step).collect();
                    assert_eq!(got, kept);
                    assert!(kept.is_empty() || kept[0] == first + skipped * step);
                }
            }
        }
    }
}
