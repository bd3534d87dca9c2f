//! A network of validators.

use crate::{
    cache::Cache,
    error::io,
    identity::Identity,
    links::Links,
    node::{Node, Part, Plan},
    ports::{self, Claim, Places},
    process::Memory,
    spec,
    weather::{Link, Port},
    Error, Settings,
};
use quorate_client::{Account, Client};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::Instant;

/// How long nodes may take to answer: where no network was before, the first one compiles the runtime first.
const START: Duration = Duration::from_secs(180);
/// How often a condition is asked for.
const POLL: Duration = Duration::from_millis(250);

/// A running network. It prints what is done to it.
pub struct Network {
    nodes: Vec<Node>,
    founders: usize,
    organisations: usize,
    links: Option<Links>,
    began: Instant,
    folder: PathBuf,
    _claims: Vec<Claim>,
    /// Removed after the nodes have stopped.
    _scratch: Option<tempfile::TempDir>,
}

impl Network {
    /// Start every node and wait until each answers.
    pub async fn start(settings: Settings) -> Result<Self, Error> {
        let founders = settings.validators.max(1);
        let count = founders + settings.reserve;
        let scratch = match &settings.folder {
            Some(_) => None,
            None => Some(
                tempfile::Builder::new()
                    .prefix("quorate-")
                    .tempdir()
                    .map_err(io(std::env::temp_dir()))?,
            ),
        };
        let folder = match (&settings.folder, &scratch) {
            (Some(folder), _) => folder.clone(),
            (None, Some(scratch)) => scratch.path().to_path_buf(),
            (None, None) => std::env::temp_dir(),
        };
        std::fs::create_dir_all(&folder).map_err(io(&folder))?;
        let mut claims = Vec::new();
        let places = ports::choose(settings.ports, count, &mut claims)?;
        // Where others reach a validator: at its own ports, or at those of the proxies before them.
        let mut fronts: Vec<(u16, u16)> = places.iter().map(|places| (places.p2p, places.gateway)).collect();
        let mut links = None;
        if settings.links {
            let free = ports::free(2 * count, &mut claims)?;
            fronts = free.chunks_exact(2).map(|ports| (ports[0], ports[1])).collect();
            links = Some(proxies(&places, &fronts).await?);
        }
        let program = settings.program("quorate-node")?;
        if !program.is_file() {
            return Err(Error::NoProgram { path: program });
        }
        let cache = Cache::beside(&program)?;
        let filling = cache.as_ref().map(Cache::fill).transpose()?.flatten();
        let nodes = nodes(&settings, program, &folder, (&places, &fronts), cache.as_ref())?;
        let mut network = Self {
            nodes,
            founders,
            organisations: spec::organisations(founders, settings.organisations),
            links,
            began: Instant::now(),
            folder,
            _claims: claims,
            _scratch: scratch,
        };
        if filling.is_some() {
            // What it compiles the others find.
            network.nodes[0].restart()?;
            network.connect(0, START).await?;
        }
        for node in network.nodes.iter_mut().take(founders).filter(|node| !node.runs()) {
            node.restart()?;
        }
        network.tell_links();
        if let Some(filling) = filling {
            filling.done()?;
        }
        for index in 0..founders {
            network.connect(index, START).await?;
        }
        network.say(&format!("{founders} validators answer"));
        Ok(network)
    }

    /// All validators, those in reserve too.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Number of founding validators.
    pub fn founders(&self) -> usize {
        self.founders
    }

    /// Accounts of the organisations, in the order of their numbers.
    pub fn organisations(&self) -> Result<Vec<Account>, Error> {
        (0..self.organisations)
            .map(|number| {
                let uri = format!("//Org{number}");
                Account::from_uri(&uri).map_err(|error| Error::Key {
                    uri,
                    reason: error.to_string(),
                })
            })
            .collect()
    }

    /// A validator, to do something to it that the network does not do. Whoever starts it does that by [`Network::restart`].
    pub fn node_mut(&mut self, index: usize) -> &mut Node {
        &mut self.nodes[index]
    }

    /// Where everything lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Prints a line with the time since the start, on standard error: programs read standard output.
    pub fn say(&self, what: &str) {
        eprintln!("{:8.1} s  {what}", self.began.elapsed().as_secs_f64());
    }

