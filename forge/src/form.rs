//! GitHub and Gitea send JSON as it is, or, as their forms preselect it, as a field of a web form.

use std::borrow::Cow;

use crate::{Error, Forge};

/// The JSON of a body.
pub(crate) fn payload<'b>(
    content_type: Option<&str>,
    body: &'b [u8],
    forge: Forge,
) -> Result<Cow<'b, [u8]>, Error> {
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(Cow::Borrowed(body));
    }
    form_urlencoded::parse(body)
        .find(|(name, _)| name == "payload")
        .map(|(_, value)| Cow::Owned(value.into_owned().into_bytes()))
        .ok_or_else(|| Error::Malformed { forge, problem: "the form has no field `payload`".to_owned() })
}

/// Reads JSON of a host.
pub(crate) fn parse<'b, T: serde::Deserialize<'b>>(forge: Forge, body: &'b [u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| Error::Malformed { forge, problem: error.to_string() })
}
