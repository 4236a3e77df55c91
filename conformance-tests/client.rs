//! How is a server asked over HTTP/1.1, cheaply and exactly?
//!
//! One keep-alive connection with two buffers that are used again. It reads only what a load driver and a
//! fault test need (status, length, named headers, body), so that the driver costs the machine little and
//! an answer counts as received only when its last byte is here. <https://www.rfc-editor.org/rfc/rfc9112>

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Bytes of one answer: more than any page or resource these programs ask for.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// How long one answer may take before the server counts as stuck; longer than its own limits.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(120);

/// One open connection.
pub struct Connection {
    stream: TcpStream,
    input: Vec<u8>,
    body: Vec<u8>,
}

/// One answer, valid until the next question.
pub struct Answer<'connection> {
    /// The status code.
    pub status: u16,
    /// The body, freed of its transfer coding.
    pub body: &'connection [u8],
    head: &'connection [u8],
}

impl Connection {
    /// Opens a connection.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, input: Vec::with_capacity(16 << 10), body: Vec::new() })
    }

    /// Sends one whole request and waits for its whole answer.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        match timeout(ANSWER_TIME_MAX, self.exchange(request)).await {
            Ok(parts) => {
                let (status, head_end, body) = parts?;
                let body = match body {
                    Body::InPlace { end } => &self.input[head_end..end],
                    Body::Joined => &self.body,
                };
                Ok(Answer { status, body, head: &self.input[..head_end] })
            }
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "no whole answer in time")),
        }
    }

    async fn exchange(&mut self, request: &[u8]) -> io::Result<(u16, usize, Body)> {
        self.input.clear();
        self.stream.write_all(request).await?;
        let head_end = self.read_head().await?;
        let head = &self.input[..head_end];
        let status = status(head)?;
        let body = if status < 200 || matches!(status, 204 | 304) || request.starts_with(b"HEAD ") {
            Body::InPlace { end: head_end }
        } else if let Some(length) = header(head, "content-length") {
            let length = length.parse().map_err(|_| malformed("content-length is no number"))?;
            Body::InPlace { end: self.read_to(head_end, length).await? }
        } else if header(head, "transfer-encoding").is_some() {
            self.read_chunks(head_end).await?;
            Body::Joined
        } else {
            return Err(malformed("an answer that does not say where it ends"));
        };
        Ok((status, head_end, body))
    }

    /// Reads until the head is complete and returns where it ends.
    async fn read_head(&mut self) -> io::Result<usize> {
        let mut searched = 0;
        loop {
            self.read_some().await?;
            let from = usize::saturating_sub(searched, 3);
            if let Some(place) = find(&self.input[from..], b"\r\n\r\n") {
                return Ok(from + place + 4);
            }
            searched = self.input.len();
        }
    }

    /// Reads until `length` bytes stand behind `start` and returns where they end.
    async fn read_to(&mut self, start: usize, length: usize) -> io::Result<usize> {
        let end = start.checked_add(length).filter(|end| *end <= ANSWER_BYTES_MAX);
        let end = end.ok_or_else(|| malformed("the answer is larger than these programs expect"))?;
        self.input.reserve(end.saturating_sub(self.input.len()));
        while self.input.len() < end {
            self.read_some().await?;
        }
        Ok(end)
    }

    /// Joins the chunks behind `start` in `self.body`.
    async fn read_chunks(&mut self, start: usize) -> io::Result<()> {
        self.body.clear();
        let mut at = start;
        loop {
            let line_end = loop {
                if let Some(place) = find(&self.input[at..], b"\r\n") {
                    break at + place;
                }
                self.read_some().await?;
            };
            let size = std::str::from_utf8(&self.input[at..line_end]).unwrap_or_default();
            let size = size.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| malformed("a chunk without a size"))?;
            let end = self.read_to(line_end + 2, size + 2).await?;
            self.body.extend_from_slice(&self.input[line_end + 2..end - 2]);
            at = end;
            // The servers asked here send no trailers, so the last chunk ends with an empty line.
            if size == 0 {
                return Ok(());
            }
        }
    }

    async fn read_some(&mut self) -> io::Result<()> {
        if self.stream.read_buf(&mut self.input).await? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection"));
        }
        Ok(())
    }
}

