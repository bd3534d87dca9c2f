//! One node at a time: two would show the gateway two views by turns.

use quorate_primitives::{AccountId, Hash};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// The one place.
#[derive(Debug, Default)]
pub(crate) struct Seats(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    given: u64,
    taken: Option<Taken>,
}

#[derive(Debug)]
struct Taken {
    number: u64,
    node: Hash,
    end: CancellationToken,
}

/// The place, until it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Arc<Seats>,
    number: u64,
    end: CancellationToken,
}

impl Seats {
    /// Takes the place for a connection of the process `node`. An earlier connection of the same process ends: it may be half open.
    ///
    /// # Errors
    /// In words, while another process has it; `serves` is the validator that it acts for.
    pub fn take(self: &Arc<Self>, node: Hash, serves: Option<&AccountId>) -> Result<Seat, String> {
        let mut known = self.lock();
        if let Some(taken) = known.taken.take_if(|taken| taken.node == node) {
            taken.end.cancel();
        }
        if let Some(taken) = &known.taken {
            let other = match serves {
                Some(validator) => format!("the node of validator {validator}"),
                None => "another node".to_owned(),
            };
            return Err(format!(
                "this worker serves {other} (process {:?}), and one node at a time: stop that node, or give this one a worker of its own",
                taken.node
            ));
        }
        known.given += 1;
        let (number, end) = (known.given, CancellationToken::new());
        known.taken = Some(Taken {
            number,
            node,
            end: end.clone(),
        });
        Ok(Seat {
            seats: self.clone(),
            number,
            end,
        })
    }

    /// Whether a node is served.
    pub fn is_taken(&self) -> bool {
        self.lock().taken.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Resolves when the same process has connected anew.
    pub async fn lost(&self) {
        self.end.cancelled().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.lock().taken.take_if(|taken| taken.number == self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_process_at_a_time_should_be_served_and_its_newest_connection_alone() {
        let seats = Arc::new(Seats::default());
        let [a, b] = [1, 2].map(Hash::repeat_byte);
        let first = seats.take(a, None).unwrap();
        let refused = seats.take(b, Some(&AccountId::new([7; 32]))).unwrap_err();
        assert!(
            refused.contains("validator 5") && refused.contains("0x0101"),
            "{refused}"
        );
        let second = seats.take(a, None).unwrap();
        first.lost().await;
        // That the first one ends gives the second's place to nobody.
        drop(first);
        assert!(seats.take(b, None).is_err());
        drop(second);
        assert!(!seats.is_taken());
        seats.take(b, None).unwrap();
    }
}
