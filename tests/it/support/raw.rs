//! A connection on which a test says when each byte goes out, for what no proper client does.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::http::Response;

/// One connection.
pub struct Raw(BufReader<TcpStream>);

impl Raw {
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a server that listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(30))).unwrap();
        Self(BufReader::new(stream))
    }

    /// Sends bytes; the server may have closed its end by then.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.get_mut().write_all(bytes.as_ref()).is_ok()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("an answer");
        line.trim_end().to_owned()
    }

    /// Reads one answer to a request that was not HEAD.
    pub fn answer(&mut self) -> Response {
        let start = self.line();
        let status =
            start.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("not an answer: `{start}`"));
        let mut headers = vec![];
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.push((name.to_owned(), value.to_owned()));
        }
        let mut answer = Response { status, headers, bytes: vec![] };
        let length = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        answer.bytes = vec![0; length];
        self.0.read_exact(&mut answer.bytes).expect("a whole body");
        answer
    }
}
