//! A folder of HTML, published as it is.

use crate::error::Error;
use crate::{Place, detect, files};

/// Copies every file.
pub(crate) fn build(place: &Place) -> Result<(), Error> {
    let found = files::of_site(place)?;
    if !found.iter().any(|path| files::is_html(path)) {
        return Err(detect::nothing(place, "there is no HTML file in it"));
    }
    found.iter().try_for_each(|path| files::copy(place, path))
}
