//! One direction of a connection through a proxy.

use crate::weather::{Link, Weather};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::tcp::{OwnedReadHalf, OwnedWriteHalf},
    sync::watch,
};

const PIECE: usize = 16 << 10;

/// Copies until either side ends. A link that is cut ends the connection elsewhere.
pub(crate) async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut weather: watch::Receiver<Weather>,
    link: impl Fn(&Weather) -> Link,
) {
    let mut piece = vec![0; PIECE];
    loop {
        // A slow link takes no more at once than it sends in a tenth of a second.
        let most = match link(&weather.borrow()) {
            Link::Slow { rate, .. } => (rate as usize / 10).clamp(1, PIECE),
            _ => PIECE,
        };
        let Ok(got @ 1..) = from.read(&mut piece[..most]).await else {
            break;
        };
        if weather.wait_for(|weather| link(weather) != Link::Held).await.is_err() {
            return;
        }
        let slow = link(&weather.borrow());
        if let Link::Slow { delay, rate } = slow {
            let sending = Duration::from_secs(1) * got as u32 / rate.max(1);
            tokio::time::sleep(delay + sending).await;
        }
        if to.write_all(&piece[..got]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}
