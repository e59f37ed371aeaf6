//! Promise reactions, and the loading of modules.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::rc::Rc;
use std::task::{Poll, Waker};

use boa_engine::job::{Job, JobExecutor, NativeAsyncJob, PromiseJob};
use boa_engine::{Context, JsResult};

/// The queues of jobs. The session runs them one by one.
#[derive(Default)]
pub(crate) struct Jobs {
    promises: RefCell<VecDeque<PromiseJob>>,
    others: RefCell<VecDeque<NativeAsyncJob>>,
}

impl Jobs {
    /// Runs the first job. None: there is none.
    pub(crate) fn run_one(&self, context: &mut Context) -> Option<JsResult<()>> {
        let promise = self.promises.borrow_mut().pop_front();
        if let Some(job) = promise {
            return Some(job.call(context).map(drop));
        }
        let other = self.others.borrow_mut().pop_front()?;
        let context = RefCell::new(context);
        let future = std::pin::pin!(other.call(&context));
        // Modules are loaded at once: nothing that is pending could become ready later.
        match future.poll(&mut std::task::Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => Some(result.map(drop)),
            Poll::Pending => Some(Ok(())),
        }
    }
}

impl JobExecutor for Jobs {
    fn enqueue_job(self: Rc<Self>, job: Job, _context: &mut Context) {
        match job {
            Job::PromiseJob(job) => self.promises.borrow_mut().push_back(job),
            Job::AsyncJob(job) => self.others.borrow_mut().push_back(job),
            // Timers are the event loop's, and finalizers may be left out.
            _ => {}
        }
    }

    fn run_jobs(self: Rc<Self>, context: &mut Context) -> JsResult<()> {
        while let Some(result) = self.run_one(context) {
            result?;
        }
        Ok(())
    }
}
