//! How are bodies compressed on their way?
//!
//! gzip, deflate, brotli and zstd, both ways: RFC 9110 part 8.4. What comes in is inflated piece by
//! piece and never beyond the cap, whatever it claims of itself.

use std::io::{self, Read, Write};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use model::{Code, Issue};

use crate::body::too_large;
use crate::budget::Held;
use crate::negotiate::quality;

/// Bodies shorter than this are not worth the work.
const ENCODE_BYTES_MIN: u64 = 1024;
/// Bodies longer than this are compressed off the threads that answer requests.
const INLINE_BYTES_MAX: usize = 64 << 10;
const BUFFER_BYTES: usize = 16 << 10;

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Coding {
    fn parse(name: &str) -> Option<Self> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Coding::Gzip,
            "deflate" => Coding::Deflate,
            "br" => Coding::Brotli,
            "zstd" => Coding::Zstd,
            _ => return None,
        })
    }

    fn as_str(self) -> &'static str {
        match self {
            Coding::Gzip => "gzip",
            Coding::Deflate => "deflate",
            Coding::Brotli => "br",
            Coding::Zstd => "zstd",
        }
    }
}

/// How a body was compressed, as its `Content-Encoding` says.
pub(crate) fn coding(headers: &HeaderMap) -> Result<Option<Coding>, Issue> {
    let Some(value) = headers.get(header::CONTENT_ENCODING) else {
        return Ok(None);
    };
    let name = value.to_str().unwrap_or_default();
    if name.trim().eq_ignore_ascii_case("identity") {
        return Ok(None);
    }
    let message =
        || format!("`Content-Encoding: {name}`: gzip, deflate, br or zstd is expected, one of them");
    Coding::parse(name).map(Some).ok_or_else(|| Issue::error(Code::InvalidEncoding, message()))
}

/// Inflates a body within `limit` bytes and what `held` can still take.
pub(crate) async fn decode(
    coding: Coding,
    sent: Bytes,
    limit: usize,
    mut held: Held,
) -> Result<(Bytes, Held), Issue> {
    let work = move || inflate(coding, &sent, limit, &mut held).map(|inflated| (inflated, held));
    off_thread(work).await?
}

fn inflate(coding: Coding, sent: &[u8], limit: usize, held: &mut Held) -> Result<Bytes, Issue> {
    let broken = |_| Issue::error(Code::InvalidEncoding, format!("the body is not {}", coding.as_str()));
    let mut reader: Box<dyn Read + '_> = match coding {
        Coding::Gzip => Box::new(flate2::read::MultiGzDecoder::new(sent)),
        Coding::Deflate => Box::new(flate2::read::ZlibDecoder::new(sent)),
        Coding::Brotli => Box::new(brotli::Decompressor::new(sent, BUFFER_BYTES)),
        Coding::Zstd => Box::new(zstd::stream::read::Decoder::new(sent).map_err(broken)?),
    };
    let mut inflated = Vec::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let length = reader.read(&mut buffer).map_err(broken)?;
        if length == 0 {
            return Ok(inflated.into());
        }
        if inflated.len() + length > limit {
            return Err(too_large(limit));
        }
        held.grow(length)?;
        inflated.extend_from_slice(&buffer[..length]);
    }
}

/// The coding that the client likes best, if it likes any.
pub(crate) fn accepted(headers: &HeaderMap) -> Option<Coding> {
    let value = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    let offers = value.split(',').filter_map(|range| {
        let coding = Coding::parse(range.split(';').next()?)?;
        let ease = match coding {
            Coding::Zstd => 3,
            Coding::Gzip => 2,
            Coding::Brotli => 1,
            Coding::Deflate => 0,
        };
        Some(((quality(range), ease), coding))
    });
    let liked = offers.filter(|((quality, _), _)| *quality > 0);
    liked.max_by_key(|(rank, _)| *rank).map(|(_, coding)| coding)
}

/// Compresses an answer, where it is one piece in memory and large enough to gain.
pub(crate) async fn encode(response: Response, coding: Option<Coding>) -> Response {
    let Some(coding) = coding else { return response };
    let known_length = response.body().size_hint().exact();
    let worth_it = known_length.is_some_and(|length| length >= ENCODE_BYTES_MIN);
    let untouched = !response.headers().contains_key(header::CONTENT_ENCODING);
    let is_part = response.headers().contains_key(header::CONTENT_RANGE);
    if !worth_it || !untouched || is_part {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(whole) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return Response::from_parts(parts, Body::empty());
    };
    let encoded = if whole.len() <= INLINE_BYTES_MAX {
        deflate(coding, &whole)
    } else {
        let whole = whole.clone();
        off_thread(move || deflate(coding, &whole)).await.unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
    };
    let Ok(encoded) = encoded else {
        return Response::from_parts(parts, Body::from(whole));
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.as_str()));
    parts.headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    Response::from_parts(parts, Body::from(encoded))
}

fn deflate(coding: Coding, whole: &[u8]) -> io::Result<Vec<u8>> {
    match coding {
        Coding::Gzip => {
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            writer.write_all(whole)?;
            writer.finish()
        }
        Coding::Deflate => {
            let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            writer.write_all(whole)?;
            writer.finish()
        }
        Coding::Brotli => {
            let mut writer = brotli::CompressorWriter::new(Vec::new(), BUFFER_BYTES, 4, 20);
            writer.write_all(whole)?;
            Ok(writer.into_inner())
        }
        Coding::Zstd => zstd::bulk::compress(whole, 1),
    }
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Issue> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Issue::error(Code::Internal, "the compression of a body was given up"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Budget;

    fn inflated(coding: Coding, sent: &[u8], limit: usize) -> Result<Bytes, Issue> {
        inflate(coding, sent, limit, &mut Budget::default().begin())
    }

    const ALL: [Coding; 4] = [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd];

    #[test]
    fn what_is_deflated_inflates_to_itself_up_to_the_limit_and_not_beyond() {
        let whole = vec![b'a'; 100_000];
        for coding in ALL {
            let small = deflate(coding, &whole).expect("deflates");
            assert!(small.len() < 2_000, "{coding:?}");
            assert_eq!(inflated(coding, &small, 100_000).expect("fits"), whole);
            assert_eq!(inflated(coding, &small, 99_999).expect_err("too large").code, Code::TooLarge);
        }
    }

    #[test]
    fn what_is_not_compressed_as_it_says_is_refused() {
        for coding in ALL {
            assert_eq!(inflated(coding, b"{\"a\":1}", 100).expect_err("broken").code, Code::InvalidEncoding);
        }
    }

    #[test]
    fn the_coding_with_the_most_weight_wins() {
        let check = |value: &'static str, expected| {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            assert_eq!(accepted(&headers), expected, "{value}");
        };
        check("gzip, br, zstd", Some(Coding::Zstd));
        check("gzip;q=0.5, br;q=0.9", Some(Coding::Brotli));
        check("gzip;q=0, identity", None);
        check("*", None);
    }
}
