//! What JSON text does this tree make?

use crate::value::Value;

const INDENT: usize = 2;

/// Appends the tree without any space.
pub fn write_compact(value: &Value, json: &mut Vec<u8>) {
    match value {
        Value::Array(items) => {
            json.push(b'[');
            for (place, item) in items.iter().enumerate() {
                separate(place, json);
                write_compact(item, json);
            }
            json.push(b']');
        }
        Value::Object(object) => {
            json.push(b'{');
            for (place, (name, member)) in object.iter().enumerate() {
                separate(place, json);
                write_string(name, json);
                json.push(b':');
                write_compact(member, json);
            }
            json.push(b'}');
        }
        leaf => write_leaf(leaf, json),
    }
}

/// Appends the tree with a line for every member and item.
pub fn write_pretty(value: &Value, json: &mut Vec<u8>) {
    write_indented(value, 0, json);
}

fn write_indented(value: &Value, level: usize, json: &mut Vec<u8>) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            json.push(b'[');
            for (place, item) in items.iter().enumerate() {
                separate(place, json);
                new_line(level + 1, json);
                write_indented(item, level + 1, json);
            }
            new_line(level, json);
            json.push(b']');
        }
        Value::Object(object) if !object.is_empty() => {
            json.push(b'{');
            for (place, (name, member)) in object.iter().enumerate() {
                separate(place, json);
                new_line(level + 1, json);
                write_string(name, json);
                json.extend_from_slice(b": ");
                write_indented(member, level + 1, json);
            }
            new_line(level, json);
            json.push(b'}');
        }
        leaf => write_compact(leaf, json),
    }
}

fn write_leaf(leaf: &Value, json: &mut Vec<u8>) {
    match leaf {
        Value::Null | Value::Array(_) | Value::Object(_) => json.extend_from_slice(b"null"),
        Value::Bool(true) => json.extend_from_slice(b"true"),
        Value::Bool(false) => json.extend_from_slice(b"false"),
        Value::Number(number) => json.extend_from_slice(number.as_str().as_bytes()),
        Value::String(text) => write_string(text, json),
    }
}

fn separate(place: usize, json: &mut Vec<u8>) {
    if place > 0 {
        json.push(b',');
    }
}

fn new_line(level: usize, json: &mut Vec<u8>) {
    json.push(b'\n');
    json.resize(json.len() + level * INDENT, b' ');
}

/// Appends a string in quotes, escaping what JSON cannot hold and nothing else.
pub fn write_string(text: &str, json: &mut Vec<u8>) {
    json.push(b'"');
    let bytes = text.as_bytes();
    let mut written = 0;
    for (place, byte) in bytes.iter().enumerate() {
        if *byte >= 0x20 && !matches!(byte, b'"' | b'\\') {
            continue;
        }
        json.extend_from_slice(&bytes[written..place]);
        write_escape(*byte, json);
        written = place + 1;
    }
    json.extend_from_slice(&bytes[written..]);
    json.push(b'"');
}

fn write_escape(byte: u8, json: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let letter = match byte {
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        8 => b'b',
        12 => b'f',
        b'"' | b'\\' => byte,
        control => {
            json.extend_from_slice(b"\\u00");
            json.push(HEX[usize::from(control >> 4)]);
            json.push(HEX[usize::from(control & 15)]);
            return;
        }
    };
    json.extend_from_slice(&[b'\\', letter]);
}
