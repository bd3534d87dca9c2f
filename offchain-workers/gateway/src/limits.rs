//! What outsiders may use at most.

use std::time::Duration;

/// What outsiders may use at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections of all.
    pub connections: usize,
    /// Of these, how many are for validators and their addresses alone.
    pub connections_for_validators: usize,
    /// Connections of one validator, known by its token, that count in no address; and as many that came in by one of its addresses.
    /// Further ones count as those of anybody.
    pub connections_of_validator: usize,
    /// Connections from one IPv4 address or one IPv6 network of 64 bits.
    pub connections_of_address: usize,
    /// Uploads at the same time.
    pub uploads: usize,
    pub uploads_of_organisation: usize,
    pub uploads_of_account: usize,
    /// Streams of tokens that are read at the same time.
    pub streams: usize,
    pub streams_of_organisation: usize,
    /// Bytes a second that the other side has to take or give whenever it is waited for.
    pub slowest: u64,
    /// Bytes a second below which an upload may have to give way to another one.
    pub fair: u64,
    /// How long the other side may be waited for: in a handshake, for request headers, and for bytes that it does not make up for by
    /// being faster than `slowest` before or after. An upload is not judged before this time has passed.
    pub idle: Duration,
    /// How long a part of an upload that broke off is kept for its uploader to go on with.
    pub keep_parts: Duration,
    /// After this time a connection takes no further request.
    pub connection: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            connections_for_validators: 64,
            connections_of_validator: 8,
            connections_of_address: 32,
            uploads: 16,
            uploads_of_organisation: 4,
            uploads_of_account: 2,
            streams: 64,
            streams_of_organisation: 8,
            slowest: 32 << 10,
            fair: 128 << 10,
            idle: Duration::from_secs(20),
            keep_parts: Duration::from_secs(3600),
            connection: Duration::from_secs(3600),
        }
    }
}
