//! How is a request sent exactly as it is meant, and its answer read, whatever it is?
//!
//! A connection for each request, so that a malformed one harms no other. Sending and reading go on side
//! by side, because a server may refuse a body long before its end.

use std::io::{self, Read};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long one exchange may take; longer than any limit of the server that scenarios reach.
const EXCHANGE_TIME_MAX: Duration = Duration::from_secs(90);

/// Bytes of one answer: more than any that a scenario asks for.
const ANSWER_BYTES_MAX: u64 = 256 << 20;

/// Bytes of one chunk of a body that is sent without a length.
const CHUNK_BYTES: usize = 64 << 10;

/// What came back, freed of its codings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names and values in the order received.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The values of all headers of this name.
    pub fn headers_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.headers.iter().filter(move |(found, _)| found.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    /// The value of the first header of this name.
    pub fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.headers_named(name).next()
    }
}

/// Sends these bytes on a connection of their own and reads the answer to its end.
pub async fn ask(address: SocketAddr, request: &[u8]) -> Result<Answer, String> {
    let exchange = tokio::time::timeout(EXCHANGE_TIME_MAX, exchange(address, request));
    let received = exchange.await.map_err(|_| "no whole answer in time".to_owned())?;
    let received = received.map_err(|error| format!("no whole answer: {error}"))?;
    parse(&received, request.starts_with(b"HEAD "))
}

async fn exchange(address: SocketAddr, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    let (reader, mut writer) = stream.split();
    let send = async {
        // A server that refuses a body closes while it is being sent; what counts is what it answers.
        drop(writer.write_all(request).await);
    };
    let mut received = Vec::new();
    let mut limited = reader.take(ANSWER_BYTES_MAX);
    let receive = limited.read_to_end(&mut received);
    let ((), ended) = tokio::join!(send, receive);
    match ended {
        // Closed with some of the request unread: the answer before that is whole or is missed below.
        Err(error) if error.kind() != io::ErrorKind::ConnectionReset => Err(error),
        _ => Ok(received),
    }
}

/// Writes a request with its head and body; chunks say themselves where the body ends.
pub fn write_request(head: &str, headers: &[(String, String)], body: &[u8], chunked: bool) -> Vec<u8> {
    let mut request = format!("{head} HTTP/1.1\r\n").into_bytes();
    for (name, value) in headers {
        request.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    if chunked {
        request.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
        for chunk in body.chunks(CHUNK_BYTES) {
            request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            request.extend_from_slice(chunk);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"0\r\n\r\n");
    } else {
        if !body.is_empty() {
            request.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body);
    }
    request
}

fn parse(received: &[u8], to_head: bool) -> Result<Answer, String> {
    let head_end = received.windows(4).position(|window| window == b"\r\n\r\n");
    let head_end = head_end.ok_or_else(|| format!("no answer but {} bytes", received.len()))?;
    let head = String::from_utf8_lossy(&received[..head_end]);
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let status: u16 = status.ok_or_else(|| format!("no status line: `{head}`"))?;
    let rest = &received[head_end + 4..];
    if status < 200 {
        return parse(rest, to_head);
    }
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    let mut answer = Answer { status, headers, body: Vec::new() };
    if !to_head {
        answer.body = uncompress(&answer, join(&answer, rest)?)?;
    }
    Ok(answer)
}

/// The body freed of its transfer coding, if it is whole.
fn join(answer: &Answer, rest: &[u8]) -> Result<Vec<u8>, String> {
    if answer.header("transfer-encoding").is_some() {
        return join_chunks(rest).ok_or_else(|| "the answer breaks off within a chunk".to_owned());
    }
    let length: Option<usize> = answer.header("content-length").and_then(|length| length.parse().ok());
    match length {
        Some(length) if rest.len() != length => {
            Err(format!("the answer has {} bytes where it promised {length}", rest.len()))
        }
        _ => Ok(rest.to_vec()),
    }
}

fn join_chunks(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line_end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..line_end]).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        let start = line_end + 2;
        body.extend_from_slice(rest.get(start..start + size)?);
        rest = rest.get(start + size + 2..)?;
    }
}

/// The body freed of its content coding.
fn uncompress(answer: &Answer, body: Vec<u8>) -> Result<Vec<u8>, String> {
    let mut plain = Vec::new();
    let read = match answer.header("content-encoding") {
        _ if body.is_empty() => return Ok(body),
        None => return Ok(body),
        Some("gzip") => flate2::read::MultiGzDecoder::new(&body[..]).read_to_end(&mut plain),
        Some("br") => brotli::Decompressor::new(&body[..], 4096).read_to_end(&mut plain),
        Some("zstd") => zstd::Decoder::new(&body[..]).and_then(|mut decoder| decoder.read_to_end(&mut plain)),
        Some(other) => return Err(format!("nobody asked for the coding `{other}`")),
    };
    read.map_err(|error| format!("the body is not what its coding says: {error}"))?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(received: &[u8], expected: Result<&str, &str>) {
        let shown = parse(received, false).map(|answer| {
            format!("{} {:?} {}", answer.status, answer.header("a"), String::from_utf8_lossy(&answer.body))
        });
        assert_eq!(shown.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn answers_are_read_whole_or_not_at_all() {
        check(b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 2\r\n\r\n{}", Ok("200 Some(\"b\") {}"));
        check(b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 204 No\r\n\r\n", Ok("204 None "));
        check(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
            Ok("200 None {}"),
        );
        check(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
            Err("the answer breaks off within a chunk"),
        );
        check(
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
            Err("the answer has 2 bytes where it promised 3"),
        );
        check(b"HTTP/1.1 2", Err("no answer but 10 bytes"));
    }

    #[test]
    fn a_body_is_sent_with_its_length_or_in_chunks() {
        let headers = [("Host".to_owned(), "h".to_owned())];
        let sent = |chunked| String::from_utf8(write_request("PUT /x", &headers, b"ab", chunked));
        let head = "PUT /x HTTP/1.1\r\nHost: h\r\n";
        assert_eq!(sent(false), Ok(format!("{head}Content-Length: 2\r\n\r\nab")));
        assert_eq!(sent(true), Ok(format!("{head}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n")));
    }
}
