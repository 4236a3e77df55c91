//! What does a body look like that is too large or too odd to be written down?
//!
//! `generated=KIND:NUMBER` names one of these; each grows by one measure, so that a scenario can stand at
//! a limit and one past it. A bomb is compressed block by block, because nobody wants to hold a gigabyte.

use std::io::Write;

use flate2::{Compress, Compression, Crc, FlushCompress};

use crate::scenario::Options;

/// White space that is compressed once and then repeated.
const BLOCK_BYTES: usize = 1 << 20;

/// The bytes of a request's body: as written or as made, and compressed if the scenario says so.
pub fn body(options: &Options, written: String) -> Result<Vec<u8>, String> {
    let generated = options.generated.as_deref().map(|what| what.split_once(':').unwrap_or((what, "")));
    match (generated, options.compressed.as_deref()) {
        (None, None) => Ok(written.into_bytes()),
        (None, Some(coding)) => compress(coding, written.as_bytes()),
        (Some(("spaces", count)), Some(coding)) => compress_spaces(coding, number(count)?),
        (Some((kind, measure)), None) => generate(kind, measure),
        (Some((kind, measure)), Some(coding)) => compress(coding, &generate(kind, measure)?),
    }
}

fn generate(kind: &str, measure: &str) -> Result<Vec<u8>, String> {
    if kind == "hex" {
        return hex(measure).ok_or_else(|| format!("`{measure}` is not bytes in hexadecimal"));
    }
    let count = number(measure)?;
    Ok(match kind {
        "spaces" => " ".repeat(count),
        "padded" => padded(count)?,
        "digits" => digits(count),
        "nested-arrays" => {
            let (open, close) = ("[".repeat(count), "]".repeat(count));
            format!(r#"{{"resourceType":"Patient","contact":{open}{close}}}"#)
        }
        "nested-resource" => nested_resource(count),
        "nested-xml" => nested_xml(count),
        "transaction" => transaction(count),
        "patch" => patch(count),
        _ => return Err(format!("nobody knows how to make `{kind}`")),
    }
    .into_bytes())
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number"))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2).map(std::str::from_utf8);
    digits.map(|pair| u8::from_str_radix(pair.ok()?, 16).ok()).collect()
}

/// A resource of exactly this many bytes, white space included.
fn padded(bytes: usize) -> Result<String, String> {
    let (start, end) = (r#"{"resourceType":"Basic","#, r#""code":{"text":"padded"}}"#);
    let spaces = bytes.checked_sub(start.len() + end.len()).ok_or("a resource needs more bytes")?;
    Ok(format!("{start}{}{end}", " ".repeat(spaces)))
}

/// A resource with a number of this many digits.
fn digits(count: usize) -> String {
    let digits = "1".repeat(count);
    format!(
        r#"{{"resourceType":"Observation","status":"final","code":{{"text":"x"}},"valueQuantity":{{"value":{digits}}}}}"#
    )
}

/// A resource whose objects and arrays reach exactly this deep: an extension is an object in an array.
fn nested_resource(levels: usize) -> String {
    let pairs = levels.saturating_sub(1) / 2;
    let innermost =
        if levels.is_multiple_of(2) { r#","valueCoding":{"code":"x"}"# } else { r#","valueCode":"x""# };
    let mut resource = String::from(r#"{"resourceType":"Basic","code":{"text":"nested"}"#);
    for depth in 0..pairs {
        resource.push_str(r#","extension":[{"url":"http://example.org/nested""#);
        if depth + 1 == pairs {
            resource.push_str(innermost);
        }
    }
    resource.push_str(&"}]".repeat(pairs));
    resource.push('}');
    resource
}

fn nested_xml(levels: usize) -> String {
    let (open, close) = (r#"<extension url="u">"#.repeat(levels), "</extension>".repeat(levels));
    format!(r#"<Patient xmlns="http://hl7.org/fhir">{open}{close}</Patient>"#)
}

/// A transaction that creates this many resources.
fn transaction(entries: usize) -> String {
    let entry = r#"{"resource":{"resourceType":"Basic","code":{"text":"x"}},"request":{"method":"POST","url":"Basic"}}"#;
    let entries = vec![entry; entries].join(",");
    format!(r#"{{"resourceType":"Bundle","type":"transaction","entry":[{entries}]}}"#)
}

/// A JSON Patch of this many operations that change nothing.
fn patch(operations: usize) -> String {
    let operation = r#"{"op":"test","path":"/resourceType","value":"Patient"}"#;
    format!("[{}]", vec![operation; operations].join(","))
}

fn compress(coding: &str, plain: &[u8]) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("{coding}: {error}");
    match coding {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(plain).and_then(|()| encoder.finish()).map_err(failed)
        }
        "br" => {
            let mut compressed = Vec::new();
            let mut encoder = brotli::CompressorWriter::new(&mut compressed, 4096, 1, 22);
            encoder.write_all(plain).map_err(failed)?;
            drop(encoder);
            Ok(compressed)
        }
        "zstd" => zstd::encode_all(plain, 1).map_err(failed),
        _ => Err(format!("nobody knows how to compress as `{coding}`")),
    }
}

/// White space, compressed; `count` is rounded down to whole blocks where there are several.
fn compress_spaces(coding: &str, count: usize) -> Result<Vec<u8>, String> {
    let block = vec![b' '; std::cmp::min(count, BLOCK_BYTES)];
    let blocks = count / BLOCK_BYTES;
    match coding {
        _ if blocks == 0 => compress(coding, &block),
        "gzip" => Ok(gzip_blocks(&block, blocks)),
        // Frames may stand one behind the other: RFC 8878, section 3.1.
        "zstd" => Ok(compress(coding, &block)?.repeat(blocks)),
        _ => compress(coding, &block.repeat(blocks)),
    }
}

/// One gzip member (RFC 1952) of a block that is repeated: a full flush makes blocks independent.
fn gzip_blocks(block: &[u8], blocks: usize) -> Vec<u8> {
    let mut deflated = Vec::with_capacity(block.len());
    Compress::new(Compression::best(), false)
        .compress_vec(block, &mut deflated, FlushCompress::Full)
        .expect("the buffer holds the block even uncompressed");
    let mut once = Crc::new();
    once.update(block);
    let mut sum = Crc::new();
    let mut member = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    for _ in 0..blocks {
        member.extend_from_slice(&deflated);
        sum.combine(&once);
    }
    // An empty last block, then the sum and the length.
    member.extend_from_slice(&[3, 0]);
    member.extend_from_slice(&sum.sum().to_le_bytes());
    member.extend_from_slice(&sum.amount().to_le_bytes());
    member
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn made(what: &str) -> String {
        let options = Options { generated: Some(what.to_owned()), ..Options::default() };
        let body = body(&options, String::new());
        body.map_or_else(|complaint| complaint, |body| String::from_utf8_lossy(&body).into_owned())
    }

    fn depth(json: &str) -> usize {
        let levels = json.chars().scan(0_usize, |level, character| {
            *level = match character {
                '{' | '[' => *level + 1,
                '}' | ']' => *level - 1,
                _ => *level,
            };
            Some(*level)
        });
        levels.max().unwrap_or_default()
    }

    #[test]
    fn a_body_has_the_measure_asked_for_and_is_json() {
        for levels in [7, 64, 65] {
            let json = made(&format!("nested-resource:{levels}"));
            assert_eq!(depth(&json), levels, "{json}");
            serde_json::from_str::<serde_json::Value>(&json).expect("it is JSON");
        }
        assert_eq!(made("padded:1000").len(), 1000);
        assert_eq!(made("hex:7b00"), "{\0");
        assert!(made("digits:3").ends_with("{\"value\":111}}"));
        assert_eq!(made("transaction:3").matches("POST").count(), 3);
        assert_eq!(made("unheard:3"), "nobody knows how to make `unheard`");
    }

    #[test]
    fn a_bomb_is_a_whole_gzip_member_and_a_zstd_stream() {
        let three = 3 * BLOCK_BYTES;
        let bomb = compress_spaces("gzip", three).expect("known");
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&bomb[..]).read_to_end(&mut plain).expect("whole");
        assert!(plain.len() == three && bomb.len() < 10_000, "{} of {}", bomb.len(), plain.len());
        let bomb = compress_spaces("zstd", three).expect("known");
        assert_eq!(zstd::decode_all(&bomb[..]).expect("whole").len(), three);
    }
}
