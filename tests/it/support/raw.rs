//! A connection on which a test says when each byte goes out, for what no proper client does.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
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

    /// Everything that still comes until the server closes; what was on its way may be lost by then.
    pub fn rest(&mut self) -> String {
        let mut bytes = vec![];
        match self.0.read_to_end(&mut bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("still open: {}", String::from_utf8_lossy(&bytes)),
            _ => String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// Takes so many bytes of what comes, fewer if the server closes before; answers how many.
    pub fn take(&mut self, most: usize) -> usize {
        let (mut taken, mut part) = (0, vec![0; 1 << 16]);
        while taken < most {
            let end = part.len().min(most - taken);
            match self.0.read(&mut part[..end]) {
                Ok(0) => break,
                Ok(read) => taken += read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("still open after {taken} bytes"),
                Err(_) => break,
            }
        }
        taken
    }

    /// Whether the server has closed it.
    pub fn is_closed(&mut self) -> bool {
        let stream = self.0.get_ref();
        stream.set_nonblocking(true).unwrap();
        let mut bytes = [0; 1024];
        let seen = stream.peek(&mut bytes);
        stream.set_nonblocking(false).unwrap();
        match seen {
            // An answer, such as 408, comes before the end.
            Ok(length) => length == 0 || String::from_utf8_lossy(&bytes[..length]).contains("HTTP/1.1 408"),
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        }
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
