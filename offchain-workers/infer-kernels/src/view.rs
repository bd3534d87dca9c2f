//! Rows of numbers at equal distances: matrices, and parts of them that threads share out.

use core::marker::PhantomData;

/// `rows` rows of `columns` numbers; each begins `step` numbers behind the one before.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    step: usize,
}

impl<'a> View<'a> {
    /// Rows that follow each other without gaps.
    ///
    /// # Panics
    /// Unless `data` has exactly these numbers.
    pub fn new(data: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns, "numbers of the matrix");
        Self::with_step(data, rows, columns, columns)
    }

    /// Rows at a distance.
    ///
    /// # Panics
    /// If rows overlap or `data` ends before the last one does.
    pub fn with_step(data: &'a [f32], rows: usize, columns: usize, step: usize) -> Self {
        assert!(extent(rows, columns, step) <= data.len(), "rows inside the data");
        Self {
            data,
            rows,
            columns,
            step,
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Numbers of a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Distance between the beginnings of two rows.
    pub fn step(&self) -> usize {
        self.step
    }

    /// A row.
    ///
    /// # Panics
    /// If there is none.
    pub fn row(&self, row: usize) -> &'a [f32] {
        assert!(row < self.rows, "a row of the matrix");
        &self.data[row * self.step..][..self.columns]
    }

    /// Numbers one after the other from a row and a column on; without gaps they may go on in the rows below.
    ///
    /// # Panics
    /// If there are fewer.
    pub(crate) fn run(&self, row: usize, column: usize, len: usize) -> &'a [f32] {
        let end = column + len;
        assert!(
            row < self.rows
                && (end <= self.columns || self.step == self.columns && end <= (self.rows - row) * self.columns),
            "numbers of the matrix"
        );
        &self.data[row * self.step..][column..end]
    }

    /// Some of the rows.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn rows_from(&self, first: usize, rows: usize) -> Self {
        assert!(first + rows <= self.rows, "rows of the matrix");
        let data = &self.data[(first * self.step).min(self.data.len())..];
        Self { data, rows, ..*self }
    }

    /// Some of the columns.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn columns_from(&self, first: usize, columns: usize) -> Self {
        assert!(first + columns <= self.columns, "columns of the matrix");
        let data = &self.data[first.min(self.data.len())..];
        Self { data, columns, ..*self }
    }

    /// Rows of which, from a column on, so many numbers are readable: those behind the row's end are others'.
    pub(crate) fn readable(&self, column: usize, numbers: usize) -> usize {
        match self.data.len().checked_sub(column + numbers) {
            Some(rest) if self.step > 0 => (rest / self.step + 1).min(self.rows),
            Some(_) => self.rows,
            None => 0,
        }
    }

    pub(crate) fn as_ptr(&self) -> *const f32 {
        self.data.as_ptr()
    }
}

/// A matrix to write: as [`View`]. It can be split into parts for several threads, by rows and by columns.
#[derive(Debug)]
pub struct ViewMut<'a> {
    data: *mut f32,
    rows: usize,
    columns: usize,
    step: usize,
    numbers: PhantomData<&'a mut [f32]>,
}

// SAFETY: it stands for a unique borrow of the numbers in its rows and columns, and no two views share one.
unsafe impl Send for ViewMut<'_> {}
// SAFETY: nothing is written through a shared reference to it.
unsafe impl Sync for ViewMut<'_> {}

impl<'a> ViewMut<'a> {
    /// Rows that follow each other without gaps.
    ///
    /// # Panics
    /// Unless `data` has exactly these numbers.
    pub fn new(data: &'a mut [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns, "numbers of the matrix");
        Self::with_step(data, rows, columns, columns)
    }

    /// Rows at a distance.
    ///
    /// # Panics
    /// If rows overlap or `data` ends before the last one does.
    pub fn with_step(data: &'a mut [f32], rows: usize, columns: usize, step: usize) -> Self {
        assert!(extent(rows, columns, step) <= data.len(), "rows inside the data");
        Self {
            data: data.as_mut_ptr(),
            rows,
            columns,
            step,
            numbers: PhantomData,
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Numbers of a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Distance between the beginnings of two rows.
    pub fn step(&self) -> usize {
        self.step
    }

    /// A row.
    ///
    /// # Panics
    /// If there is none.
    pub fn row(&mut self, row: usize) -> &mut [f32] {
        assert!(row < self.rows, "a row of the matrix");
        // SAFETY: the row is inside the data, as `with_step` checked, and borrowed from this view alone.
        unsafe { core::slice::from_raw_parts_mut(self.data.add(row * self.step), self.columns) }
    }

    /// All numbers, where no gaps lie between the rows.
    pub fn whole(&mut self) -> Option<&mut [f32]> {
        let gapless = self.step == self.columns || self.rows == 1;
        // SAFETY: without gaps, rows · columns numbers follow each other; borrowed from this view alone.
        gapless.then(|| unsafe { core::slice::from_raw_parts_mut(self.data, self.rows * self.columns) })
    }

    /// The same numbers, for a shorter time.
    pub fn again(&mut self) -> ViewMut<'_> {
        ViewMut { ..*self }
    }

    /// Part of the numbers, for a shorter time.
    ///
    /// # Panics
    /// If the part is not inside.
    pub fn part(&mut self, (row, rows): (usize, usize), (column, columns): (usize, usize)) -> ViewMut<'_> {
        let (_, below) = self.again().split_rows(row);
        let (wanted, _) = below.split_rows(rows);
        let (_, behind) = wanted.split_columns(column);
        behind.split_columns(columns).0
    }

    /// Rows at equal distances, for a shorter time.
    ///
    /// # Panics
    /// If there are fewer.
    pub(crate) fn rows_at(&mut self, first: usize, step: usize, count: usize) -> ViewMut<'_> {
        assert!(
            count > 0 && step > 0 && first + (count - 1) * step < self.rows,
            "rows of the matrix"
        );
        let (_, mut below) = self.again().split_rows(first);
        (below.rows, below.step) = (count, below.step * step);
        below
    }

    /// The first `rows` rows, and the others.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn split_rows(self, rows: usize) -> (Self, Self) {
        assert!(rows <= self.rows, "rows of the matrix");
        let rest = self.rows - rows;
        let data = match rest {
            0 => self.data,
            // SAFETY: the row's beginning is inside the data.
            _ => unsafe { self.data.add(rows * self.step) },
        };
        (
            Self { rows, ..self },
            Self {
                data,
                rows: rest,
                ..self
            },
        )
    }

    /// The first `columns` numbers of each row, and the others.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn split_columns(self, columns: usize) -> (Self, Self) {
        assert!(columns <= self.columns, "columns of the matrix");
        let rest = self.columns - columns;
        let data = match self.rows {
            0 => self.data,
            // SAFETY: the first row is inside the data, and has that many numbers.
            _ => unsafe { self.data.add(columns) },
        };
        (
            Self { columns, ..self },
            Self {
                data,
                columns: rest,
                ..self
            },
        )
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut f32 {
        self.data
    }
}

/// Numbers from the beginning of the first row to the end of the last one.
fn extent(rows: usize, columns: usize, step: usize) -> usize {
    match rows.checked_sub(1) {
        None => 0,
        Some(0) => columns,
        Some(others) => {
            assert!(columns <= step, "rows that do not overlap");
            let end = others.checked_mul(step).and_then(|begin| begin.checked_add(columns));
            end.unwrap_or(usize::MAX)
        }
    }
}
