//! The way out of the sandbox, natively: one HTTP request over a socket, with the same errors.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use ropewalk_stage::outbound::Error;
use stage_checkout::{Request, Response, Transport};

/// Sends requests over sockets.
pub(crate) struct Client;

impl Transport for Client {
    fn send(&mut self, request: &Request<'_>) -> Result<Response, Error> {
        let rest =
            request.url.strip_prefix("http://").ok_or_else(|| Error::Forbidden(request.url.to_owned()))?;
        let (host, path) = rest.split_once('/').ok_or_else(|| Error::Invalid(request.url.to_owned()))?;
        let mut stream = TcpStream::connect(host).map_err(|error| Error::Unreachable(error.to_string()))?;
        let mut head = format!("{} /{path} HTTP/1.1\r\nhost: {host}\r\n", request.method);
        for (name, value) in request.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.extend(["content-length: ", &request.body.len().to_string(), "\r\n\r\n"]);
        let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(request.body));
        sent.map_err(|error| Error::Other(error.to_string()))?;
        receive(BufReader::new(stream), request.max_body_bytes)
    }
}

fn receive(mut reader: impl BufRead, max_body_bytes: u64) -> Result<Response, Error> {
    let mut line = String::new();
    reader.read_line(&mut line).map_err(|error| Error::Other(error.to_string()))?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let mut response = Response {
        status: status.ok_or_else(|| Error::Other("the connection ended before an answer".to_owned()))?,
        ..Response::default()
    };
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).map_err(|error| Error::Other(error.to_string()))?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let value = value.trim().to_owned();
        match name.to_ascii_lowercase().as_str() {
            "content-type" => response.content_type = Some(value),
            "location" => response.location = Some(value),
            "content-length" => {
                length = value.parse().map_err(|_| Error::Other("a bad length".to_owned()))?;
            }
            _ => {}
        }
    }
    if length > max_body_bytes {
        return Err(Error::TooLarge);
    }
    reader.read_to_end(&mut response.body).map_err(|error| Error::Other(error.to_string()))?;
    if (response.body.len() as u64) < length {
        return Err(Error::Other("the connection ended within the answer".to_owned()));
    }
    Ok(response)
}
