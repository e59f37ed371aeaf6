//! Files as an image: one layer on top of a base's, or on nothing.

use std::collections::BTreeMap;
use std::path::Path;

use artifact::Digest;

use super::base::{self, Base};
use super::layout::{Layout, Parts, json};
use super::types::{CONFIG, Config, Descriptor, Execution, History, LAYER_GZIP, Platform, RootFs};
use super::{ANNOTATION, annotations, created};
use crate::archive;
use crate::error::Error;
use crate::files::File;
use crate::job::Job;
use crate::parameters::{ImageParameters, check_path};

/// Who made the layer, as the image's history says it.
const MAKER: &str = concat!("ropewalk stage-package ", env!("CARGO_PKG_VERSION"));

/// The image of these files.
pub(crate) fn make(working: &Path, files: &[File], job: &Job<'_>) -> Result<Layout, Error> {
    let image = &job.parameters.image;
    let folder = image.folder.as_deref().unwrap_or("/").trim_matches('/');
    if !folder.is_empty() {
        check_path("image.folder", folder)?;
    }
    let platform = image.platform.as_deref().map(parse_platform).transpose()?;
    let base = base::load(working, image, platform.as_ref())?;
    let mut annotations = annotations(job);
    if let Some(base) = &base {
        annotations.entry(format!("{ANNOTATION}base.digest")).or_insert_with(|| base.digest.to_string());
    }
    let tar = archive::tar(files, folder, job.created)?;
    let layer = archive::gzip(&tar)?;
    let (config, mut layers) = start(base, platform);
    let config = configure(config, image, &Digest::of(&tar), &created(job))?;
    layers.push((Descriptor::of(LAYER_GZIP, &layer), layer));
    Layout::new(Parts {
        kind: "container",
        config: (CONFIG, json(&config)?),
        layers,
        annotations,
        reference: job.version.clone(),
    })
}

/// What an image is for, unless anything says otherwise.
pub(super) fn default_platform() -> Platform {
    Platform { architecture: "amd64".to_owned(), os: "linux".to_owned(), variant: None }
}

/// The base's configuration and layers, or those of `scratch`.
fn start(base: Option<Base>, platform: Option<Platform>) -> (Config, Vec<(Descriptor, Vec<u8>)>) {
    if let Some(base) = base {
        return (base.config, base.layers);
    }
    let config = Config {
        created: None,
        platform: platform.unwrap_or_else(default_platform),
        run: None,
        rootfs: RootFs { kind: "layers".to_owned(), diff_ids: Vec::new() },
        history: Vec::new(),
        others: BTreeMap::new(),
    };
    (config, Vec::new())
}

/// Adds the layer, and says how the image is run.
fn configure(
    mut config: Config,
    image: &ImageParameters,
    layer: &Digest,
    created: &str,
) -> Result<Config, Error> {
    // A history lists all layers or none.
    if config.rootfs.diff_ids.len() == config.history.iter().filter(|entry| !entry.empty_layer).count() {
        config.history.push(History {
            created: Some(created.to_owned()),
            created_by: Some(MAKER.to_owned()),
            author: None,
            comment: None,
            empty_layer: false,
        });
    }
    config.rootfs.diff_ids.push(*layer);
    config.created = Some(created.to_owned());
    let run = config.run.get_or_insert_with(Execution::default);
    if let Some(entrypoint) = &image.entrypoint {
        run.entrypoint = Some(entrypoint.clone());
        run.cmd = None;
    }
    replace(&mut run.cmd, image.cmd.as_ref());
    replace(&mut run.user, image.user.as_ref());
    replace(&mut run.working_dir, image.workdir.as_ref());
    for (name, value) in &image.env {
        set_env(run.env.get_or_insert_with(Vec::new), name, value)?;
    }
    if !image.labels.is_empty() {
        run.labels.get_or_insert_with(BTreeMap::new).extend(image.labels.clone());
    }
    Ok(config)
}

fn replace<T: Clone>(member: &mut Option<T>, given: Option<&T>) {
    if let Some(given) = given {
        *member = Some(given.clone());
    }
}

/// Sets a variable in its place, or behind the others.
fn set_env(env: &mut Vec<String>, name: &str, value: &str) -> Result<(), Error> {
    if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
        return Err(Error::parameter(
            "image.env",
            name,
            "a variable's name has no `=`, and nothing of it a zero byte",
        ));
    }
    let entry = format!("{name}={value}");
    match env.iter_mut().find(|other| other.split('=').next() == Some(name)) {
        Some(other) => *other = entry,
        None => env.push(entry),
    }
    Ok(())
}

fn parse_platform(text: &str) -> Result<Platform, Error> {
    let parts: Vec<&str> = text.split('/').collect();
    let plain = |part: &&str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    match parts.as_slice() {
        [os, architecture, variant @ ..] if variant.len() < 2 && parts.iter().all(plain) => Ok(Platform {
            architecture: (*architecture).to_owned(),
            os: (*os).to_owned(),
            variant: variant.first().map(|variant| (*variant).to_owned()),
        }),
        _ => Err(Error::parameter("image.platform", text, "`linux/amd64`, `linux/arm64/v8`")),
    }
}
