//! The network between a host and its store: a proxy that passes bytes, holds them back, or is cut.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// What a proxy does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mode {
    /// Passes all bytes on.
    Pass,
    /// Passes none on, and says nothing. What was held back comes late.
    Hold,
    /// Closes each connection.
    Cut,
    /// Is gone.
    End,
}

/// How often a connection looks what it is to do.
const LOOK: Duration = Duration::from_millis(5);

/// A proxy to a port of this machine. Gone when it is dropped.
pub(crate) struct Proxy {
    port: u16,
    mode: Arc<AtomicU8>,
}

impl Proxy {
    /// Starts one that passes all bytes on.
    pub(crate) fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mode = Arc::new(AtomicU8::new(Mode::Pass as u8));
        let proxy = Self { port: listener.local_addr().unwrap().port(), mode: mode.clone() };
        listener.set_nonblocking(true).unwrap();
        std::thread::spawn(move || accept(&listener, port, &mode));
        proxy
    }

    /// The port it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Says what it is to do from now on.
    pub(crate) fn set(&self, mode: Mode) {
        self.mode.store(mode as u8, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.set(Mode::End);
    }
}

fn is(mode: &AtomicU8, one: Mode) -> bool {
    mode.load(Ordering::SeqCst) == one as u8
}

fn accept(listener: &TcpListener, port: u16, mode: &Arc<AtomicU8>) {
    while !is(mode, Mode::End) {
        let Ok((near, _)) = listener.accept() else {
            std::thread::sleep(LOOK);
            continue;
        };
        // A connection that is closed at once is what a cut network looks like from here.
        let Some(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok().filter(|_| !is(mode, Mode::Cut))
        else {
            continue;
        };
        for (from, to) in [(&near, &far), (&far, &near)] {
            let (from, to, mode) = (from.try_clone().unwrap(), to.try_clone().unwrap(), mode.clone());
            std::thread::spawn(move || pass(from, to, &mode));
        }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, mode: &AtomicU8) {
    from.set_nonblocking(false).unwrap();
    from.set_read_timeout(Some(LOOK)).unwrap();
    to.set_nodelay(true).unwrap();
    let mut bytes = vec![0; 64 << 10];
    while !is(mode, Mode::Cut) && !is(mode, Mode::End) {
        if is(mode, Mode::Hold) {
            std::thread::sleep(LOOK);
            continue;
        }
        match from.read(&mut bytes) {
            Ok(0) => break,
            Ok(length) => {
                // Held back in the midst of it, too.
                while is(mode, Mode::Hold) {
                    std::thread::sleep(LOOK);
                }
                if to.write_all(&bytes[..length]).is_err() {
                    break;
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
    }
    for stream in [from, to] {
        // The other side may be gone already.
        let _ = stream.shutdown(Shutdown::Both);
    }
}
