//! The real program, in a process of its own that can be killed.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;

use super::http::Client;

/// A running `htcd serve`, killed with the test.
pub struct Process {
    pub client: Client,
    pub address: SocketAddr,
    /// What it logged before it listened.
    pub said: String,
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

/// The program with arguments and nothing but these settings.
fn command(arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HTCD_")) {
        command.env_remove(name);
    }
    command.args(arguments).envs(settings.iter().copied());
    command
}

/// Runs a command to its end; answers whether it succeeded and all that it printed.
pub fn run(arguments: &[&str], settings: &[(&str, &str)], input: &str) -> (bool, String) {
    let mut command = command(arguments, settings);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("htcd starts");
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    (output.status.success(), [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text")).concat())
}

impl Process {
    /// Starts it over a database and waits until it listens.
    pub fn start(database_url: &str, settings: &[(&str, &str)]) -> Self {
        Self::start_in(Path::new("."), &["serve"], &[&[("HTCD_DATABASE_URL", database_url)], settings].concat())
    }

    /// The same in a folder of its own, with other arguments.
    pub fn start_in(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Self {
        let mut command = command(arguments, &[&[("HTCD_LISTEN", "127.0.0.1:0"), ("HTCD_RATE_LIMIT", "0")], settings].concat());
        command.current_dir(folder);
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
        Self { client: Client::new(address), address, said, child }
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
