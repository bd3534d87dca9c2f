//! Work that is split among threads. No result depends on how.

use quorate_infer_kernels::ViewMut;

/// How many threads a run may use; a part of work that is smaller than some grain stays whole.
pub(crate) struct Threads {
    pool: Option<rayon::ThreadPool>,
    count: usize,
}

impl Threads {
    pub fn new(count: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        let count = count.max(1);
        let name = |i| format!("infer-{i}");
        let pool = match count {
            1 => None,
            _ => Some(
                rayon::ThreadPoolBuilder::new()
                    .num_threads(count)
                    .thread_name(name)
                    .build()?,
            ),
        };
        Ok(Self { pool, count })
    }

    pub fn count(&self) -> usize {
        self.count
    }

    /// Does the work on one of the threads, so that the others can take parts of it.
    pub fn enter<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}

/// Both, at once if there is more than one part; whether one is true.
fn both(a: impl FnOnce() -> bool + Send, b: impl FnOnce() -> bool + Send) -> bool {
    let (a, b) = rayon::join(a, b);
    a | b
}

/// Work on ranges of rows of a matrix, each a multiple of `unit` but the last; the first row of each is told. Whether one is true.
pub(crate) fn by_rows<F>(y: ViewMut<'_>, first: usize, parts: usize, unit: usize, work: &F) -> bool
where
    F: Fn(usize, ViewMut<'_>) -> bool + Sync,
{
    match cut(y.rows(), parts, unit) {
        None => work(first, y),
        Some(middle) => {
            let (above, below) = y.split_rows(middle);
            both(
                || by_rows(above, first, parts / 2, unit, work),
                || by_rows(below, first + middle, parts - parts / 2, unit, work),
            )
        }
    }
}

/// Work on ranges of columns, as [`by_rows`], with an equal share of the scratch for each part.
pub(crate) fn by_columns<F>(
    y: ViewMut<'_>,
    first: usize,
    parts: usize,
    unit: usize,
    scratch: &mut [f32],
    work: &F,
) -> bool
where
    F: Fn(usize, ViewMut<'_>, &mut [f32]) -> bool + Sync,
{
    match cut(y.columns(), parts, unit) {
        None => work(first, y, scratch),
        Some(middle) => {
            let (left, right) = y.split_columns(middle);
            let (own, other) = scratch.split_at_mut(scratch.len() / parts * (parts / 2));
            both(
                || by_columns(left, first, parts / 2, unit, own, work),
                || by_columns(right, first + middle, parts - parts / 2, unit, other, work),
            )
        }
    }
}

/// Work on ranges of items of `size` numbers each, with an equal share of the scratch for each part; the first item of each is told.
pub(crate) fn by_items<T: Send, F>(
    y: &mut [T],
    size: usize,
    first: usize,
    parts: usize,
    scratch: &mut [f32],
    work: &F,
) -> bool
where
    F: Fn(usize, &mut [T], &mut [f32]) -> bool + Sync,
{
    match cut(y.len() / size.max(1), parts, 1) {
        None => work(first, y, scratch),
        Some(middle) => {
            let (left, right) = y.split_at_mut(middle * size);
            let (own, other) = scratch.split_at_mut(scratch.len() / parts * (parts / 2));
            both(
                || by_items(left, size, first, parts / 2, own, work),
                || by_items(right, size, first + middle, parts - parts / 2, other, work),
            )
        }
    }
}

/// Where `len` things are cut in two, at a multiple of `unit`; none if they stay whole.
fn cut(len: usize, parts: usize, unit: usize) -> Option<usize> {
    if parts <= 1 || len <= unit {
        return None;
    }
    let half = (len * (parts / 2)).div_ceil(parts).next_multiple_of(unit);
    (half < len).then_some(half)
}
