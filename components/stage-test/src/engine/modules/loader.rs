//! ES modules: the engine asks for what they import.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::rc::Rc;

use boa_engine::module::{Module, ModuleLoader, ModuleRequest, Referrer, SyntheticModuleInitializer};
use boa_engine::object::FunctionObjectBuilder;
use boa_engine::{
    Context, JsNativeError, JsObject, JsResult, JsString, JsValue, NativeFunction, Source, js_string,
};

use crate::engine::host::text;
use crate::engine::modules::ModuleError;
use crate::engine::modules::resolve::{Mode, resolve};
use crate::engine::modules::source::{self, Format};
use crate::engine::shared::Shared;

/// The modules of one file's realm.
pub(crate) struct Loader {
    shared: Rc<Shared>,
    modules: RefCell<HashMap<String, Module>>,
}

/// `CommonJS` files that export all of each other are followed so far.
const MAX_REEXPORTS: usize = 64;

impl Loader {
    pub(crate) fn new(shared: Rc<Shared>) -> Self {
        Self { shared, modules: RefCell::default() }
    }

    /// The module of a path or of `node:` and a name. `json`: the import says that it is JSON.
    pub(crate) fn load(&self, place: &str, json: bool, context: &mut Context) -> JsResult<Module> {
        if place.ends_with(".json") && !json {
            return Err(ModuleError::JsonAttribute { path: format!("file://{place}") }.into_js(context)?);
        }
        let mocked = self.call_runtime("mocked", place, context)?;
        if let Some(object) = mocked.as_object() {
            return mock(&object, context);
        }
        let known = self.modules.borrow().get(place).cloned();
        if let Some(module) = known {
            return Ok(module);
        }
        let module = match place.strip_prefix("node:") {
            Some(name) => self.builtin(name, context)?,
            None => self.file(place, context)?,
        };
        self.modules.borrow_mut().insert(place.to_owned(), module.clone());
        Ok(module)
    }

    /// Whether a place was loaded.
    pub(crate) fn has(&self, place: &str) -> bool {
        self.modules.borrow().contains_key(place)
    }

    fn file(&self, path: &str, context: &mut Context) -> JsResult<Module> {
        match source::format_of(&self.shared.disk, path) {
            Ok(Format::CommonJs) => self.commonjs(path, context),
            Ok(Format::Module | Format::Json) => self.read(path, context),
            Err(error) => Err(error.into_js(context)?),
        }
    }

    fn read(&self, path: &str, context: &mut Context) -> JsResult<Module> {
        let prepared = match source::prepare(&self.shared.disk, path) {
            Ok(prepared) => prepared,
            Err(error) => return Err(error.into_js(context)?),
        };
        if prepared.format == Format::Json {
            return Module::parse_json(JsString::from(prepared.text), context);
        }
        if let Some(lines) = prepared.lines {
            self.shared.lines.borrow_mut().insert(path.to_owned(), lines);
        }
        let source = Source::from_bytes(&prepared.text).with_path(Path::new(path));
        match Module::parse(source, None, context) {
            Ok(module) => Ok(module),
            Err(error) => {
                Err(source::syntax_error(path, &prepared.text, Format::Module, &error).into_js(context)?)
            }
        }
    }

    /// A module of Node: its exports by name, and all of them as default.
    fn builtin(&self, name: &str, context: &mut Context) -> JsResult<Module> {
        let exports = self.call_runtime("builtin", name, context)?;
        let mut names = BTreeSet::from([js_string!("default")]);
        if let Some(object) = exports.as_object() {
            for key in object.own_property_keys(context)? {
                if let boa_engine::property::PropertyKey::String(key) = key {
                    names.insert(key);
                }
            }
        }
        for not in ["length", "name", "prototype"] {
            names.remove(&js_string!(not));
        }
        let names: Vec<JsString> = names.into_iter().collect();
        Ok(synthetic(&names, exports, None, context))
    }

    /// A `CommonJS` file: it runs when the module is evaluated.
    fn commonjs(&self, path: &str, context: &mut Context) -> JsResult<Module> {
        let mut names = BTreeSet::from(["default".to_owned()]);
        let mut pending = vec![path.to_owned()];
        let mut seen = BTreeSet::new();
        while let Some(file) = pending.pop() {
            if !seen.insert(file.clone()) || seen.len() > MAX_REEXPORTS {
                continue;
            }
            let found = match source::exported_names(&self.shared.disk, &file) {
                Ok(found) => found,
                Err(error) => return Err(error.into_js(context)?),
            };
            names.extend(found.own);
            for specifier in found.all_of {
                // What can't be found is an error when the file runs.
                if let Ok(place) = resolve(&self.shared.disk, &specifier, &file, Mode::Require)
                    && place.starts_with('/')
                    && !place.ends_with(".json")
                {
                    pending.push(place);
                }
            }
        }
        let names: Vec<JsString> = names.into_iter().map(JsString::from).collect();
        Ok(synthetic(&names, JsString::from(path).into(), Some(Path::new(path)), context))
    }

