//! Packs files into what people install and run: `tar.gz` and `zip` archives, container images and Wasm
//! components as OCI image layouts, each with a bill of materials from the lock files. The same input
//! gives the same bytes: order, times, owners, modes and compression are fixed.

mod archive;
mod error;
mod files;
mod job;
mod moment;
mod oci;
mod output;
mod parameters;
mod sbom;

use std::path::Path;

use ropewalk_stage::{Call, Failure, Stage};

pub use output::{Image, Output, Packed, Sbom, Subject};
pub use parameters::{Format, ImageParameters, Parameters};

use crate::error::Error;
use crate::files::File;
use crate::job::Job;
use crate::output::Writer;

/// The stage.
#[derive(Debug)]
pub struct StagePackage;

impl Stage for StagePackage {
    type Parameters = Parameters;
    type Output = Output;

    const NAME: &'static str = "package";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const HERMETIC: bool = true;
    const DEFAULT_INCLUDE: &'static [&'static str] = &["**"];

    fn run(parameters: Parameters, _: Call) -> Result<Output, Failure> {
        let output = package(Path::new("/"), &parameters)?;
        report(&output);
        Ok(output)
    }
}

#[allow(unsafe_code, reason = "the generated exports")]
#[cfg(target_arch = "wasm32")]
mod export {
    use super::StagePackage;
    ropewalk_stage::export!(StagePackage);
}

/// Makes what the parameters ask for of the files below `base`, and leaves it below `base/out`.
fn package(base: &Path, parameters: &Parameters) -> Result<Output, Error> {
    let plan = parameters.check()?;
    let root = files::root(base, &parameters.root)?;
    let job = Job::new(&root, parameters)?;
    let mut writer = Writer::new(base, &job);
    let bill = sbom::make(&root, &job)?;
    if plan.needs_files() {
        let files = files::collect(base, &root, parameters)?;
        for format in &plan.archives {
            writer.archive(*format, &pack(*format, &files, &job)?)?;
        }
        if plan.image {
            writer.layout(oci::image::make(base, &files, &job)?)?;
        }
    }
    if let Some(component) = plan.component {
        writer.layout(oci::wasm::make(&root, component, &job)?)?;
    }
    if let Some(bill) = bill {
        writer.sbom(&bill)?;
    }
    Ok(writer.finish())
}

fn pack(format: Format, files: &[File], job: &Job<'_>) -> Result<Vec<u8>, Error> {
    let prefix = job.prefix();
    match format {
        Format::Zip => archive::zip(files, &prefix, job.created),
        Format::TarGz | Format::Oci => archive::gzip(&archive::tar(files, &prefix, job.created)?),
    }
}

#[allow(clippy::print_stdout, reason = "printed text is the stage's log")]
fn report(output: &Output) {
    for file in &output.files {
        println!("{}: {} bytes, {}", file.path, file.bytes, file.digest);
    }
    if let Some(image) = &output.image {
        println!("{} image: {} layers, {} bytes, {}", image.kind, image.layers, image.bytes, image.manifest);
    }
    if let Some(sbom) = &output.sbom {
        println!("bill of materials: {} components of {}", sbom.components, sbom.lock_files.join(", "));
    }
}

#[cfg(test)]
mod tests;
