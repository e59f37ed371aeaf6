//! Publishes a release of a site.
