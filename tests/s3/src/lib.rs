#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

/// What opens every bucket.
pub const ACCESS_KEY: &str = "QUORATETEST";
pub const SECRET_KEY: &str = "a-secret-of-no-worth";
/// Name of the test that is the server's process.
pub const PROCESS: &str = "s3_server_process";

const FOLDER: &str = "QUORATE_TEST_S3_FOLDER";
const ADDRESS: &str = "QUORATE_TEST_S3_ADDRESS";
const HOLD: &str = "QUORATE_TEST_S3_HOLD";
const READY: &str = "s3 listens on ";

/// A server. Killed when dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts one whose buckets are the folders in `folder`, on a free port.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(folder: &Path) -> Self {
        Self::at(folder, ([127, 0, 0, 1], 0).into(), None)
    }

    /// Starts one in place of another one; the parts from this number on of each upload in parts are never answered.
    ///
    /// # Panics
    /// If it does not start.
    pub fn at(folder: &Path, address: SocketAddr, hold_parts_from: Option<u32>) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("the path of this program"));
        command
            .args([PROCESS, "--exact", "--nocapture"])
            .env(FOLDER, folder)
            .env(ADDRESS, address.to_string())
            .stdout(Stdio::piped());
        if let Some(from) = hold_parts_from {
            command.env(HOLD, from.to_string());
        }
        let mut process = command.spawn().expect("the server starts");
        let output = BufReader::new(process.stdout.take().expect("piped"));
        let address = output.lines().find_map(|line| {
            let line = line.expect("text");
            line.split_once(READY)
                .map(|(_, address)| address.parse().expect("an address"))
        });
        Self {
            process,
            address: address.expect("the server says where it listens: is there a test of the name s3_server_process in the root of its test program?"),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Kills it; returns where it listened.
    ///
    /// # Panics
    /// If it cannot be killed.
    pub fn kill(mut self) -> SocketAddr {
        self.process.kill().expect("it can be killed");
        self.process.wait().expect("it ends");
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by now.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The body of the test [`PROCESS`]: serves for ever in the server's process, and does nothing elsewhere.
///
/// # Panics
/// If the server does not start.
pub fn process() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let address: SocketAddr = std::env::var(ADDRESS).expect("an address").parse().expect("an address");
    let hold = std::env::var(HOLD).ok().map(|from| from.parse().expect("a number"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime
        .expect("a runtime")
        .block_on(serve(Path::new(&folder), address, hold));
}

async fn serve(folder: &Path, address: SocketAddr, hold: Option<u32>) {
    let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).expect("the folder"));
    service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    let service = service.build();
    let listener = tokio::net::TcpListener::bind(address).await.expect("the address");
    println!("{READY}{}", listener.local_addr().expect("an address"));
    loop {
        let (stream, _) = listener.accept().await.expect("connections");
        let service = service.clone();
        let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let service = service.clone();
            async move {
                let number = request.uri().query().and_then(part_number);
                if hold.zip(number).is_some_and(|(from, number)| number >= from) {
                    std::future::pending::<()>().await;
                }
                hyper::service::Service::call(&service, request).await
            }
        });
        tokio::spawn(async move {
            // A client that breaks off is a part of the tests.
            let _ = Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn part_number(query: &str) -> Option<u32> {
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("partNumber=")?.parse().ok())
}
