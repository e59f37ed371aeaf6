//! Requests that can be filled in, and that is all. A body would have nowhere to go: there is none.

use std::cell::{Cell, RefCell};

use super::super::bindings::exports::wasi::http::types::{
    GuestOutgoingRequest, GuestOutgoingResponse, GuestRequestOptions, Headers, Method, OutgoingBody, Scheme,
    StatusCode,
};
use super::super::notes;
use super::copy;
use super::fields::List;

/// Nanoseconds.
type Duration = u64;

/// A request that is never sent.
pub(in super::super) struct Request {
    method: RefCell<Method>,
    path_with_query: RefCell<Option<String>>,
    scheme: RefCell<Option<Scheme>>,
    authority: RefCell<Option<String>>,
    headers: List,
}

impl GuestOutgoingRequest for Request {
    fn new(headers: Headers) -> Self {
        Self {
            method: RefCell::new(Method::Get),
            path_with_query: RefCell::default(),
            scheme: RefCell::default(),
            authority: RefCell::default(),
            headers: headers.into_inner::<List>(),
        }
    }

    fn body(&self) -> Result<OutgoingBody, ()> {
        notes::HTTP.with(notes::Note::say);
        Err(())
    }

    fn method(&self) -> Method {
        self.method.borrow().clone()
    }

    fn set_method(&self, method: Method) -> Result<(), ()> {
        self.method.replace(method);
        Ok(())
    }

    fn path_with_query(&self) -> Option<String> {
        self.path_with_query.borrow().clone()
    }

    fn set_path_with_query(&self, path_with_query: Option<String>) -> Result<(), ()> {
        self.path_with_query.replace(path_with_query);
        Ok(())
    }

    fn scheme(&self) -> Option<Scheme> {
        self.scheme.borrow().clone()
    }

    fn set_scheme(&self, scheme: Option<Scheme>) -> Result<(), ()> {
        self.scheme.replace(scheme);
        Ok(())
    }

    fn authority(&self) -> Option<String> {
        self.authority.borrow().clone()
    }

    fn set_authority(&self, authority: Option<String>) -> Result<(), ()> {
        self.authority.replace(authority);
        Ok(())
    }

    fn headers(&self) -> Headers {
        copy(&self.headers)
    }
}

/// How long a request that is never sent may take.
#[derive(Default)]
pub(in super::super) struct Options {
    connect: Cell<Option<Duration>>,
    first_byte: Cell<Option<Duration>>,
    between_bytes: Cell<Option<Duration>>,
}

impl GuestRequestOptions for Options {
    fn new() -> Self {
        Self::default()
    }

    fn connect_timeout(&self) -> Option<Duration> {
        self.connect.get()
    }

    fn set_connect_timeout(&self, duration: Option<Duration>) -> Result<(), ()> {
        self.connect.set(duration);
        Ok(())
    }

    fn first_byte_timeout(&self) -> Option<Duration> {
        self.first_byte.get()
    }

    fn set_first_byte_timeout(&self, duration: Option<Duration>) -> Result<(), ()> {
        self.first_byte.set(duration);
        Ok(())
    }

    fn between_bytes_timeout(&self) -> Option<Duration> {
        self.between_bytes.get()
    }

    fn set_between_bytes_timeout(&self, duration: Option<Duration>) -> Result<(), ()> {
        self.between_bytes.set(duration);
        Ok(())
    }
}

/// An answer that nobody asked for.
pub(in super::super) struct Response {
    status: Cell<StatusCode>,
    headers: List,
}

impl GuestOutgoingResponse for Response {
    fn new(headers: Headers) -> Self {
        Self { status: Cell::new(200), headers: headers.into_inner::<List>() }
    }

    fn status_code(&self) -> StatusCode {
        self.status.get()
    }

    fn set_status_code(&self, status_code: StatusCode) -> Result<(), ()> {
        self.status.set(status_code);
        Ok(())
    }

    fn headers(&self) -> Headers {
        copy(&self.headers)
    }

    fn body(&self) -> Result<OutgoingBody, ()> {
        Err(())
    }
}
