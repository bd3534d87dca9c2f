//! What holds for any bytes on the stream between a node and a worker; the fuzz target has the same check.

use bytes::BytesMut;
use codec::{DecodeAll, Encode};
use quorate_protocol::{framing::ScaleCodec, view::ViewReceiver, FromWorker, ToWorker, MAX_FRAME};
use std::fmt::Debug;
use tokio_util::codec::Decoder;

/// The first byte says how many of the others arrive first. Messages are the same however the stream is cut.
pub fn frames(bytes: &[u8]) {
    let Some((&cut, stream)) = bytes.split_first() else {
        return;
    };
    let (first, rest) = stream.split_at(stream.len().min(cut.into()));
    let messages = read::<ToWorker>(&[first, rest]);
    assert_eq!(messages, read(&[stream]));
    receive(messages);
    assert_eq!(read::<FromWorker>(&[first, rest]), read(&[stream]));
}

/// All messages, up to the first frame that is none.
fn read<In: DecodeAll + Encode + Debug + PartialEq>(parts: &[&[u8]]) -> Vec<In> {
    let mut codec = ScaleCodec::<In, In>::default();
    let (mut buffer, mut messages) = (BytesMut::new(), Vec::new());
    for part in parts {
        buffer.extend_from_slice(part);
        loop {
            match codec.decode(&mut buffer) {
                Ok(Some(message)) => {
                    assert_eq!(In::decode_all(&mut message.encode().as_slice()).as_ref(), Ok(&message));
                    messages.push(message);
                }
                Ok(None) => break,
                // A side that breaks the rules is not listened to any more.
                Err(_) => return messages,
            }
        }
        // Nothing is kept for a length that was only promised.
        assert!(buffer.capacity() <= MAX_FRAME + stream_len(parts) + 1024);
    }
    messages
}

fn stream_len(parts: &[&[u8]]) -> usize {
    parts.iter().map(|part| part.len()).sum()
}

/// A view has what its messages named, and no more.
fn receive(messages: Vec<ToWorker>) {
    let (mut receiver, mut named) = (ViewReceiver::default(), 0);
    for message in messages {
        named += match &message {
            ToWorker::Snapshot { entries, .. } => entries.len(),
            ToWorker::Changes { added, .. } => added.len(),
            _ => 0,
        };
        receiver.take(message);
        assert!(receiver.view().is_none_or(|view| view.entries.len() <= named));
    }
}
