//! Products of runs of coordinates, summed by the tiles of the sum tree that they lie in.

use crate::EngineError;

/// Sums of some consecutive tiles, which later runs may still add to.
#[derive(Debug, Default)]
pub(crate) struct TileSums(Vec<(u64, Vec<i128>)>);

impl TileSums {
    /// Adds products of a run in `tile`, which is not before that of any other.
    pub fn add(&mut self, tile: u64, products: Vec<i128>) {
        match self.0.last_mut() {
            Some((last, sums)) if *last == tile => sums.iter_mut().zip(products).for_each(|(sum, more)| *sum += more),
            _ => self.0.push((tile, products)),
        }
    }

    /// Adds what comes next in the file; tiles that are thereby complete go to `complete`.
    ///
    /// # Errors
    /// Those of `complete`.
    pub fn join(
        &mut self,
        next: Self,
        mut complete: impl FnMut(Vec<i128>) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        next.0.into_iter().for_each(|(tile, products)| self.add(tile, products));
        let done = self.0.len().saturating_sub(1);
        self.0.drain(..done).try_for_each(|(_, sums)| complete(sums))
    }

    /// The last tile, if there is one, goes to `complete`.
    ///
    /// # Errors
    /// Those of `complete`.
    pub fn finish(self, complete: impl FnMut(Vec<i128>) -> Result<(), EngineError>) -> Result<(), EngineError> {
        self.0.into_iter().map(|(_, sums)| sums).try_for_each(complete)
    }
}
