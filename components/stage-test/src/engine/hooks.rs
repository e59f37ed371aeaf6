//! What the engine asks of its host: which test a promise's reaction belongs to, and which rejections are handled.

use std::rc::Rc;

use boa_engine::builtins::promise::{OperationType, Promise};
use boa_engine::context::HostHooks;
use boa_engine::job::JobCallback;
use boa_engine::object::builtins::JsFunction;
use boa_engine::realm::Realm;
use boa_engine::{Context, JsNativeError, JsObject, JsResult, JsString, JsValue};

use crate::engine::limits::{MAX_NESTING_WEIGHT, TOO_DEEP};
use crate::engine::nesting;
use crate::engine::shared::Shared;

/// The hooks of one file.
pub(crate) struct Hooks {
    pub(crate) shared: Rc<Shared>,
}

/// In whose context a reaction was made: the test's id, and what `AsyncLocalStorage` keeps.
type Owner = (u32, JsValue);

/// No buffer of a test needs more.
const MAX_BUFFER_BYTES: u64 = 64 << 20;

impl HostHooks for Hooks {
    /// A reaction belongs to the test in whose context it was made.
    fn make_job_callback(&self, callback: JsFunction, _context: &mut Context) -> JobCallback {
        let stores = self.shared.stores.borrow().clone();
        JobCallback::new(callback, (self.shared.test.get(), stores))
    }

    fn call_job_callback(
        &self,
        job: &JobCallback,
        this: &JsValue,
        arguments: &[JsValue],
        context: &mut Context,
    ) -> JsResult<JsValue> {
        let before = self.shared.test.get();
        let stores = self.shared.stores.borrow().clone();
        let any: &dyn std::any::Any = job.host_defined();
        if let Some((test, stores)) = any.downcast_ref::<Owner>() {
            self.shared.test.set(*test);
            self.shared.stores.replace(stores.clone());
        }
        let result = job.callback().call(this, arguments, context);
        if result.as_ref().is_err_and(|error| error.as_engine().is_some()) {
            // The session asks whose it was.
            return result;
        }
        self.shared.test.set(before);
        self.shared.stores.replace(stores);
        result
    }

    fn promise_rejection_tracker(
        &self,
        promise: &JsObject<Promise>,
        operation: OperationType,
        _context: &mut Context,
    ) {
        let mut rejections = self.shared.rejections.borrow_mut();
        match operation {
            OperationType::Reject => rejections.push((promise.clone(), self.shared.test.get())),
            OperationType::Handle => rejections.retain(|(other, _)| !JsObject::equals(other, promise)),
        }
    }

    /// `eval` and `new Function`.
    fn ensure_can_compile_strings(
        &self,
        _realm: Realm,
        parameters: &[JsString],
        body: &JsString,
        _direct: bool,
        _context: &mut Context,
    ) -> JsResult<()> {
        let deep = |text: &JsString| nesting::check(&text.to_std_string_lossy(), MAX_NESTING_WEIGHT).is_err();
        if parameters.iter().any(deep) || deep(body) {
            return Err(JsNativeError::range().with_message(TOO_DEEP).into());
        }
        Ok(())
    }

    fn local_timezone_offset_seconds(&self, _unix_time_seconds: i64) -> i32 {
        0
    }

    fn max_buffer_size(&self, _context: &mut Context) -> u64 {
        MAX_BUFFER_BYTES
    }
}
