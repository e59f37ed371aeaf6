//! A layout with one image in it.

use std::collections::BTreeMap;

use artifact::Digest;
use serde::Serialize;

use super::types::{Descriptor, INDEX, Index, MANIFEST, Manifest};
use crate::error::Error;

/// The file that says that a folder is a layout, and of which version.
pub(super) const MARKER: &str = "oci-layout";
pub(super) const MARKER_VERSION: &str = "1.0.0";

/// A layout, in memory.
#[derive(Debug)]
pub(crate) struct Layout {
    /// `container` or `wasm`
    pub(crate) kind: &'static str,
    /// The digest of its one manifest.
    pub(crate) manifest: Digest,
    /// The digest of that one's configuration.
    pub(crate) config: Digest,
    /// How many layers there are.
    pub(crate) layers: usize,
    index: Vec<u8>,
    blobs: BTreeMap<Digest, Vec<u8>>,
}

/// An image of which the parts are made.
pub(super) struct Parts {
    pub(super) kind: &'static str,
    /// Media type and contents.
    pub(super) config: (&'static str, Vec<u8>),
    /// With their contents.
    pub(super) layers: Vec<(Descriptor, Vec<u8>)>,
    pub(super) annotations: BTreeMap<String, String>,
    /// By which tools find it within the layout.
    pub(super) reference: String,
}

impl Layout {
    pub(super) fn new(parts: Parts) -> Result<Self, Error> {
        let mut blobs = BTreeMap::new();
        let (media_type, contents) = parts.config;
        let config = Descriptor::of(media_type, &contents);
        blobs.insert(config.digest, contents);
        let mut layers = Vec::new();
        for (layer, contents) in parts.layers {
            blobs.insert(layer.digest, contents);
            layers.push(layer);
        }
        let (config_digest, count) = (config.digest, layers.len());
        let manifest = Manifest {
            schema_version: 2,
            media_type: MANIFEST.to_owned(),
            config,
            layers,
            annotations: parts.annotations,
        };
        let manifest = json(&manifest)?;
        let mut descriptor = Descriptor::of(MANIFEST, &manifest);
        let manifest_digest = descriptor.digest;
        blobs.insert(manifest_digest, manifest);
        descriptor.annotations.insert(format!("{}ref.name", super::ANNOTATION), parts.reference);
        let index = Index { schema_version: 2, media_type: INDEX.to_owned(), manifests: vec![descriptor] };
        Ok(Self {
            kind: parts.kind,
            manifest: manifest_digest,
            config: config_digest,
            layers: count,
            index: json(&index)?,
            blobs,
        })
    }

    /// The size of all blobs together.
    pub(crate) fn bytes(&self) -> u64 {
        self.blobs.values().map(|blob| blob.len() as u64).sum()
    }

    /// The files of the layout.
    pub(crate) fn files(&self) -> impl Iterator<Item = (String, &[u8])> {
        let blobs = self.blobs.iter().map(|(digest, blob)| (blob_path(digest), blob.as_slice()));
        [(MARKER.to_owned(), MARKER_CONTENTS), ("index.json".to_owned(), self.index.as_slice())]
            .into_iter()
            .chain(blobs)
    }
}

const MARKER_CONTENTS: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// Where a layout has a blob.
pub(super) fn blob_path(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

/// A document as bytes; members in the order of their definition.
pub(super) fn json(document: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(document).map_err(|error| Error::format("JSON", error))
}
