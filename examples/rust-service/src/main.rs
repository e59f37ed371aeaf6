//! A service that tells the watch by the bells of a ship: `GET /?minutes=N`, minutes since midnight.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

/// Watches have eight half hours, and the bell is struck at the end of each.
const HALF_HOUR_MINUTES: u32 = 30;
const MINUTES_OF_DAY: u32 = 24 * 60;

fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    for stream in TcpListener::bind(address)?.incoming() {
        // One caller who goes away is no reason to.
        let _ = stream.and_then(|stream| answer(&stream));
    }
    Ok(())
}

fn answer(mut stream: &TcpStream) -> std::io::Result<()> {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    let minutes = line.split_once("minutes=").and_then(|(_, rest)| rest.split([' ', '&']).next()?.parse().ok());
    let (status, body) = match minutes.and_then(bells) {
        Some(count) => ("200 OK", format!("{count} bells\n")),
        None => ("400 Bad Request", "ask for /?minutes=N, minutes since midnight\n".to_owned()),
    };
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

/// How often the bell was last struck: one to eight times.
fn bells(minutes: u32) -> Option<u32> {
    (minutes < MINUTES_OF_DAY).then(|| match minutes / HALF_HOUR_MINUTES % 8 {
        0 => 8,
        count => count,
    })
}

#[cfg(test)]
mod tests {
    use super::bells;

    #[test]
    fn the_bell_is_struck_every_half_hour() {
        assert_eq!([0, 29, 30, 239, 240, 1439].map(bells), [8, 8, 1, 7, 8, 7].map(Some));
        assert_eq!(bells(1440), None);
    }
}
