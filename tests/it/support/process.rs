//! The real program, in a process of its own that can be killed.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;

use super::http::Client;

/// A running `htcd serve`, killed with the test.
pub struct Process {
    pub client: Client,
    pub address: SocketAddr,
    child: Child,
}

/// The program, built from the same sources as this test.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = std::env::current_exe().expect("the test's own path");
        let folder = test.parent().and_then(Path::parent).expect("target/<profile>/deps");
        let target = folder.parent().expect("target");
        let profile = match folder.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => "dev",
            Some(other) => other,
        };
        // Always asked, since a program of yesterday would be tested otherwise; cargo does nothing where nothing changed.
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
        let built = Command::new(cargo)
            .args(["build", "--quiet", "-p", "htcd-api", "--bin", "htcd", "--profile", profile, "--manifest-path", manifest])
            .arg("--target-dir")
            .arg(target)
            .status();
        assert!(built.expect("cargo runs").success(), "htcd does not build");
        folder.join("htcd")
    })
}

/// Runs a command of the program to its end over a database; answers what it printed.
pub fn run(database_url: &str, arguments: &[&str]) -> String {
    let mut command = command();
    let done = command.args(arguments).env("HTCD_DATABASE_URL", database_url).output().expect("htcd runs");
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("text")
}

/// The program, without the settings of this run.
fn command() -> Command {
    let mut command = Command::new(program());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HTCD_")) {
        command.env_remove(name);
    }
    command
}

impl Process {
    /// Starts it over a database and waits until it listens.
    pub fn start(database_url: &str, settings: &[(&str, &str)]) -> Self {
        let mut command = command();
        command
            .arg("serve")
            .env("HTCD_DATABASE_URL", database_url)
            .env("HTCD_LISTEN", "127.0.0.1:0")
            .env("HTCD_RATE_LIMIT", "0")
            .envs(settings.iter().copied());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("htcd starts");
        let mut log = BufReader::new(child.stderr.take().expect("its log"));
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            assert_ne!(log.read_line(&mut line).expect("its log"), 0, "htcd ended before it listened:\n{said}");
            if let Some((_, address)) = line.trim_end().split_once("listening address=") {
                break address.parse().expect("an address");
            }
            said.push_str(&line);
        };
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self { client: Client::new(address), address, child }
    }

    /// Ends it at once, as the kernel does when memory runs out.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Asks it to end, as an operator or a container runtime does.
    pub fn ask_to_end(&self) {
        assert!(Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill runs").success());
    }

    /// Waits for its end.
    pub fn ended(mut self) -> ExitStatus {
        self.child.wait().expect("it ends")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
