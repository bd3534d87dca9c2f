//! A block of grid integers: some coordinates of all rows, small enough for a core's cache.

/// The first `len` values of a buffer from where a line of the cache begins: a vector that lies in two lines takes twice as long.
pub(crate) fn in_lines<T: Copy + Default>(buffer: &mut Vec<T>, len: usize) -> &mut [T] {
    let line = LINE / size_of::<T>();
    if buffer.len() < len + line {
        buffer.resize(len + line, T::default());
    }
    let first = buffer.as_ptr().align_offset(LINE).min(line);
    &mut buffer[first..first + len]
}

/// Bytes of a line of the cache.
const LINE: usize = 64;

/// Rows of one length, one after the other with a gap, so that equal coordinates of different rows do not compete for the
/// same lines of a cache.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    data: Vec<i32>,
    /// Where the first row begins.
    first: usize,
    stride: usize,
    width: usize,
    count: usize,
    largest: u32,
}

impl Rows {
    /// Becomes `count` rows of `width` values; what they are is unspecified.
    pub fn reset(&mut self, count: usize, width: usize) {
        // A multiple of 16 values that is odd in cache lines.
        self.stride = (width.div_ceil(16) | 1) * 16;
        (self.width, self.count, self.largest) = (width, count, 0);
        let len = in_lines(&mut self.data, self.stride * count).len();
        self.first = self.data.as_ptr().align_offset(LINE).min(self.data.len() - len);
    }

    /// Rows.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Values of each row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// A bound on the magnitude of all values.
    pub fn largest(&self) -> u32 {
        self.largest
    }

    /// Raises the bound of [`Rows::largest`]; whoever writes values says how large they are.
    pub fn raise(&mut self, largest: u32) {
        self.largest = self.largest.max(largest);
    }

    /// One more row, which does not move the others.
    ///
    /// # Panics
    /// If it has not the others' length.
    pub fn push(&mut self, row: &[i32]) {
        self.count += 1;
        let len = self.first + self.stride * self.count;
        if self.data.len() < len {
            self.data.resize(len, 0);
        }
        self.row_mut(self.count - 1).copy_from_slice(row);
        self.raise(row.iter().map(|q| q.unsigned_abs()).max().unwrap_or(0));
    }

    /// The values of row `i`.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, i: usize) -> &[i32] {
        assert!(i < self.count, "row {i} of {}", self.count);
        &self.data[self.first + i * self.stride..][..self.width]
    }

    /// The values of row `i`, to be written.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row_mut(&mut self, i: usize) -> &mut [i32] {
        assert!(i < self.count, "row {i} of {}", self.count);
        &mut self.data[self.first + i * self.stride..][..self.width]
    }
}
