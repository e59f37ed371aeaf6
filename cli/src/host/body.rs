//! A body that ends with an error when it is longer than it may be.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use wasmtime_wasi_http::{Error, WasiBody};

pub(super) struct Capped {
    body: WasiBody,
    most: u64,
    left: u64,
    error: fn(Option<u64>) -> Error,
    exceeded: Exceeded,
}

/// Whether a body was too long, as far as it was read.
#[derive(Clone, Default)]
pub(super) struct Exceeded(Arc<AtomicBool>);

impl Exceeded {
    pub(super) fn is_exceeded(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Capped {
    pub(super) fn new(body: WasiBody, most: u64, error: fn(Option<u64>) -> Error) -> Self {
        Self { body, most, left: most, error, exceeded: Exceeded::default() }
    }

    pub(super) fn exceeded(&self) -> Exceeded {
        self.exceeded.clone()
    }
}

impl Body for Capped {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            let Some(left) = self.left.checked_sub(data.len() as u64) else {
                self.exceeded.0.store(true, Ordering::Relaxed);
                return Poll::Ready(Some(Err((self.error)(Some(self.most)))));
            };
            self.left = left;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
