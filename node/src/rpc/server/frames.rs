//! What a WebSocket's client announces, counted before there is room for it: whoever reads messages makes room for a whole one as soon as its
//! header came.

use super::memory::Held;
use parking_lot::Mutex;
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A socket whose client's messages are counted.
pub struct Counted<S> {
    socket: S,
    announced: Arc<Mutex<Held>>,
    frames: Frames,
    /// A frame that is longer than this is not taken.
    longest: u64,
}

/// Where in a frame the client is.
#[derive(Default)]
struct Frames {
    header: [u8; 14],
    known: usize,
    left: u64,
}

impl<S> Counted<S> {
    pub fn new(socket: S, announced: Arc<Mutex<Held>>, longest: u32) -> Self {
        Self {
            socket,
            announced,
            frames: Frames::default(),
            longest: longest.into(),
        }
    }

    fn count(&mut self, bytes: &[u8]) -> io::Result<()> {
        let longest = self.longest;
        // One that is too long is read over, not kept.
        let announced = self
            .frames
            .lengths(bytes)
            .into_iter()
            .filter(|length| *length <= longest)
            .sum();
        if announced > 0 && !self.announced.lock().grow(announced) {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        Ok(())
    }
}

impl Frames {
    /// Lengths of the frames with data that these bytes begin.
    fn lengths(&mut self, mut bytes: &[u8]) -> Vec<u64> {
        let mut lengths = Vec::new();
        while !bytes.is_empty() {
            if self.left > 0 {
                let over = self.left.min(bytes.len() as u64);
                self.left -= over;
                bytes = &bytes[over as usize..];
                continue;
            }
            self.header[self.known] = bytes[0];
            self.known += 1;
            bytes = &bytes[1..];
            let Some(length) = self.length() else { continue };
            // Pings and what else is not data have at most 125 bytes.
            if self.header[0] & 0x08 == 0 {
                lengths.push(length);
            }
            (self.known, self.left) = (0, length);
        }
        lengths
    }

    /// How long the frame is, once its header is whole.
    fn length(&self) -> Option<u64> {
        if self.known < 2 {
            return None;
        }
        let short = self.header[1] & 0x7f;
        let width = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mask = if self.header[1] & 0x80 == 0 { 0 } else { 4 };
        if self.known < 2 + width + mask {
            return None;
        }
        let long = self.header[2..2 + width].iter();
        Some(match width {
            0 => short.into(),
            _ => long.fold(0, |length, byte| length << 8 | u64::from(*byte)),
        })
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = bytes.filled().len();
        let read = Pin::new(&mut self.socket).poll_read(context, bytes);
        if let Poll::Ready(Ok(())) = read {
            self.count(&bytes.filled()[before..])?;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_should_be_read_however_the_bytes_are_cut() {
        let masked = |first: u8, length: &[u8], payload: usize| {
            let mut frame = vec![first];
            frame.extend(length);
            frame.extend([7; 4]);
            frame.extend(vec![0x81; payload]);
            frame
        };
        let mut stream = masked(0x81, &[0x80 | 5], 5);
        stream.extend(masked(0x89, &[0x80 | 3], 3));
        stream.extend(masked(0x01, &[0x80 | 126, 1, 0], 256));
        stream.extend(masked(0x80, &[0x80], 0));
        stream.extend(masked(0x82, &[0x80 | 127, 0, 0, 0, 0, 0, 1, 0, 0], 65_536));
        // Without a mask, which is an error that others find.
        stream.extend([0x81, 1, 9]);
        // The rest of this one never comes.
        stream.extend(masked(0x81, &[0x80 | 127, 0xff, 0, 0, 0, 0, 0, 0, 0], 9));
        for cut in [1, 2, 3, 7, 1_000, stream.len()] {
            let mut frames = Frames::default();
            let lengths: Vec<_> = stream.chunks(cut).flat_map(|bytes| frames.lengths(bytes)).collect();
            assert_eq!(lengths, [5, 256, 0, 65_536, 1, 0xff << 56], "{cut}");
        }
    }
}