    /// A connection to validator `index`, as soon as it answers.
    pub async fn connect(&mut self, index: usize, limit: Duration) -> Result<Client, Error> {
        let deadline = Instant::now() + limit;
        loop {
            self.alive()?;
            if let Ok(client) = self.nodes[index].client().await {
                return Ok(client);
            }
            if Instant::now() > deadline {
                return Err(self.nodes[index].late("answer", limit));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Wait until validator `index` has finalized a block above `above`.
    pub async fn wait_final(&mut self, index: usize, above: u32, limit: Duration) -> Result<(), Error> {
        let deadline = Instant::now() + limit;
        let client = self.connect(index, limit).await?;
        loop {
            self.alive()?;
            if client.finalized().await.is_ok_and(|block| block.number > above) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(self.nodes[index].late("finalize", limit));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Fails if a node has ended that was not stopped on purpose.
    pub fn alive(&mut self) -> Result<(), Error> {
        self.nodes.iter_mut().try_for_each(Node::alive)
    }

    /// Peak memory of every node and worker so far.
    pub fn memory(&self) -> Vec<Memory> {
        self.nodes.iter().map(Node::memory).collect()
    }

    /// SIGKILL.
    pub fn kill(&mut self, index: usize, part: Part) -> Result<(), Error> {
        self.say(&format!("kill {part:?} of validator {index}"));
        self.nodes[index].kill_part(part)?;
        self.tell_links();
        Ok(())
    }

    /// Start a node, or start it again.
    pub fn restart(&mut self, index: usize) -> Result<(), Error> {
        self.say(&format!("start validator {index}"));
        self.nodes[index].restart()?;
        self.tell_links();
        Ok(())
    }

    /// SIGSTOP.
    pub fn pause(&mut self, index: usize, part: Part) -> Result<(), Error> {
        self.say(&format!("pause {part:?} of validator {index}"));
        self.nodes[index].pause(part)
    }

    /// SIGCONT for what was paused.
    pub fn resume(&mut self, index: usize) -> Result<(), Error> {
        self.say(&format!("resume validator {index}"));
        self.nodes[index].resume()
    }

    fn tell_links(&self) {
        if let Some(links) = &self.links {
            links.set_nodes(self.nodes.iter().map(Node::process).collect());
        }
    }

    fn links(&self) -> &Links {
        self.links.as_ref().expect("the network was started with links")
    }

    /// Change the link between two validators.
    ///
    /// # Panics
    /// Without [`Settings::links`], as the next ones.
    pub fn link(&self, a: usize, b: usize, link: Link) {
        self.say(&format!("link between {a} and {b}: {link:?}"));
        self.links().set(a, b, link);
    }

    /// Change how anyone reaches a validator's gateway.
    pub fn link_gateway(&self, index: usize, link: Link) {
        self.say(&format!("gateway of {index}: {link:?}"));
        self.links().set_gateway(index, link);
    }

    /// Change all links between validators of `group` and the others.
    pub fn partition(&self, group: &[usize], link: Link) {
        self.say(&format!("between {group:?} and the others: {link:?}"));
        let group: BTreeSet<usize> = group.iter().copied().collect();
        self.links().partition(&group, self.nodes.len(), link);
    }

    /// Open all links.
    pub fn heal(&self) {
        self.say("all links are open");
        self.links().heal();
    }

    /// Stop every process; dropping the network does the same.
    pub fn stop(&mut self) {
        self.nodes.iter_mut().for_each(Node::ask_to_stop);
        self.nodes.iter_mut().for_each(Node::stop);
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn proxies(places: &[Places], fronts: &[(u16, u16)]) -> Result<Links, Error> {
    let mut links = Links::new();
    for (index, (places, (p2p, gateway))) in places.iter().zip(fronts).enumerate() {
        let ways = [
            (Port::Peer(index), *p2p, places.p2p, "p2p"),
            (Port::Gateway(index), *gateway, places.gateway, "gateway"),
        ];
        for (port, front, back, what) in ways {
            links.add(port, front, back).await.map_err(|_| Error::PortTaken {
                port: front,
                what: format!("{what} proxy of validator {index}"),
            })?;
        }
    }
    Ok(links)
}

fn nodes(
    settings: &Settings,
    program: PathBuf,
    folder: &Path,
    (places, fronts): (&[Places], &[(u16, u16)]),
    cache: Option<&Cache>,
) -> Result<Vec<Node>, Error> {
    let identities = (0..places.len()).map(Identity::new).collect::<Result<Vec<_>, _>>()?;
    let founders = identities.iter().zip(fronts).take(settings.validators.max(1));
    let founders: Vec<_> = founders.map(|(who, (_, gateway))| (who, *gateway)).collect();
    let spec = spec::write(&program, folder, &founders, settings, cache)?;
    let plan = |index: usize| {
        let others = identities
            .iter()
            .zip(fronts)
            .enumerate()
            .filter(|(other, _)| *other != index);
        let reserved =
            others.map(|(_, (who, (p2p, _)))| format!("--reserved-nodes=/ip4/127.0.0.1/tcp/{p2p}/p2p/{}", who.peer_id));
        let mut arguments = vec![format!("--chain={}", spec.display())];
        arguments.extend(reserved);
        arguments.extend(settings.arguments.iter().cloned());
        let of_worker = settings.worker_arguments.get(&index).into_iter().flatten();
        arguments.extend(of_worker.map(|argument| format!("--worker-arg={argument}")));
        let worker = match settings.workers.get(&index) {
            Some(worker) => worker.clone(),
            None => settings.program("quorate-worker")?,
        };
        let plan = Plan {
            index,
            identity: identities[index].clone(),
            places: places[index],
            gateway: fronts[index].1,
            program: program.clone(),
            worker: std::path::absolute(&worker).map_err(io(&worker))?,
            folder: std::path::absolute(folder).map_err(io(folder))?,
            cache: cache.map(|cache| cache.folder().to_path_buf()),
            arguments,
        };
        Node::new(plan, index < settings.validators.max(1))
    };
    (0..places.len()).map(plan).collect()
}
