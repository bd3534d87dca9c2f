//! A connection whose other side has to take what is sent at some rate.

use crate::Limits;
use quorate_blobs::Patience;
use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{sleep_until, Sleep},
};

/// Writing fails when the other side does not take the bytes. What it sends is watched where it is awaited: headers by `hyper`,
/// uploads where they are stored.
pub(crate) struct Paced<S> {
    stream: S,
    patience: Patience,
    /// Since when it is waited for, and the end of the patience.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<S> Paced<S> {
    pub fn new(stream: S, limits: &Limits) -> Self {
        Self {
            stream,
            patience: Patience::new(limits.idle, limits.slowest),
            waiting: None,
        }
    }

    /// Watches a step that writes.
    fn watch<T>(
        &mut self,
        context: &mut Context<'_>,
        step: Poll<io::Result<T>>,
        bytes: impl FnOnce(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        match step {
            Poll::Ready(result) => {
                if let Some((since, _)) = self.waiting.take() {
                    self.patience.waited(since.elapsed());
                }
                if let Ok(done) = &result {
                    self.patience.moved(bytes(done));
                }
                Poll::Ready(result)
            }
            Poll::Pending => {
                let left = self.patience.left();
                let (_, end) = self.waiting.get_or_insert_with(|| {
                    let now = Instant::now();
                    (now, Box::pin(sleep_until((now + left).into())))
                });
                let late = || io::Error::new(io::ErrorKind::TimedOut, "the answer is taken too slowly");
                end.as_mut().poll(context).map(|()| Err(late()))
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let step = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, step, |written| *written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let step = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.watch(context, step, |written| *written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let step = Pin::new(&mut self.stream).poll_flush(context);
        self.watch(context, step, |()| 0)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let step = Pin::new(&mut self.stream).poll_shutdown(context);
        self.watch(context, step, |()| 0)
    }
}
