//! The bill itself: CycloneDX 1.6 as JSON.

use std::collections::BTreeSet;

use artifact::Digest;
use serde::Serialize;
use uuid::Builder;

use super::Bill;
use super::hash::Hash;
use super::license::License;
use super::stock::{Component, Stock};
use crate::error::Error;
use crate::job::Job;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    bom_format: &'static str,
    spec_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<&'a str>,
    version: u32,
    metadata: Metadata<'a>,
    components: Vec<Item<'a>>,
    dependencies: Vec<Dependency<'a>>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    tools: Tools<'a>,
    component: Item<'a>,
}

#[derive(Serialize)]
struct Tools<'a> {
    components: [Item<'a>; 1],
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<HashItem<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<LicenseItem<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_references: Vec<Reference<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property>,
}

#[derive(Serialize)]
struct HashItem<'a> {
    alg: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum LicenseItem<'a> {
    License(LicenseName<'a>),
    Expression(&'a str),
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum LicenseName<'a> {
    Id(&'a str),
    Name(&'a str),
}

#[derive(Serialize)]
struct Reference<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<HashItem<'a>>,
}

#[derive(Serialize)]
struct Property {
    name: &'static str,
    value: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency<'a> {
    #[serde(rename = "ref")]
    reference: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<&'a str>,
}

/// Writes the bill. Its serial number follows from the rest of it, so the same bill has the same.
pub(super) fn write(stock: &Stock, job: &Job<'_>, lock_files: Vec<String>) -> Result<Bill, Error> {
    let own = format!("{}@{}", job.name, job.version);
    let mut document = Document {
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: None,
        version: 1,
        metadata: metadata(job, &own),
        components: stock.components.iter().map(|(purl, component)| item(purl, component)).collect(),
        dependencies: dependencies(stock, &own),
    };
    let digest = Digest::of(&json(&document)?);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_bytes()[..16]);
    let serial_number = format!("urn:uuid:{}", Builder::from_custom_bytes(bytes).into_uuid());
    document.serial_number = Some(&serial_number);
    let json = String::from_utf8(json(&document)?).map_err(|error| Error::format("JSON", error))?;
    Ok(Bill { json, serial_number, components: stock.components.len(), lock_files })
}

fn json(document: &Document<'_>) -> Result<Vec<u8>, Error> {
    let mut bytes = serde_json::to_vec_pretty(document).map_err(|error| Error::format("JSON", error))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn metadata<'a>(job: &'a Job<'_>, own: &'a str) -> Metadata<'a> {
    let tool = Item {
        kind: "application",
        group: Some("ropewalk"),
        name: "stage-package",
        version: Some(env!("CARGO_PKG_VERSION")),
        ..Item::default()
    };
    let source = job.parameters.source.as_deref();
    let reference = source.map(|url| Reference {
        kind: "vcs",
        url,
        comment: job.parameters.revision.as_deref(),
        hashes: Vec::new(),
    });
    let (group, name) = match job.name.split_once('/') {
        Some((group, name)) => (Some(group), name),
        None => (None, job.name.as_str()),
    };
    let component = Item {
        kind: "application",
        reference: Some(own),
        group,
        name,
        version: Some(&job.version),
        external_references: reference.into_iter().collect(),
        ..Item::default()
    };
    Metadata {
        timestamp: job.created.map(|moment| moment.to_string()),
        tools: Tools { components: [tool] },
        component,
    }
}

fn item<'a>(purl: &'a str, component: &'a Component) -> Item<'a> {
    let licenses = component.license.iter().map(|license| match license {
        License::Id(id) => LicenseItem::License(LicenseName::Id(id)),
        License::Name(name) => LicenseItem::License(LicenseName::Name(name)),
        License::Expression(expression) => LicenseItem::Expression(expression),
    });
    let files = component.distributions.iter().map(|(url, of)| Reference {
        kind: "distribution",
        url,
        comment: None,
        hashes: hashes(of),
    });
    let repository = component.repository.iter().map(|url| Reference {
        kind: "vcs",
        url,
        comment: None,
        hashes: Vec::new(),
    });
    let development = Property { name: "cdx:npm:package:development", value: "true" };
    Item {
        kind: "library",
        reference: Some(purl),
        group: component.group.as_deref(),
        name: &component.name,
        version: component.version.as_deref(),
        scope: Some(if component.optional { "optional" } else { "required" }),
        hashes: hashes(&component.hashes),
        licenses: licenses.collect(),
        purl: Some(purl),
        external_references: files.chain(repository).collect(),
        properties: component.development.then_some(development).into_iter().collect(),
    }
}

fn hashes(hashes: &BTreeSet<Hash>) -> Vec<HashItem<'_>> {
    hashes.iter().map(|hash| HashItem { alg: hash.algorithm, content: &hash.content }).collect()
}

fn dependencies<'a>(stock: &'a Stock, own: &'a str) -> Vec<Dependency<'a>> {
    let roots = Dependency { reference: own, depends_on: stock.roots.iter().map(String::as_str).collect() };
    let others = stock.components.keys().map(|purl| Dependency {
        reference: purl,
        depends_on: stock.edges.get(purl).into_iter().flatten().map(String::as_str).collect(),
    });
    std::iter::once(roots).chain(others).collect()
}
