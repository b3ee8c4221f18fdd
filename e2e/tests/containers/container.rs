//! Containers, as narrow as a cluster may make them.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use kn_func_e2e::{Client, Ended, Finished, Server};
use serde_json::Value;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::image::Image;
use crate::store::podman;

/// A container that runs, removed when this is gone.
pub(crate) struct Container {
    server: Server,
    name: Name,
}

struct Name(String);

impl Drop for Name {
    fn drop(&mut self) {
        let removed = Finished::of(podman().args(["rm", "--force", "--time=0", "--ignore", &self.0]));
        if !removed.is_ok() {
            eprintln!("{removed}");
        }
    }
}

impl Container {
    /// Starts an image and waits until its function listens, in the network of the test.
    pub(crate) async fn start(image: &Image, options: &[&str]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = Name(format!("kn-func-e2e-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        let mut run = podman();
        run.args(["run", "--name", &name.0, "--pull=never", "--network=host"]);
        run.args(["--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"]);
        run.args(["--user=12345:12345", "--memory=64m"]);
        let mut server = Server::start(run.args(options).arg(image.name()));
        server.address().await;
        Self { server, name }
    }

    /// A client of the function, with connections of its own.
    pub(crate) fn client(&self) -> Client {
        Client::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)))
    }

    /// Waits for a line of the function's log.
    pub(crate) async fn says(&mut self, what: &str) -> String {
        self.server.says(what).await
    }

    /// What podman knows of it.
    pub(crate) fn inspect(&self) -> Value {
        let text = Finished::of(podman().args(["container", "inspect", &self.name.0])).stdout();
        let containers: Value = serde_json::from_str(&text).expect("podman prints JSON");
        containers[0].clone()
    }

    /// What the kernel knows of its function.
    pub(crate) fn process(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}", self.inspect()["State"]["Pid"]))
    }

    /// A line of the kernel's status of its function.
    pub(crate) fn status(&self, name: &str) -> String {
        let status = fs::read_to_string(self.process().join("status")).expect("the function runs");
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_else(|| panic!("no {name} in {status}")).trim().to_owned()
    }

    /// Begins `podman stop`, which waits a minute before it kills.
    pub(crate) fn begin_stop(&self) -> Stop {
        let mut stop = podman();
        stop.args(["stop", "--time=60", &self.name.0]);
        Stop(spawn_blocking(move || Finished::of(&mut stop)))
    }

    /// Waits for its end, which something else brings about.
    pub(crate) async fn ended(self) -> Ended {
        self.server.ended().await
    }

    /// Stops it.
    pub(crate) async fn stop(self) -> Ended {
        let stop = self.begin_stop();
        let ended = self.ended().await;
        stop.done().await;
        ended
    }
}

/// A `podman stop` under way.
pub(crate) struct Stop(JoinHandle<Finished>);

impl Stop {
    /// Waits until it has stopped the container.
    pub(crate) async fn done(self) {
        self.0.await.expect("podman stop ends").stdout();
    }
}