    fn call_runtime(&self, name: &str, argument: &str, context: &mut Context) -> JsResult<JsValue> {
        call_runtime(&self.shared, name, argument, context)
    }
}

fn call_runtime(shared: &Shared, name: &str, argument: &str, context: &mut Context) -> JsResult<JsValue> {
    let runtime = shared.runtime.borrow().clone();
    let function = match runtime {
        Some(runtime) => runtime.get(JsString::from(name), context)?.as_object(),
        None => None,
    };
    let function = function.ok_or_else(|| JsNativeError::error().with_message("the runtime is not ready"))?;
    function.call(&JsValue::undefined(), &[JsString::from(argument).into()], context)
}

/// A module that a test made up: its exports are the object's properties.
fn mock(object: &JsObject, context: &mut Context) -> JsResult<Module> {
    let mut names = BTreeSet::new();
    for key in object.own_property_keys(context)? {
        if let boa_engine::property::PropertyKey::String(key) = key {
            names.insert(key);
        }
    }
    let names: Vec<JsString> = names.into_iter().collect();
    let initializer = SyntheticModuleInitializer::from_copy_closure_with_captures(
        |module, (names, object): &(Vec<JsString>, JsObject), context| {
            for name in names {
                let export = object.get(name.clone(), context)?;
                module.set_export(name, export)?;
            }
            Ok(())
        },
        (names.clone(), object.clone()),
    );
    Ok(Module::synthetic(&names, initializer, None, None, context))
}

/// A module whose exports are properties of a value; `default` is the value. With a path, the value is the
/// exports of the `CommonJS` file there, which runs first.
fn synthetic(names: &[JsString], value: JsValue, path: Option<&Path>, context: &mut Context) -> Module {
    let commonjs = path.is_some();
    let captures = (names.to_vec(), value);
    let initializer = SyntheticModuleInitializer::from_copy_closure_with_captures(
        move |module, (names, value): &(Vec<JsString>, JsValue), context| {
            let exports = if commonjs {
                let path = value.to_string(context)?.to_std_string_lossy();
                let shared = Shared::of(context)?;
                call_runtime(&shared, "requireFile", &path, context)?
            } else {
                value.clone()
            };
            let object = exports.as_object();
            for name in names {
                let export = match &object {
                    _ if *name == js_string!("default") => exports.clone(),
                    Some(object) => object.get(name.clone(), context)?,
                    None => JsValue::undefined(),
                };
                module.set_export(name, export)?;
            }
            Ok(())
        },
        captures,
    );
    Module::synthetic(names, initializer, path.map(Path::to_path_buf), None, context)
}

impl ModuleLoader for Loader {
    async fn load_imported_module(
        self: Rc<Self>,
        referrer: Referrer,
        request: ModuleRequest,
        context: &RefCell<&mut Context>,
    ) -> JsResult<Module> {
        let context = &mut **context.borrow_mut();
        let from = referrer.path().and_then(Path::to_str).unwrap_or(&self.shared.main).to_owned();
        let specifier = request.specifier().to_std_string_lossy();
        let json = request.get_attribute("type").is_some_and(|kind| *kind == js_string!("json"));
        match resolve(&self.shared.disk, &specifier, &from, Mode::Import) {
            Ok(place) => self.load(&place, json, context),
            Err(error) => Err(error.into_js(context)?),
        }
    }

    fn init_import_meta(self: Rc<Self>, meta: &JsObject, module: &Module, context: &mut Context) {
        let path = module.path().and_then(Path::to_str).unwrap_or(&self.shared.main).to_owned();
        let folder = crate::engine::disk::folder(&path).to_owned();
        let resolver = NativeFunction::from_copy_closure_with_captures(
            |_, arguments, from: &JsString, context| {
                let shared = Shared::of(context)?;
                let from = from.to_std_string_lossy();
                match resolve(&shared.disk, &text(arguments, 0)?, &from, Mode::Import) {
                    Ok(place) if place.starts_with('/') => {
                        Ok(JsString::from(format!("file://{place}")).into())
                    }
                    Ok(place) => Ok(JsString::from(place).into()),
                    // What a path leads to need not be there.
                    Err(ModuleError::NotFound { specifier, what: "module", .. }) => {
                        Ok(JsString::from(format!("file://{specifier}")).into())
                    }
                    Err(error) => Err(error.into_js(context)?),
                }
            },
            JsString::from(path.as_str()),
        );
        let resolver = FunctionObjectBuilder::new(context.realm(), resolver)
            .name(js_string!("resolve"))
            .length(1)
            .build();
        let properties: [(&str, JsValue); 4] = [
            ("dirname", JsString::from(folder).into()),
            ("filename", JsString::from(path.as_str()).into()),
            ("resolve", resolver.into()),
            (
                "url",
                JsString::from(format!("file://{}", path.replace('%', "%25").replace(' ', "%20"))).into(),
            ),
        ];
        for (name, value) in properties {
            // The object is new and ordinary: this can't fail.
            let _ = meta.create_data_property(JsString::from(name), value, context);
        }
    }
}
