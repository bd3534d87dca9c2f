//! How many queries of the runtime are answered at the same time, and whose is next.
//!
//! A query runs Wasm for up to some hundred milliseconds. Few run at a time, so that they leave the processor's cores to those that serve
//! peers, blocks and votes. The others wait, without a thread, not too many, not for ever, and none of those who ask shuts out the others:
//! see [`queue`].

mod queue;

use jsonrpsee::{server::ConnectionId, types::ErrorObjectOwned, Extensions};
use parking_lot::Mutex;
use queue::{Full, Queue};
use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};
use tokio::{sync::oneshot, time::timeout};

/// Code of an error: too many queries are asked at once.
pub const BUSY: i32 = 7_002;
/// How long a query waits.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who asks: places are shared by address, and those of an address by connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// None: this process.
    pub address: Option<Site>,
    pub connection: u64,
}

impl Caller {
    /// The server says who asks; whoever calls a method in this process is nobody of another address.
    pub fn of(extensions: &Extensions, connection: ConnectionId) -> Self {
        extensions.get().copied().unwrap_or(Self {
            address: None,
            connection: connection.0 as u64,
        })
    }
}

/// Whoever has one address of it may have all: an IPv4 address, or a network of IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site(IpAddr);

impl From<IpAddr> for Site {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) if !address.is_loopback() => {
                let [a, b, c, d, ..] = address.segments();
                Self(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
            }
            address => Self(address),
        }
    }
}

impl Site {
    /// Whether it is an address that only programs of this machine have.
    pub fn is_this_machine(self) -> bool {
        self.0.is_loopback()
    }
}

/// Lets a number of queries in.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Inner>);

/// What waits at a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Queries,
    Reads,
    Transactions,
}

#[derive(Debug)]
struct Inner {
    of: Of,
    most: u32,
    patience: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: u32,
    queue: Queue<oneshot::Sender<Pass>>,
}

/// A query that was let in; it leaves when this is dropped.
#[derive(Debug)]
pub struct Pass(Arc<Inner>);

impl Gate {
    pub fn new(most: NonZeroU32) -> Self {
        Self::with_patience(Of::Queries, most, PATIENCE)
    }

    /// For what reads a small piece of the database.
    pub fn of_reads(most: NonZeroU32) -> Self {
        Self::with_patience(Of::Reads, most, PATIENCE)
    }

    /// For transactions that are handed in, apart from queries.
    pub fn of_transactions(most: NonZeroU32) -> Self {
        Self::with_patience(Of::Transactions, most, PATIENCE)
    }

    fn with_patience(of: Of, most: NonZeroU32, patience: Duration) -> Self {
        Self(Arc::new(Inner {
            of,
            most: most.get(),
            patience,
            state: Mutex::default(),
        }))
    }

    /// Half of the processor's cores: the other half is the chain's.
    pub fn standard() -> NonZeroU32 {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        NonZeroU32::new(cores / 2).unwrap_or(NonZeroU32::MIN)
    }

    /// How many are in at a time.
    pub fn most(&self) -> u32 {
        self.0.most
    }

    /// Waits for its turn; whoever drops the future gives it up.
    ///
    /// # Errors
    /// [`BUSY`]: too many wait already, or it took too long.
    pub async fn enter(&self, caller: Caller) -> Result<Pass, ErrorObjectOwned> {
        let inner = &self.0;
        let place = {
            let mut state = inner.state.lock();
            if state.running < inner.most {
                state.running += 1;
                state.queue.served(caller);
                return Ok(Pass(inner.clone()));
            }
            state.queue.retain(|place| !place.is_closed());
            let (place, mine) = oneshot::channel();
            match state.queue.push(caller, place) {
                // It hears of it by its end being dropped.
                Ok(pushed_out) => drop(pushed_out),
                Err(Full) => return Err(busy(inner, "too many wait")),
            }
            mine
        };
        match timeout(inner.patience, place).await {
            Ok(Ok(pass)) => Ok(pass),
            Ok(Err(_)) => Err(busy(inner, "others, who have fewer waiting than this client, came")),
            Err(_) => Err(busy(inner, "this one's turn did not come in time")),
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let next = {
            let mut state = self.0.state.lock();
            let next = state.queue.next();
            if next.is_none() {
                state.running -= 1;
            }
            next
        };
        // Outside of the lock: the pass of one that waits no more comes back, and goes on to the next.
        if let Some(place) = next {
            let _unless_gone = place.send(Pass(self.0.clone()));
        }
    }
}

fn busy(at: &Inner, why: &str) -> ErrorObjectOwned {
    let most = at.most;
    let what = match at.of {
        Of::Queries => format!(
            "this node answers {most} queries of its runtime at a time, and {why}: ask again later, another node, or start it with more \
             --rpc-max-queries"
        ),
        Of::Reads => format!("this node reads for {most} requests at a time, and {why}: ask again later, or another node"),
        Of::Transactions => {
            format!("this node takes {most} transactions at a time, and {why}: hand it in again later, or to another node")
        }
    };
    ErrorObjectOwned::owned(BUSY, what, None::<()>)
}

#[cfg(test)]
mod tests;
