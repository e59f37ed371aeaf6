//! What an instance remembers between requests. All of it is immutable: releases, trees, contents.

use std::collections::VecDeque;
use std::rc::Rc;

use artifact::{Artifacts, Digest, Store, StoredTree};
use bytes::Bytes;

use crate::Error;
use crate::content::Encoding;
use crate::release::{Release, ReleaseFile};

/// So many releases are remembered.
const MAX_RELEASES: usize = 8;
/// So many trees of compressed contents are remembered.
const MAX_TREES: usize = 16;
/// So many bytes of contents are remembered.
const MAX_CONTENT_BYTES: usize = 8 << 20;
/// No file larger than this is remembered.
const MAX_FILE_BYTES: usize = 1 << 20;

/// A release, and where its files' contents are.
#[derive(Debug)]
pub struct Loaded {
    /// The release.
    pub release: Release,
    /// The artifact that it was made of.
    tree: StoredTree,
}

/// What is remembered, the latest last.
#[derive(Debug, Default)]
pub struct Cache {
    releases: VecDeque<Rc<Loaded>>,
    trees: VecDeque<Rc<StoredTree>>,
    contents: VecDeque<((Digest, Encoding), Bytes)>,
    content_bytes: usize,
}

impl Cache {
    /// The release of this id, if there is one.
    pub fn release<S: Store + ?Sized>(&mut self, store: &S, id: &str) -> Result<Option<Rc<Loaded>>, Error> {
        if let Some(loaded) = self.releases.iter().find(|loaded| loaded.release.id == id) {
            return Ok(Some(Rc::clone(loaded)));
        }
        let Some(release) = Release::load(store, id)? else {
            return Ok(None);
        };
        let tree = Artifacts::new(store).load(&release.artifact)?;
        let loaded = Rc::new(Loaded { release, tree });
        remember(&mut self.releases, MAX_RELEASES, Rc::clone(&loaded));
        Ok(Some(loaded))
    }

    /// The contents of a file at a path. Every digest is verified when they are read.
    pub fn contents<S: Store + ?Sized>(
        &mut self,
        store: &S,
        loaded: &Loaded,
        (path, file): (&str, &ReleaseFile),
        encoding: Encoding,
    ) -> Result<Bytes, Error> {
        let key = (file.digest, encoding);
        if let Some((_, contents)) = self.contents.iter().find(|(other, _)| *other == key) {
            return Ok(contents.clone());
        }
        let artifacts = Artifacts::new(store);
        let contents = match loaded.release.place(file, encoding) {
            Some((tree, path)) => artifacts.read(&*self.tree(store, &tree)?, &path)?,
            None => artifacts.read(&loaded.tree, path)?,
        };
        let contents = Bytes::from(contents);
        self.remember_contents(key, &contents);
        Ok(contents)
    }

    fn tree<S: Store + ?Sized>(&mut self, store: &S, digest: &Digest) -> Result<Rc<StoredTree>, Error> {
        if let Some(tree) = self.trees.iter().find(|tree| tree.digest() == digest) {
            return Ok(Rc::clone(tree));
        }
        let tree = Rc::new(Artifacts::new(store).load(digest)?);
        remember(&mut self.trees, MAX_TREES, Rc::clone(&tree));
        Ok(tree)
    }

    fn remember_contents(&mut self, key: (Digest, Encoding), contents: &Bytes) {
        if contents.len() > MAX_FILE_BYTES {
            return;
        }
        self.content_bytes += contents.len();
        self.contents.push_back((key, contents.clone()));
        while self.content_bytes > MAX_CONTENT_BYTES {
            let Some((_, oldest)) = self.contents.pop_front() else {
                return;
            };
            self.content_bytes -= oldest.len();
        }
    }
}

fn remember<T>(remembered: &mut VecDeque<T>, limit: usize, new: T) {
    if remembered.len() >= limit {
        remembered.pop_front();
    }
    remembered.push_back(new);
}
