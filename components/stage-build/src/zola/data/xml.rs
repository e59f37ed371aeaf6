use roxmltree::{Document, Node};
use serde_json::{Map, Value, json};

use super::add;

/// How deep elements may be in each other.
const MAX_DEPTH: usize = 128;

/// Elements by their names, attributes after `@`, text beside elements as `#text`.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let document = Document::parse(text).map_err(|error| error.to_string())?;
    let root = document.root_element();
    Ok(json!({ root.tag_name().name(): element(root, 0)? }))
}

fn element(node: Node<'_, '_>, depth: usize) -> Result<Value, String> {
    if depth > MAX_DEPTH {
        return Err(format!("elements are nested too deep: the limit is {MAX_DEPTH}"));
    }
    let mut map = Map::new();
    for attribute in node.attributes() {
        map.insert(format!("@{}", attribute.name()), scalar(attribute.value()));
    }
    let mut text = String::new();
    for child in node.children() {
        if child.is_element() {
            add(&mut map, child.tag_name().name(), element(child, depth + 1)?);
        } else if child.is_text() {
            text.push_str(child.text().unwrap_or_default());
        }
    }
    let text = text.trim();
    if map.is_empty() {
        return Ok(if text.is_empty() { Value::Null } else { scalar(text) });
    }
    if !text.is_empty() {
        map.insert("#text".to_owned(), scalar(text));
    }
    Ok(Value::Object(map))
}

fn scalar(text: &str) -> Value {
    match (text.parse::<i64>(), text.parse::<f64>(), text) {
        // A number with a leading zero is a name.
        _ if text.len() > 1 && text.starts_with('0') && !text.starts_with("0.") => json!(text),
        (Ok(whole), _, _) => json!(whole),
        (_, Ok(number), _) if number.is_finite() => json!(number),
        (_, _, "true") => json!(true),
        (_, _, "false") => json!(false),
        _ => json!(text),
    }
}