impl Answer<'_> {
    /// The first header of this name, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }

    /// The version in the `ETag` header.
    pub fn version(&self) -> Option<u64> {
        self.header("etag")?.strip_prefix("W/\"")?.strip_suffix('"')?.parse().ok()
    }

    /// The id that `Location` names: the segment behind the type.
    pub fn location_id(&self) -> Option<&str> {
        let location = self.header("location")?;
        let instance = location.split("/_history/").next()?;
        instance.rsplit('/').next()
    }
}

/// Where the body of an answer lies.
enum Body {
    InPlace { end: usize },
    Joined,
}

/// Writes a whole request into `request`, replacing what was there.
pub fn write_request(request: &mut Vec<u8>, line: &str, headers: &[(&str, &str)], body: &[u8]) {
    request.clear();
    request.extend_from_slice(line.as_bytes());
    request.extend_from_slice(b" HTTP/1.1\r\nhost: localhost\r\n");
    for (name, value) in headers {
        for part in [name.as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            request.extend_from_slice(part);
        }
    }
    if !body.is_empty() {
        let length = format!("content-length: {}\r\n", body.len());
        request.extend_from_slice(length.as_bytes());
    }
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(body);
}

fn status(head: &[u8]) -> io::Result<u16> {
    let digits = head.get(9..12).filter(|_| head.starts_with(b"HTTP/1.1 "));
    let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
    digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| malformed("no status line"))
}

/// Finds a header; only lines whose name has the right length are compared.
fn header<'head>(head: &'head [u8], name: &str) -> Option<&'head str> {
    let mut rest = head;
    while let Some(end) = find(rest, b"\r\n") {
        let line = &rest[..end];
        if line.get(name.len()) == Some(&b':') && line[..name.len()].eq_ignore_ascii_case(name.as_bytes()) {
            return std::str::from_utf8(&line[name.len() + 1..]).ok().map(str::trim);
        }
        rest = &rest[end + 2..];
    }
    None
}

/// Looks for the last byte first, which is rare in a head, and compares only there.
fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let last = *wanted.last()?;
    let ends = text.iter().enumerate().filter(|(_, byte)| **byte == last);
    ends.map(|(end, _)| end + 1).find(|end| text[..*end].ends_with(wanted)).map(|end| end - wanted.len())
}

fn malformed(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks a server that answers with exactly `answer`, and shows what was understood.
    fn check(answer: &'static str, expected: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime starts").block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let address = listener.local_addr().expect("it is bound");
            let server = async {
                let (mut stream, _) = listener.accept().await.expect("one connection");
                // Closing with something unread would break the connection before the answer is through.
                let mut request = *b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
                stream.read_exact(&mut request).await.expect("a request");
                for byte in answer.as_bytes() {
                    stream.write_all(&[*byte]).await.expect("the client reads");
                }
            };
            let client = async {
                let mut connection = Connection::open(address).await.expect("it listens");
                let mut request = Vec::new();
                write_request(&mut request, "GET /", &[], b"");
                match connection.ask(&request).await {
                    Ok(answer) => format!(
                        "{} {:?} {:?} {:?}",
                        answer.status,
                        answer.version(),
                        answer.location_id(),
                        std::str::from_utf8(answer.body)
                    ),
                    Err(error) => error.to_string(),
                }
            };
            let (understood, ()) = tokio::join!(client, server);
            assert_eq!(understood, expected);
        });
    }

    #[test]
    fn an_answer_with_a_length_is_read_to_its_end_and_no_further() {
        check(
            "HTTP/1.1 200 OK\r\nETag: W/\"7\"\r\ncontent-length: 2\r\n\r\n{}",
            r#"200 Some(7) None Ok("{}")"#,
        );
    }

    #[test]
    fn chunks_are_joined() {
        check(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
            r#"200 None None Ok("{0123456789")"#,
        );
    }

    #[test]
    fn an_answer_without_body_ends_with_its_head_and_names_its_place() {
        check(
            "HTTP/1.1 204 No Content\r\nlocation: http://x/fhir/Basic/a-1/_history/1\r\n\r\n",
            r#"204 None Some("a-1") Ok("")"#,
        );
    }

    #[test]
    fn half_an_answer_is_no_answer() {
        check("HTTP/1.1 201 Created\r\ncontent-length: 3\r\n\r\n{}", "the server closed the connection");
    }
}
