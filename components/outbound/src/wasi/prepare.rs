//! From a checked request to the host's.

use http::Method as HttpMethod;

use super::bindings::exports::ropewalk::pipeline::outbound::Error;
use super::bindings::wasi::http::types::{Fields, Method, OutgoingRequest, Scheme};
use crate::request;

/// The request without its body.
pub(super) fn outgoing(checked: &request::Request) -> Result<OutgoingRequest, Error> {
    let headers = Fields::from_list(&checked.headers)
        .map_err(|refused| Error::Invalid(format!("headers: {refused}")))?;
    let outgoing = OutgoingRequest::new(headers);
    let scheme = if checked.secure { Scheme::Https } else { Scheme::Http };
    let set = outgoing
        .set_method(&method(&checked.method))
        .and_then(|()| outgoing.set_scheme(Some(&scheme)))
        .and_then(|()| outgoing.set_authority(Some(&checked.authority)))
        .and_then(|()| outgoing.set_path_with_query(Some(&checked.path_with_query)));
    match set {
        Ok(()) => Ok(outgoing),
        Err(()) => Err(Error::Invalid("the host does not take this URL".to_owned())),
    }
}

fn method(method: &HttpMethod) -> Method {
    match method.as_str() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "CONNECT" => Method::Connect,
        "OPTIONS" => Method::Options,
        "TRACE" => Method::Trace,
        "PATCH" => Method::Patch,
        other => Method::Other(other.to_owned()),
    }
}
