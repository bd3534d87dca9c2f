//! Pieces of work that are done on several threads, and taken in their order.

use crate::ConvertError;
use std::{
    num::NonZeroUsize,
    sync::mpsc::{channel, sync_channel},
    thread,
};

/// Most threads: memory grows with them, and whoever takes what they make is one.
const MOST: usize = 8;
/// Pieces that a thread has ready at most, beside the one that it works at.
const READY: usize = 1;

/// Threads for work on this machine.
pub(crate) fn threads() -> NonZeroUsize {
    let found = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    found.min(NonZeroUsize::new(MOST).unwrap_or(NonZeroUsize::MIN))
}

/// Makes pieces `0..count` on threads, and gives each to `take`, on this thread, in their order.
///
/// `make` has room of its own, `R`, which comes to it again with what it had; there are three for each thread.
///
/// # Errors
/// That of the first piece that has one, whatever the number of threads; later ones may have been made then, and none was taken.
pub(crate) fn in_order<R: Default + Send, T: Send>(
    threads: NonZeroUsize,
    count: u64,
    make: impl Fn(u64, &mut R) -> Result<T, ConvertError> + Sync,
    mut take: impl FnMut(u64, T, &R) -> Result<(), ConvertError>,
) -> Result<(), ConvertError> {
    let threads = count.min(threads.get() as u64);
    if threads <= 1 {
        let mut room = R::default();
        return (0..count).try_for_each(|piece| {
            let made = make(piece, &mut room)?;
            take(piece, made, &room)
        });
    }
    thread::scope(|scope| {
        let mut lanes = Vec::new();
        for first in 0..threads {
            let (made, ready) = sync_channel::<Result<(T, R), ConvertError>>(READY);
            let (taken, free) = channel::<R>();
            let make = &make;
            let work = move || {
                for piece in (first..count).step_by(threads as usize) {
                    let mut room = free.try_recv().unwrap_or_default();
                    let result = make(piece, &mut room).map(|what| (what, room));
                    let failed = result.is_err();
                    // Nobody takes it any more where an earlier piece failed.
                    if made.send(result).is_err() || failed {
                        return;
                    }
                }
            };
            let thread = thread::Builder::new().name("quorate-convert".into());
            thread.spawn_scoped(scope, work).map_err(ConvertError::thread)?;
            lanes.push((ready, taken));
        }
        for (piece, (ready, taken)) in (0..count).zip(lanes.iter().cycle()) {
            // A thread that panicked gives nothing, and its panic goes on where the scope ends.
            let Ok(result) = ready.recv() else { break };
            let (made, room) = result?;
            take(piece, made, &room)?;
            // Its thread may have ended.
            let _ = taken.send(room);
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    const SEVERAL: [usize; 4] = [1, 2, 3, 7];

    fn wrong(piece: u64) -> ConvertError {
        ConvertError::Unknown(piece.to_string())
    }

    #[test]
    fn pieces_should_be_taken_in_their_order_by_any_number_of_threads() {
        for threads in SEVERAL {
            for count in [0, 1, 2, 3, 50] {
                let mut taken = Vec::new();
                let make = |piece, room: &mut u64| {
                    // The later one of a pair is ready first.
                    std::thread::sleep(std::time::Duration::from_micros(200 * (piece % 2)));
                    *room = piece;
                    Ok(piece * piece)
                };
                in_order(
                    NonZeroUsize::new(threads).unwrap(),
                    count,
                    make,
                    |piece, square, room| {
                        taken.push((piece, square, *room));
                        Ok(())
                    },
                )
                .unwrap();
                let expected: Vec<_> = (0..count).map(|piece| (piece, piece * piece, piece)).collect();
                assert_eq!(taken, expected, "{threads} threads");
            }
        }
    }

    #[test]
    fn error_should_be_that_of_the_first_piece_that_has_one_and_nothing_after_it_be_taken() {
        for threads in SEVERAL {
            let mut taken = 0;
            let make = |piece, _: &mut ()| match piece {
                13 | 14 | 30 => Err(wrong(piece)),
                _ => Ok(()),
            };
            let result = in_order(NonZeroUsize::new(threads).unwrap(), 100, make, |_, (), ()| {
                taken += 1;
                Ok(())
            });
            let Err(ConvertError::Unknown(first)) = result else {
                panic!("{threads} threads")
            };
            assert_eq!((first.as_str(), taken), ("13", 13), "{threads} threads");
        }
    }

    #[test]
    fn work_should_end_when_nothing_is_taken_any_more_and_never_be_far_ahead() {
        for threads in SEVERAL {
            let begun = AtomicU64::new(0);
            let make = |_, _: &mut ()| {
                begun.fetch_add(1, Ordering::SeqCst);
                Ok(())
            };
            let result = in_order(
                NonZeroUsize::new(threads).unwrap(),
                1_000,
                make,
                |piece, (), ()| match piece {
                    20 => Err(wrong(piece)),
                    _ => Ok(()),
                },
            );
            assert!(result.is_err());
            // Each has one ready, one in its hands, and one was taken.
            let most = 20 + threads as u64 * 3;
            let begun = begun.into_inner();
            assert!(begun <= most, "{begun} of at most {most} with {threads} threads");
        }
    }

    #[test]
    fn panic_of_a_thread_should_go_on() {
        let make = |piece, _: &mut ()| match piece {
            5 => panic!("as it should"),
            _ => Ok(()),
        };
        let two = NonZeroUsize::new(2).unwrap();
        let panicked = std::panic::catch_unwind(|| in_order(two, 100, make, |_, (), ()| Ok(())));
        assert!(panicked.is_err());
    }
}
