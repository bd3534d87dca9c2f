//! Frames: a `u32` little-endian length, then SCALE.

use crate::MAX_FRAME;
use bytes::{Bytes, BytesMut};
use codec::{DecodeAll, Encode};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::codec::{Decoder, Encoder, FramedRead, FramedWrite, LengthDelimitedCodec};

/// Why a stream of frames ended.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    #[error("stream: {0}")]
    Io(#[from] std::io::Error),
    #[error("frame is not what the protocol allows: {0}")]
    Scale(#[from] codec::Error),
}

/// Codec of one direction each: sends `Out`, receives `In`.
pub struct ScaleCodec<Out, In> {
    frames: LengthDelimitedCodec,
    messages: std::marker::PhantomData<fn(Out) -> In>,
}

impl<Out, In> Default for ScaleCodec<Out, In> {
    fn default() -> Self {
        let frames = LengthDelimitedCodec::builder()
            .little_endian()
            .max_frame_length(MAX_FRAME)
            .new_codec();
        Self {
            frames,
            messages: std::marker::PhantomData,
        }
    }
}

impl<Out: Encode, In> Encoder<Out> for ScaleCodec<Out, In> {
    type Error = FrameError;

    fn encode(&mut self, message: Out, buffer: &mut BytesMut) -> Result<(), FrameError> {
        Ok(self.frames.encode(Bytes::from(message.encode()), buffer)?)
    }
}

impl<Out, In: DecodeAll> Decoder for ScaleCodec<Out, In> {
    type Item = In;
    type Error = FrameError;

    fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<In>, FrameError> {
        match self.frames.decode(buffer)? {
            Some(frame) => Ok(Some(In::decode_all(&mut frame.as_ref())?)),
            None => Ok(None),
        }
    }
}

/// The two halves of a connection: a sink of `Out` and a stream of `In`.
pub type Halves<Out, In, R, W> = (FramedWrite<W, ScaleCodec<Out, In>>, FramedRead<R, ScaleCodec<Out, In>>);

/// Split a stream into a sink of `Out` and a stream of `In`.
pub fn framed<Out: Encode, In: DecodeAll, R: AsyncRead, W: AsyncWrite>(read: R, write: W) -> Halves<Out, In, R, W> {
    (
        FramedWrite::new(write, ScaleCodec::default()),
        FramedRead::new(read, ScaleCodec::default()),
    )
}
