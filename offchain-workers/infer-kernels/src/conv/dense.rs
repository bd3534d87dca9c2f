//! Convolutions whose chains run over several channels: strips of places by panels of output channels.

use super::Part;
use crate::{
    isa::Isa,
    products::{
        panel::parts,
        strip::{most_rows, multiply, panels_at_once, Strip},
        Finish, Packed, Tile,
    },
    view::ViewMut,
};

/// Numbers of x that stay in the second cache while panels pass by.
const NUMBERS: usize = 1 << 16;
/// Strips that share a panel at least, where there are as many.
const STRIPS: usize = 12;

/// Places in a line: `lines` of them, each of `count` places.
struct Lines {
    lines: usize,
    x_line: usize,
    place_line: usize,
    count: usize,
    x_step: usize,
    place_step: usize,
}

impl Lines {
    /// Along the axis on which strips are fewer; all places in one line where they lie at equal distances.
    fn new(part: &Part<'_>, most: usize) -> Self {
        let [down, across] = part.counts;
        let ([x_down, x_across], [place_down, place_across]) = (part.x_steps, part.place_steps);
        let straight = x_down == across * x_across && place_down == across * place_across;
        let strips = |lines: usize, count: usize| lines * count.div_ceil(most);
        let (lines, x_line, place_line, count, x_step, place_step) = if straight {
            (1, 0, 0, down * across, x_across, place_across)
        } else if strips(down, across) <= strips(across, down) {
            (down, x_down, place_down, across, x_across, place_across)
        } else {
            (across, x_across, place_across, down, x_down, place_down)
        };
        Self {
            lines,
            x_line,
            place_line,
            count,
            x_step,
            place_step,
        }
    }
}

/// Places that are multiplied together.
#[derive(Clone, Copy)]
struct Places {
    x: usize,
    place: usize,
    count: usize,
}

/// The part's chains, bias and finish; whether a number was NaN.
///
/// # Panics
/// If a number of x or y is out of range.
pub(super) fn run(
    isa: Isa,
    part: &Part<'_>,
    groups: &[Packed],
    bias: Option<&[f32]>,
    mut y: ViewMut<'_>,
    finish: Option<Finish<'_>>,
) -> bool {
    let most = most_rows(isa);
    let lines = Lines::new(part, most);
    let each = lines.count.div_ceil(most);
    let place = |strip: usize| {
        let (line, index) = (strip / each, strip % each);
        let (first, end) = (index * lines.count / each, (index + 1) * lines.count / each);
        Places {
            x: line * lines.x_line + first * lines.x_step,
            place: part.place + line * lines.place_line + first * lines.place_step,
            count: end - first,
        }
    };
    let together = (NUMBERS / (lines.x_step * most).max(1)).max(STRIPS);
    let mut nan = false;
    for (first, count) in parts(0..lines.lines * each, together, 1) {
        let strips = (first..first + count).map(place);
        for (group, weights) in groups.iter().enumerate() {
            for number in 0..part.blocks.len() {
                nan |= panels(
                    isa,
                    part,
                    (group, weights),
                    number,
                    bias,
                    &lines,
                    strips.clone(),
                    &mut y,
                );
            }
        }
        if let Some(finish) = finish {
            for places in strips {
                nan |= finish(Tile {
                    values: y.rows_at(places.place, lines.place_step, places.count),
                    row: part.first_row + places.place,
                    row_step: lines.place_step,
                    column: 0,
                });
            }
        }
    }
    nan
}

/// One block of the chains' pairs at these places, for all columns of a group.
#[allow(clippy::too_many_arguments)]
fn panels(
    isa: Isa,
    part: &Part<'_>,
    (group, weights): (usize, &Packed),
    number: usize,
    bias: Option<&[f32]>,
    lines: &Lines,
    strips: impl Iterator<Item = Places> + Clone,
    y: &mut ViewMut<'_>,
) -> bool {
    let (runs, end, first) = (&part.blocks[number], weights.columns(), group * weights.columns());
    let x = &part.x[group * part.depth..];
    let reach = runs.iter().map(|run| run.x + run.len).max().unwrap_or(0);
    // Where strips are so short that several panels go together, there is one in each line, and all are of one length.
    let at_once = weights.width() * panels_at_once(lines.count);
    let (y_rows, y_columns, y_step) = (y.rows(), y.columns(), y.step());
    let (mut at, mut nan) = (0, false);
    while at < end {
        let (w, own, w_panel) = weights.panel(at);
        let columns = if at_once <= end - at { at_once } else { own };
        let bias = bias.map(|bias| &bias[first + at..][..columns]);
        for places in strips.clone() {
            let last = places.count - 1;
            assert!(
                places.x + last * lines.x_step + reach <= x.len(),
                "numbers of the image"
            );
            assert!(places.place + last * lines.place_step < y_rows, "places of the result");
            assert!(first + at + columns <= y_columns, "channels of the result");
            let strip = Strip {
                x: x[places.x..].as_ptr(),
                x_step: lines.x_step,
                rows: places.count,
                w,
                w_step: own,
                w_panel,
                runs,
                grows: false,
                // SAFETY: the first place's number is one of y's.
                y: unsafe { y.as_mut_ptr().add(places.place * y_step + first + at) },
                y_step: lines.place_step * y_step,
                columns,
                resumes: number > 0,
                ends: number + 1 == part.blocks.len(),
                bias: bias.map_or(core::ptr::null(), <[f32]>::as_ptr),
            };
            // SAFETY: x and y have all these numbers, as was just asked; packed panels are readable as whole ones, and their rows are the
            // taps' channels.
            nan |= unsafe { multiply(isa, &strip) };
        }
        at += columns;
    }
    nan
}
