//! End to end: a running application is driven over HTTP, with real parts around it. The same tests run on the
//! embedded host and, with `ROPEWALK_SPIN=/path/to/spin`, on real Spin.

#[path = "e2e/support.rs"]
mod support;

#[path = "e2e/access.rs"]
mod access;
#[path = "e2e/cache.rs"]
mod cache;
#[path = "e2e/commands.rs"]
mod commands;
#[path = "e2e/crash.rs"]
mod crash;
#[path = "e2e/dashboard.rs"]
mod dashboard;
#[path = "e2e/demo.rs"]
mod demo;
#[path = "e2e/isolation.rs"]
mod isolation;
#[path = "e2e/pipeline.rs"]
mod pipeline;
#[path = "e2e/push.rs"]
mod push;
#[path = "e2e/readme.rs"]
mod readme;
