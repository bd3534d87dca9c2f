//! Messages on their way to the worker: bounded, and each for one connection only.

use quorate_protocol::ToWorker;
use std::sync::{
    atomic::{AtomicU64, Ordering},
    Arc,
};
use tokio::sync::{
    mpsc::{channel, Receiver, Sender},
    Notify,
};

/// Requests, answers and tokens that wait. A round has a handful.
const COMMANDS: usize = 1_024;
/// Parts of the view that wait, each of about a megabyte at most.
const VIEWS: usize = 8;

/// Which connection is there; 0: none.
#[derive(Clone, Debug, Default)]
struct Session(Arc<AtomicU64>);

/// What is said to a worker, and to which connection.
type Said = (u64, ToWorker);

/// Commands to the worker: given without waiting. Without a worker they go nowhere: an earlier connection's mean nothing to the next.
#[derive(Clone, Debug)]
pub struct Commands {
    session: Session,
    sender: Sender<Said>,
    full: Arc<Notify>,
}

/// The view's way to the worker: whoever sends waits for a slow one.
#[derive(Clone, Debug)]
pub struct Views {
    session: Session,
    sender: Sender<Said>,
}

/// The link's ends of both.
#[derive(Debug)]
pub struct Queues {
    session: Session,
    last: u64,
    commands: Receiver<Said>,
    views: Receiver<Said>,
    full: Arc<Notify>,
}

/// What the link is to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    Send(ToWorker),
    /// The worker takes too little: the connection is to be given up.
    Full,
    /// The gadget is gone.
    Closed,
}

/// Both queues, without a connection.
pub fn queues() -> (Commands, Views, Queues) {
    let (session, full) = (Session::default(), Arc::new(Notify::new()));
    let (command, commands) = channel(COMMANDS);
    let (view, views) = channel(VIEWS);
    (
        Commands {
            session: session.clone(),
            sender: command,
            full: full.clone(),
        },
        Views {
            session: session.clone(),
            sender: view,
        },
        Queues {
            session,
            last: 0,
            commands,
            views,
            full,
        },
    )
}

impl Commands {
    /// Says it to the worker that is there, if one is.
    pub fn send(&self, message: ToWorker) {
        let session = self.session.0.load(Ordering::Acquire);
        if session != 0 && self.sender.try_send((session, message)).is_err() {
            self.full.notify_one();
        }
    }
}

impl Views {
    /// The connection that is there, for the messages of one view.
    pub fn session(&self) -> u64 {
        self.session.0.load(Ordering::Acquire)
    }

    /// Says it to this connection, as soon as there is room. Returns whether the link is there.
    pub async fn send(&self, session: u64, message: ToWorker) -> bool {
        session == 0 || self.sender.send((session, message)).await.is_ok()
    }
}

impl Queues {
    /// A connection is there: from now on it gets what is sent.
    pub fn begin(&mut self) {
        self.last += 1;
        self.session.0.store(self.last, Ordering::Release);
    }

    /// The connection is gone: what waits for it goes nowhere.
    pub fn end(&mut self) {
        self.session.0.store(0, Ordering::Release);
        while self.commands.try_recv().is_ok() {}
        while self.views.try_recv().is_ok() {}
    }

    /// The next message for the connection that is there.
    pub async fn next(&mut self) -> Next {
        loop {
            let (session, message) = tokio::select! {
                biased;
                () = self.full.notified() => return Next::Full,
                command = self.commands.recv() => match command {
                    Some(command) => command,
                    None => return Next::Closed,
                },
                Some(view) = self.views.recv() => view,
            };
            if session == self.last {
                return Next::Send(message);
            }
        }
    }

    /// The gadget is gone.
    pub fn is_closed(&self) -> bool {
        self.commands.is_closed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cancel(request: u64) -> ToWorker {
        ToWorker::Cancel { request }
    }

    #[tokio::test]
    async fn message_for_an_earlier_connection_should_not_reach_the_next() {
        let (commands, views, mut queues) = queues();
        commands.send(cancel(1));
        queues.begin();
        commands.send(cancel(2));
        let early = views.session();
        assert!(views.send(early, cancel(3)).await);
        assert_eq!(queues.next().await, Next::Send(cancel(2)));
        queues.end();
        commands.send(cancel(4));
        queues.begin();
        // Its view was made for the connection before.
        assert!(views.send(early, cancel(5)).await);
        assert!(views.send(views.session(), cancel(6)).await);
        assert_eq!(queues.next().await, Next::Send(cancel(6)));
    }

    #[tokio::test]
    async fn worker_that_takes_nothing_should_cost_its_connection_and_no_memory() {
        let (commands, _views, mut queues) = queues();
        queues.begin();
        for request in 0..10 * COMMANDS as u64 {
            commands.send(cancel(request));
        }
        assert_eq!(commands.sender.capacity(), 0);
        assert_eq!(queues.next().await, Next::Full);
        queues.end();
        assert_eq!(commands.sender.capacity(), COMMANDS);
        // Nothing grows while nobody is there.
        (0..10 * COMMANDS as u64).for_each(|request| commands.send(cancel(request)));
        assert_eq!(commands.sender.capacity(), COMMANDS);
    }

    #[tokio::test]
    async fn command_should_not_wait_behind_a_large_view() {
        let (commands, views, mut queues) = queues();
        queues.begin();
        for _ in 0..VIEWS {
            assert!(views.send(views.session(), cancel(0)).await);
        }
        commands.send(cancel(1));
        assert_eq!(queues.next().await, Next::Send(cancel(1)));
    }
}
