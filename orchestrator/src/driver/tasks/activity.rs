//! Activities: the task waits in a queue until a worker polls for it.

use workflow::CallTask;

use super::Called;
use crate::activity::{self, Enqueued, MAX_ACTIVITIES, MAX_QUEUED_TASKS};
use crate::api::Orchestrator;
use crate::host::Host;
use crate::run::Run;

/// The error of a task for which no queue has a place.
const QUEUE_FULL: &str = "Activity.QueueFull";

/// Puts the task into the activity's queue. Each drive does it again, in case the queue has lost it.
pub(super) fn queue<H: Host>(app: &Orchestrator<H>, run: &Run, task: &CallTask, activity: &str) -> Called {
    if let Err(error) = activity::check_name(activity) {
        return super::failed(app, task, "States.Runtime", error.message);
    }
    match activity::enqueue(app.host.store(), activity, run, task, app.host.now_ms()) {
        Ok(Enqueued::Yes) => Called { queued: true, ..Called::nothing(task.entry, task.attempt) },
        Ok(Enqueued::Full) => {
            let cause = format!(
                "activity `{activity}` takes no more tasks: {MAX_QUEUED_TASKS} wait already, or the \
                 application has {MAX_ACTIVITIES} activities; hint: start workers that poll it"
            );
            super::failed(app, task, QUEUE_FULL, cause)
        }
        Err(error) => {
            app.host.log(&format!("a task of run `{}` is not queued yet: {error}", run.id));
            Called::nothing(task.entry, task.attempt)
        }
    }
}
