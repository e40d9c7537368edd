//! A mail server, as far as a test needs one, and a reader of what it gets.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;

/// It takes one connection after another, in a thread of its own, until it is dropped.
pub struct PostOffice {
    pub port: u16,
    state: Arc<State>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    refuses: AtomicBool,
    is_closing: AtomicBool,
    received: Mutex<Vec<String>>,
    commands: Mutex<Vec<String>>,
}

impl PostOffice {
    pub fn open() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// Opens where one was before.
    pub fn open_at(port: u16) -> Self {
        Self::on(TcpListener::bind(("127.0.0.1", port)).unwrap())
    }

    fn on(listener: TcpListener) -> Self {
        let (port, state) = (listener.local_addr().unwrap().port(), Arc::new(State::default()));
        let own = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if own.is_closing.load(Ordering::SeqCst) {
                    return;
                }
                // Whoever hangs up in the middle ends just their own connection.
                let _ = stream.and_then(|stream| own.serve(stream));
            }
        });
        Self { port, state, thread: Some(thread) }
    }

    /// From now on no recipient is known, or all are.
    pub fn refuse(&self, refuses: bool) {
        self.state.refuses.store(refuses, Ordering::SeqCst);
    }

    /// The mails that it took, as they came.
    pub fn received(&self) -> Vec<String> {
        self.state.received.lock().unwrap().clone()
    }

    /// Every command that it heard.
    pub fn commands(&self) -> Vec<String> {
        self.state.commands.lock().unwrap().clone()
    }
}

impl State {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let mut out = stream;
        out.write_all(b"220 post office\r\n")?;
        while let Some(line) = lines.next().transpose()? {
            self.commands.lock().unwrap().push(line.clone());
            let word = line.split([' ', ':']).next().unwrap_or("").to_ascii_uppercase();
            match word.as_str() {
                "EHLO" => out.write_all(b"250-post office\r\n250 8BITMIME\r\n")?,
                "RCPT" if self.refuses.load(Ordering::SeqCst) => out.write_all(b"550 5.1.1 nobody of that name\r\n")?,
                "DATA" => {
                    out.write_all(b"354 go on\r\n")?;
                    let mut mail = String::new();
                    while let Some(line) = lines.next().transpose()?.filter(|line| line != ".") {
                        // A dot that begins a line travels as two.
                        mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                        mail.push_str("\r\n");
                    }
                    self.received.lock().unwrap().push(mail);
                    out.write_all(b"250 taken\r\n")?;
                }
                "QUIT" => {
                    out.write_all(b"221 bye\r\n")?;
                    return Ok(());
                }
                "STARTTLS" => out.write_all(b"502 not here\r\n")?,
                _ => out.write_all(b"250 very well\r\n")?,
            }
        }
        Ok(())
    }
}

impl Drop for PostOffice {
    fn drop(&mut self) {
        self.state.is_closing.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A header of a mail, its folded lines joined and its encoded words read.
pub fn header(mail: &str, name: &str) -> String {
    let (head, _) = mail.split_once("\r\n\r\n").expect("a head and a text");
    let unfolded = head.replace("\r\n ", " ");
    let line =
        unfolded.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap_or_else(|| panic!("no {name}: {head}"));
    // Between two encoded words a blank means nothing.
    let (mut text, mut rest) = (String::new(), line.replace("?= =?", "?==?"));
    while let Some((before, after)) = rest.clone().split_once("=?utf-8?b?") {
        let (word, after) = after.split_once("?=").expect("the end of a word");
        let bytes = base64::engine::general_purpose::STANDARD.decode(word).expect("base64");
        text.push_str(before);
        text.push_str(std::str::from_utf8(&bytes).expect("UTF-8"));
        rest = after.to_owned();
    }
    text + &rest
}

/// The text of a mail, from its quoted-printable form.
pub fn text(mail: &str) -> String {
    let (_, body) = mail.split_once("\r\n\r\n").expect("a head and a text");
    let body = body.replace("=\r\n", "");
    let (mut bytes, mut rest) = (Vec::new(), body.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        if *first == b'=' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&after[..2]).unwrap(), 16).expect("two hex digits"));
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}
