//! One instance of a module, for one test.

use wasmi::{
    Caller, Extern, Instance as Inner, Linker, Module, Store, StoreLimits, StoreLimitsBuilder, TrapCode, Val,
};

use crate::parameters::Parameters;
use crate::wasm::wasi;

/// So much memory may an instance have.
const MAX_MEMORY_BYTES: usize = 256 << 20;
/// So many elements may each of its tables have.
const MAX_TABLE_ELEMENTS: usize = 1 << 20;
/// What an instruction costs, as the engine counts: so many count as a microsecond.
const FUEL_PER_US: u64 = 100;
/// What a test prints is cut after so many bytes.
pub(super) const MAX_PRINTED_BYTES: usize = 1 << 20;

/// How a call ended.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// What went wrong, if anything did.
    pub(super) failure: Option<String>,
    pub(super) printed: String,
    pub(super) time_us: u64,
}

/// What a module's imports see.
pub(super) struct State {
    pub(super) arguments: Vec<String>,
    pub(super) environment: Vec<String>,
    pub(super) printed: Vec<u8>,
    pub(super) exit: Option<u32>,
    /// State of the generator behind `random_get`.
    pub(super) random: u64,
    limits: StoreLimits,
}

/// One instance.
pub(super) struct Instance {
    store: Store<State>,
    inner: Inner,
    fuel: u64,
}

impl Instance {
    pub(super) fn new(
        module: &Module,
        arguments: Vec<String>,
        parameters: &Parameters,
    ) -> Result<Self, Ended> {
        let limits = StoreLimitsBuilder::new()
            .memory_size(MAX_MEMORY_BYTES)
            .table_elements(MAX_TABLE_ELEMENTS)
            .build();
        let state = State {
            arguments,
            environment: parameters.env.iter().map(|(name, value)| format!("{name}={value}")).collect(),
            printed: Vec::new(),
            exit: None,
            random: parameters.seed,
            limits,
        };
        let refuse = |message: String| Ended { failure: Some(message), ..Ended::default() };
        let mut store = Store::new(module.engine(), state);
        store.limiter(|state| &mut state.limits);
        let fuel = parameters.limits.instructions;
        store.set_fuel(fuel).map_err(|error| refuse(error.to_string()))?;
        let mut linker = Linker::new(module.engine());
        wasi::define(&mut linker).map_err(|error| refuse(error.to_string()))?;
        refuse_others(module, &mut linker).map_err(|error| refuse(error.to_string()))?;
        let inner = linker
            .instantiate_and_start(&mut store, module)
            .map_err(|error| refuse(format!("the module could not be instantiated: {error}")))?;
        Ok(Self { store, inner, fuel })
    }

    /// Calls an exported function without parameters.
    pub(super) fn call(mut self, name: &str) -> Result<Ended, Ended> {
        let Some(function) = self.inner.get_func(&self.store, name) else {
            return Err(Ended {
                failure: Some(format!("no function `{name}` is exported")),
                ..Ended::default()
            });
        };
        let mut results = vec![Val::I32(0); function.ty(&self.store).results().len()];
        let called = function.call(&mut self.store, &[], &mut results);
        let failure = match called {
            Ok(()) => match results.first() {
                Some(Val::I32(code)) if *code != 0 => {
                    Some(format!("it answered {code}, and 0 means that it passed"))
                }
                _ => None,
            },
            Err(error) => self.explain(&error),
        };
        let used = self.fuel.saturating_sub(self.store.get_fuel().unwrap_or(0));
        let printed = String::from_utf8_lossy(&self.store.data().printed).into_owned();
        Ok(Ended { failure, printed, time_us: used / FUEL_PER_US })
    }

    fn explain(&self, error: &wasmi::Error) -> Option<String> {
        match (self.store.data().exit, error.as_trap_code()) {
            (Some(0), _) => None,
            (Some(code), _) => Some(format!("the program exited with code {code}")),
            (None, Some(TrapCode::OutOfFuel)) => {
                let limit = self.fuel;
                Some(format!("stopped: more than {limit} instructions ran, hint: `limits.instructions`"))
            }
            (None, Some(TrapCode::StackOverflow)) => Some("trapped: the call stack is exhausted".to_owned()),
            (None, _) => Some(format!("trapped: {error}")),
        }
    }
}

/// What a module imports that there isn't traps when it is called.
fn refuse_others(module: &Module, linker: &mut Linker<State>) -> Result<(), wasmi::Error> {
    for import in module.imports() {
        let (from, name) = (import.module().to_owned(), import.name().to_owned());
        if from == wasi::MODULE && wasi::FUNCTIONS.contains(&name.as_str()) {
            continue;
        }
        if let Some(kind) = import.ty().func() {
            let message = format!("`{from}` has no `{name}` in the test stage");
            linker.func_new(&from, &name, kind.clone(), move |_: Caller<'_, State>, _, _| {
                Err(wasmi::Error::new(message.clone()))
            })?;
        }
    }
    Ok(())
}

/// The memory that a module exports, as WASI wants it.
pub(super) fn memory(caller: &Caller<'_, State>) -> Result<wasmi::Memory, wasmi::Error> {
    let memory = caller.get_export("memory").and_then(Extern::into_memory);
    memory.ok_or_else(|| wasmi::Error::new("the module exports no memory of name `memory`"))
}
