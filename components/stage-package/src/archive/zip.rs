use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{LEVEL, mode, place};
use crate::error::Error;
use crate::files::File;
use crate::moment::Moment;

/// A zip archive. Its files were changed at the moment given, in UTC, as far as zip can say it: from 1980 on,
/// and in steps of two seconds.
pub(crate) fn zip(files: &[File], prefix: &str, created: Option<Moment>) -> Result<Vec<u8>, Error> {
    let failed = |error: zip::result::ZipError| Error::format("zip", error);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let changed = created.map_or_else(DateTime::default, date);
    for file in files {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(i64::from(LEVEL)))
            .last_modified_time(changed)
            .unix_permissions(mode(file.executable));
        archive.start_file(place(prefix, &file.path), options).map_err(failed)?;
        archive.write_all(&file.contents).map_err(|error| Error::format("zip", error))?;
    }
    archive.finish().map(Cursor::into_inner).map_err(failed)
}

/// Whatever zip cannot say is the beginning of 1980.
fn date(moment: Moment) -> DateTime {
    let utc = moment.utc();
    let part = |part: i8| u8::try_from(part).unwrap_or(0);
    u16::try_from(utc.year())
        .ok()
        .and_then(|year| {
            let (hour, minute, second) = (part(utc.hour()), part(utc.minute()), part(utc.second()));
            DateTime::from_date_and_time(year, part(utc.month()), part(utc.day()), hour, minute, second).ok()
        })
        .unwrap_or_default()
}
