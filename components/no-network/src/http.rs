//! `wasi:http`: a request can be made, and is refused when it is sent. Nothing ever comes in.

mod fields;
mod request;

use super::bindings::exports::wasi::http::outgoing_handler;
use super::bindings::exports::wasi::http::types::{
    self, ErrorCode, FieldName, Fields, FutureIncomingResponse, FutureTrailers, Headers, IncomingBody,
    IncomingResponse, Method, OutgoingBody, OutgoingRequest, OutgoingResponse, RequestOptions,
    ResponseOutparam, Scheme, StatusCode, Trailers,
};
use super::bindings::wasi::io::error::Error as IoError;
use super::bindings::wasi::io::poll::Pollable;
use super::bindings::wasi::io::streams::{InputStream, OutputStream};
use super::{Never, NoNetwork, notes};

impl outgoing_handler::Guest for NoNetwork {
    fn handle(_: OutgoingRequest, _: Option<RequestOptions>) -> Result<FutureIncomingResponse, ErrorCode> {
        notes::HTTP.with(notes::Note::say);
        Err(ErrorCode::HttpRequestDenied)
    }
}

impl types::Guest for NoNetwork {
    type Fields = fields::List;
    type IncomingRequest = Never;
    type OutgoingRequest = request::Request;
    type RequestOptions = request::Options;
    type ResponseOutparam = Never;
    type IncomingResponse = Never;
    type IncomingBody = Never;
    type FutureTrailers = Never;
    type OutgoingResponse = request::Response;
    type OutgoingBody = Never;
    type FutureIncomingResponse = Never;

    fn http_error_code(_: &IoError) -> Option<ErrorCode> {
        None
    }
}

/// Methods of something that there never is.
macro_rules! never {
    ($($name:ident() $(-> $out:ty)?;)*) => {
        $(fn $name(&self) $(-> $out)? { match *self {} })*
    };
}

impl types::GuestIncomingRequest for Never {
    never! {
        method() -> Method;
        path_with_query() -> Option<String>;
        scheme() -> Option<Scheme>;
        authority() -> Option<String>;
        headers() -> Headers;
        consume() -> Result<IncomingBody, ()>;
    }
}

impl types::GuestResponseOutparam for Never {
    fn set(out: ResponseOutparam, _: Result<OutgoingResponse, ErrorCode>) {
        match *out.get::<Self>() {}
    }
}

impl types::GuestIncomingResponse for Never {
    never! {
        status() -> StatusCode;
        headers() -> Headers;
        consume() -> Result<IncomingBody, ()>;
    }
}

impl types::GuestIncomingBody for Never {
    never! {
        stream() -> Result<InputStream, ()>;
    }

    fn finish(body: IncomingBody) -> FutureTrailers {
        match *body.get::<Self>() {}
    }
}

impl types::GuestFutureTrailers for Never {
    never! {
        subscribe() -> Pollable;
        get() -> Option<Result<Result<Option<Trailers>, ErrorCode>, ()>>;
    }
}

impl types::GuestOutgoingBody for Never {
    never! {
        write() -> Result<OutputStream, ()>;
    }

    fn finish(body: OutgoingBody, _: Option<Trailers>) -> Result<(), ErrorCode> {
        match *body.get::<Self>() {}
    }
}

impl types::GuestFutureIncomingResponse for Never {
    never! {
        subscribe() -> Pollable;
        get() -> Option<Result<Result<IncomingResponse, ErrorCode>, ()>>;
    }
}

fn lower(name: &FieldName) -> String {
    name.to_ascii_lowercase()
}

fn copy(of: &fields::List) -> Fields {
    Fields::new(of.clone())
}
