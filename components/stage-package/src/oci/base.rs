//! The image upon which another is made: read from a layout, every blob held to its digest.

use std::fs;
use std::path::{Path, PathBuf};

use artifact::{Digest, MAX_FILE_BYTES};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::layout::{MARKER, MARKER_VERSION, blob_path};
use super::types::{Config, Descriptor, Index, LAYER_GZIP, Manifest, Platform};
use crate::error::Error;
use crate::parameters::{ImageParameters, check_path};

/// The most layers that a base may have.
const MAX_LAYERS: usize = 127;
/// Layers as Docker's older manifests name them, and what they are called now.
const LAYER_TYPES: [(&str, &str); 5] = [
    ("application/vnd.docker.image.rootfs.diff.tar.gzip", LAYER_GZIP),
    ("application/vnd.docker.image.rootfs.diff.tar", "application/vnd.oci.image.layer.v1.tar"),
    (LAYER_GZIP, LAYER_GZIP),
    ("application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar"),
    ("application/vnd.oci.image.layer.v1.tar+zstd", "application/vnd.oci.image.layer.v1.tar+zstd"),
];

/// A base, whole.
#[derive(Debug)]
pub(super) struct Base {
    /// The digest of its manifest.
    pub(super) digest: Digest,
    pub(super) config: Config,
    pub(super) layers: Vec<(Descriptor, Vec<u8>)>,
}

/// The base that the parameters name, if they name one. `platform` is the one that is asked for.
pub(super) fn load(
    working: &Path,
    image: &ImageParameters,
    platform: Option<&Platform>,
) -> Result<Option<Base>, Error> {
    let Some(digest) = image.base()? else { return Ok(None) };
    let layout = image.layout();
    check_path("image.layout", layout)?;
    let reader = Reader { folder: working.join(layout), base: digest };
    reader.check_marker(layout)?;
    let (digest, manifest) = reader.manifest(platform)?;
    let config: Config = reader.json(&manifest.config, "its configuration")?;
    if let Some(wanted) = platform
        && (wanted.os != config.platform.os || wanted.architecture != config.platform.architecture)
    {
        return Err(reader.refused(format!("it is for `{}`, not for `{wanted}`", config.platform)));
    }
    let count = manifest.layers.len();
    if count > MAX_LAYERS {
        return Err(Error::TooLarge {
            what: format!("base image `{digest}` has {count} layers"),
            limit: MAX_LAYERS as u64,
        });
    }
    if config.rootfs.diff_ids.len() != count {
        let named = config.rootfs.diff_ids.len();
        return Err(reader.refused(format!("its manifest has {count} layers, its configuration {named}")));
    }
    let mut layers = Vec::new();
    for mut layer in manifest.layers {
        let contents = reader.blob(&layer, "a layer")?;
        let known = LAYER_TYPES.iter().find(|(name, _)| *name == layer.media_type);
        let (_, name) =
            known.ok_or_else(|| reader.refused(format!("a layer is of type `{}`", layer.media_type)))?;
        (*name).clone_into(&mut layer.media_type);
        layers.push((layer, contents));
    }
    Ok(Some(Base { digest, config, layers }))
}

/// A layout on which nothing is taken on trust.
struct Reader {
    folder: PathBuf,
    base: Digest,
}

#[derive(Deserialize)]
struct Marker {
    #[serde(rename = "imageLayoutVersion")]
    version: String,
}

/// What tells an index from a manifest.
#[derive(Deserialize)]
struct Shape {
    manifests: Option<serde::de::IgnoredAny>,
}

impl Reader {
    fn check_marker(&self, layout: &str) -> Result<(), Error> {
        let text = fs::read(self.folder.join(MARKER)).map_err(|_| {
            self.refused(format!(
                "`{layout}/{MARKER}` is not there: hint: mount the base's layout as an input, \
                 `\"base\": {{ \"artifact\": …, \"path\": \"{layout}\" }}`"
            ))
        })?;
        let marker: Option<Marker> = serde_json::from_slice(&text).ok();
        match marker {
            Some(marker) if marker.version == MARKER_VERSION => Ok(()),
            Some(marker) => Err(self.refused(format!("its layout is of version `{}`", marker.version))),
            None => Err(self.refused(format!("`{layout}/{MARKER}` is not that of an image layout"))),
        }
    }

    /// The manifest, that of the platform where there are several.
    fn manifest(&self, platform: Option<&Platform>) -> Result<(Digest, Manifest), Error> {
        let bytes = self.bytes(&self.base, "its manifest")?;
        let shape: Shape = self.parse(&bytes, "its manifest")?;
        if shape.manifests.is_none() {
            return Ok((self.base, self.parse(&bytes, "its manifest")?));
        }
        let index: Index = self.parse(&bytes, "its index")?;
        let wanted = platform.cloned().unwrap_or_else(super::image::default_platform);
        let fits = |have: &Platform| {
            have.os == wanted.os
                && have.architecture == wanted.architecture
                && (wanted.variant.is_none() || have.variant == wanted.variant)
        };
        let found = index.manifests.iter().find(|one| one.platform.as_ref().is_some_and(fits));
        let found = found.ok_or_else(|| {
            let have: Vec<String> = index
                .manifests
                .iter()
                .filter_map(|one| Some(format!("`{}`", one.platform.as_ref()?)))
                .collect();
            self.refused(format!("it has no image for `{wanted}`, but for {}", have.join(", ")))
        })?;
        Ok((found.digest, self.json(found, "its manifest")?))
    }

    fn json<T: DeserializeOwned>(&self, descriptor: &Descriptor, what: &str) -> Result<T, Error> {
        self.parse(&self.blob(descriptor, what)?, what)
    }

    fn parse<T: DeserializeOwned>(&self, bytes: &[u8], what: &str) -> Result<T, Error> {
        serde_json::from_slice(bytes).map_err(|error| self.refused(format!("{what} cannot be read: {error}")))
    }

    fn blob(&self, descriptor: &Descriptor, what: &str) -> Result<Vec<u8>, Error> {
        let bytes = self.bytes(&descriptor.digest, what)?;
        if bytes.len() as u64 != descriptor.size {
            return Err(self.refused(format!(
                "{what}, `{}`, has {} bytes, not {}",
                descriptor.digest,
                bytes.len(),
                descriptor.size
            )));
        }
        Ok(bytes)
    }

    fn bytes(&self, digest: &Digest, what: &str) -> Result<Vec<u8>, Error> {
        let path = self.folder.join(blob_path(digest));
        let size = fs::metadata(&path)
            .map_err(|_| self.refused(format!("{what}, `{digest}`, is not in its layout")))?
            .len();
        if size > MAX_FILE_BYTES {
            return Err(Error::TooLarge {
                what: format!("{what}, `{digest}`, has {size} bytes"),
                limit: MAX_FILE_BYTES,
            });
        }
        let bytes = fs::read(&path).map_err(|error| Error::io("read", &path, &error))?;
        let found = Digest::of(&bytes);
        if found != *digest {
            return Err(self.refused(format!("{what}, `{digest}`, is altered: its digest is `{found}`")));
        }
        Ok(bytes)
    }

    fn refused(&self, why: String) -> Error {
        Error::InvalidBase { base: self.base.to_string(), why }
    }
}
