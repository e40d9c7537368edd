//! Connections that come to nothing.
//!
//! The framework limits how long the head of a connection's *first* request may take, and how long nothing at all may
//! come after an answer. It does not limit the head of a later request, an answer that is not read, or a body that
//! nobody waits for any more. So each connection is watched here: when for some time neither a request was in hand nor
//! any of an answer was taken, it is closed.

use std::any::Any;
use std::cell::Cell;
use std::net::{Shutdown, TcpStream};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Extensions;
use bytes::Bytes;

/// A connection, and what happens on it.
pub struct Connection {
    /// A second handle, to close it with.
    socket: TcpStream,
    /// Whether a request was read and is not answered yet: how long that takes is limited elsewhere.
    is_busy: Cell<bool>,
    /// When something happened last.
    moved: Cell<Instant>,
}

/// A request in hand, until it is dropped.
pub struct InHand(Rc<Connection>);

impl Drop for InHand {
    fn drop(&mut self) {
        self.0.is_busy.set(false);
        self.0.moved.set(Instant::now());
    }
}

#[cfg(unix)]
fn second_handle(stream: &dyn Any) -> Option<TcpStream> {
    use std::os::fd::AsFd;
    let stream = stream.downcast_ref::<actix_web::rt::net::TcpStream>()?;
    stream.as_fd().try_clone_to_owned().ok().map(TcpStream::from)
}

#[cfg(windows)]
fn second_handle(stream: &dyn Any) -> Option<TcpStream> {
    use std::os::windows::io::AsSocket;
    let stream = stream.downcast_ref::<actix_web::rt::net::TcpStream>()?;
    stream.as_socket().try_clone_to_owned().ok().map(TcpStream::from)
}

impl Connection {
    /// Watches a new connection from now on, on its worker's own thread.
    pub fn watch(stream: &dyn Any, extensions: &mut Extensions, patience: Duration) {
        let Some(socket) = second_handle(stream) else { return };
        let connection = Rc::new(Self { socket, is_busy: Cell::new(false), moved: Cell::new(Instant::now()) });
        let watched = Rc::downgrade(&connection);
        extensions.insert(connection);
        actix_web::rt::spawn(async move {
            let mut nap = patience;
            loop {
                tokio::time::sleep(nap).await;
                let Some(connection) = watched.upgrade() else { return };
                let idle = if connection.is_busy.get() { Duration::ZERO } else { connection.moved.get().elapsed() };
                if idle >= patience {
                    // Its worker finds it closed, and cleans up.
                    let _ = connection.socket.shutdown(Shutdown::Both);
                    return;
                }
                nap = patience - idle;
            }
        });
    }

    /// A request has been read.
    pub fn begin(self: &Rc<Self>) -> InHand {
        self.is_busy.set(true);
        InHand(Rc::clone(self))
    }
}

/// The body of an answer, given out in pieces, so that it is seen whether they are taken.
pub struct Pieces {
    body: BoxBody,
    rest: Bytes,
    connection: Rc<Connection>,
}

/// Small enough to be taken within the patience by a slow line.
const PIECE: usize = 16 * 1024;

impl Pieces {
    /// Of a body that goes out on a connection.
    pub fn of(body: BoxBody, connection: Rc<Connection>) -> BoxBody {
        match body.size() {
            BodySize::None => body,
            BodySize::Sized(length) if length <= PIECE as u64 => body,
            _ => BoxBody::new(Self { body, rest: Bytes::new(), connection }),
        }
    }
}

impl MessageBody for Pieces {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.connection.moved.set(Instant::now());
        if self.rest.is_empty() {
            match Pin::new(&mut self.body).poll_next(cx) {
                Poll::Ready(Some(Ok(next))) => self.rest = next,
                other => return other,
            }
        }
        let piece = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(piece))))
    }
}
