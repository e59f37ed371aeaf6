//! From the host's errors to those that a stage acts on.

use super::bindings::exports::ropewalk::pipeline::outbound::Error;
use super::bindings::wasi::http::types::{ErrorCode, http_error_code};
use super::bindings::wasi::io::streams::StreamError;

/// What became of a request to this host.
pub(super) fn of(code: ErrorCode, authority: &str) -> Error {
    let unreachable = |why: &str| Error::Unreachable(format!("`{authority}`: {why}"));
    match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => {
            Error::Forbidden(authority.to_owned())
        }
        ErrorCode::DnsTimeout => unreachable("no answer from the name service"),
        ErrorCode::DnsError(_) => unreachable("its name is unknown"),
        ErrorCode::DestinationNotFound => unreachable("there is no such host"),
        ErrorCode::DestinationUnavailable => unreachable("it is unavailable"),
        ErrorCode::DestinationIpUnroutable => unreachable("no route leads to it"),
        ErrorCode::ConnectionRefused => unreachable("connection refused"),
        ErrorCode::ConnectionLimitReached => unreachable("too many connections"),
        ErrorCode::TlsProtocolError => unreachable("TLS failed"),
        ErrorCode::TlsCertificateError => unreachable("its certificate is not trusted"),
        ErrorCode::TlsAlertReceived(alert) => {
            unreachable(&format!("TLS failed: {}", alert.alert_message.unwrap_or_default()))
        }
        ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => Error::Timeout,
        ErrorCode::HttpResponseBodySize(_) => Error::TooLarge,
        ErrorCode::HttpRequestUriInvalid => Error::Invalid(format!("URL of `{authority}`")),
        ErrorCode::HttpRequestUriTooLong => Error::Invalid("URL: too long".to_owned()),
        ErrorCode::HttpRequestMethodInvalid => Error::Invalid("method".to_owned()),
        ErrorCode::ConnectionTerminated | ErrorCode::HttpResponseIncomplete => {
            Error::Other(format!("`{authority}` ended the connection within its answer"))
        }
        ErrorCode::InternalError(Some(why)) => Error::Other(format!("`{authority}`: {why}")),
        other => Error::Other(format!("`{authority}`: {other}")),
    }
}

/// What became of a stream of bytes that failed.
pub(super) fn of_stream(error: &StreamError, authority: &str) -> Error {
    let StreamError::LastOperationFailed(error) = error else {
        return Error::Other(format!("`{authority}` ended the connection"));
    };
    match http_error_code(error) {
        Some(code) => of(code, authority),
        None => Error::Other(format!("`{authority}`: {}", error.to_debug_string())),
    }
}
