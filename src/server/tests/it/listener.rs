//! Does the listener keep its bounds, over any service?

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use server::listeners::http::{Bounds, serve};
use server::listeners::tls;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Short enough for a test and long enough for a busy machine to send a header.
const BOUNDS: Bounds = Bounds {
    header_read: Duration::from_millis(400),
    write_stall: Duration::from_millis(400),
    connections_max: 8,
    stop: Duration::from_secs(20),
};

/// A listener that answers `hello`, and on `/slow` not before it is let go.
struct Listener {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    asked: Arc<Notify>,
    let_go: Arc<Notify>,
    serving: tokio::task::JoinHandle<()>,
}

async fn listen(tls: Option<tokio_rustls::TlsAcceptor>) -> Listener {
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = socket.local_addr().expect("an address");
    let (stop, stopping) = watch::channel(false);
    let (asked, let_go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (ask, go) = (asked.clone(), let_go.clone());
    let service = tower::service_fn(move |request: Request<Incoming>| {
        let (ask, go) = (ask.clone(), go.clone());
        async move {
            if request.uri().path() == "/slow" {
                ask.notify_one();
                go.notified().await;
            }
            // More than the system's buffers hold, so that an answer nobody reads cannot be written.
            let large = request.uri().path() == "/large";
            let body = if large { Bytes::from(vec![b'x'; 64 << 20]) } else { Bytes::from_static(b"hello") };
            Ok::<_, Infallible>(Response::new(Full::new(body)))
        }
    });
    #[expect(clippy::disallowed_methods, reason = "a test starts its own server")]
    let serving = tokio::spawn(serve(socket, tls, service, BOUNDS, stopping));
    Listener { address, stop, asked, let_go, serving }
}

/// Sends what a client says and returns what it hears until the connection ends.
async fn hear(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), said: &[u8]) -> String {
    stream.write_all(said).await.expect("sent");
    let mut heard = Vec::new();
    // A connection that is cut off may end with an error; what came before it counts.
    let _ = stream.read_to_end(&mut heard).await;
    String::from_utf8_lossy(&heard).into_owned()
}

async fn connect(listener: &Listener) -> TcpStream {
    TcpStream::connect(listener.address).await.expect("connected")
}

#[tokio::test]
async fn a_request_is_answered() {
    let listener = listen(None).await;
    let heard =
        hear(&mut connect(&listener).await, b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(heard.starts_with("HTTP/1.1 200 OK\r\n") && heard.ends_with("\r\n\r\nhello"), "{heard}");
}

#[tokio::test]
async fn http_2_is_spoken_with_whoever_begins_with_its_preface() {
    let listener = listen(None).await;
    let mut stream = connect(&listener).await;
    let settings = b"\0\0\0\x04\0\0\0\0\0";
    // GET / of http://a in the static table of HPACK, with the flags for the end of headers and stream.
    let request = b"\0\0\x06\x01\x05\0\0\0\x01\x82\x86\x84\x41\x01a";
    let said = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], settings, request].concat();
    stream.write_all(&said).await.expect("sent");
    let mut heard = Vec::new();
    while !heard.windows(5).any(|window| window == b"hello") {
        assert_ne!(stream.read_buf(&mut heard).await.expect("heard"), 0, "the connection ended");
    }
}

#[tokio::test]
async fn a_client_that_says_nothing_or_too_little_is_sent_away() {
    let listener = listen(None).await;
    for beginning in
        ["", "P", "PR", "GET / HTT", "GET / HTTP/1.1\r\nhost: a\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
    {
        let mut stream = connect(&listener).await;
        let heard =
            tokio::time::timeout(Duration::from_secs(20), hear(&mut stream, beginning.as_bytes())).await;
        let heard = heard.unwrap_or_else(|_| panic!("`{beginning}` was waited for without end"));
        assert!(!heard.contains("200"), "{beginning}: {heard}");
    }
}

#[tokio::test]
async fn a_request_that_takes_longer_than_its_headers_may_is_answered() {
    let listener = listen(None).await;
    let mut stream = connect(&listener).await;
    stream.write_all(b"GET /slow HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.expect("sent");
    listener.asked.notified().await;
    tokio::time::timeout(BOUNDS.header_read * 3, stream.readable()).await.expect_err("nothing is said yet");
    listener.let_go.notify_one();
    let heard = hear(&mut stream, b"").await;
    assert!(heard.ends_with("hello"), "{heard}");
}

#[tokio::test]
async fn headers_past_their_limit_are_refused() {
    let listener = listen(None).await;
    let request = |length: usize| {
        format!("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: {}\r\n\r\n", "y".repeat(length))
            .into_bytes()
    };
    let limit = model::limits::HEADER_BYTES_MAX;
    let heard = hear(&mut connect(&listener).await, &request(limit - 100)).await;
    assert!(heard.starts_with("HTTP/1.1 200"), "{heard}");
    let heard = hear(&mut connect(&listener).await, &request(limit + 1)).await;
    assert!(heard.starts_with("HTTP/1.1 431"), "{heard}");
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answer_is_sent_away() {
    let listener = listen(None).await;
    let mut stream = connect(&listener).await;
    stream.write_all(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("sent");
    stream.readable().await.expect("the answer begins");
    listener.stop.send_replace(true);
    let ended = tokio::time::timeout(BOUNDS.stop / 2, listener.serving).await;
    ended.expect("nobody waits for a client that does not read").expect("it ended well");
}

#[tokio::test]
async fn a_full_house_lets_the_next_in_when_one_has_left() {
    let listener = listen(None).await;
    let mut silent = Vec::new();
    for _ in 0..BOUNDS.connections_max {
        silent.push(connect(&listener).await);
    }
    // Nobody leaves of himself: the listener sends the silent away.
    let heard =
        hear(&mut connect(&listener).await, b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(heard.ends_with("hello"), "{heard}");
}

#[tokio::test]
async fn a_stop_lets_requests_finish_and_takes_no_new_ones() {
    let listener = listen(None).await;
    let mut idle = connect(&listener).await;
    let mut busy = connect(&listener).await;
    busy.write_all(b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("sent");
    listener.asked.notified().await;
    listener.stop.send_replace(true);
    assert_eq!(hear(&mut idle, b"").await, "");
    TcpStream::connect(listener.address).await.expect_err("nobody listens");
    assert!(!listener.serving.is_finished());
    listener.let_go.notify_one();
    let heard = hear(&mut busy, b"").await;
    assert!(heard.ends_with("hello"), "{heard}");
    listener.serving.await.expect("it ended well");
}

#[tokio::test]
async fn tls_offers_http_2_first_and_speaks_http_1_1_too() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    std::fs::write(&certificate, signed.cert.pem()).expect("written");
    std::fs::write(&key, signed.signing_key.serialize_pem()).expect("written");
    let listener = listen(Some(tls::acceptor(&certificate, &key).expect("a pair"))).await;
    let root = CertificateDer::from(signed.cert.der().to_vec());
    for (offered, chosen) in [(&["h2", "http/1.1"][..], "h2"), (&["http/1.1"], "http/1.1")] {
        let mut stream = shake_hands(&listener, root.clone(), offered).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(chosen.as_bytes()));
        if chosen == "http/1.1" {
            let heard = hear(&mut stream, b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
            assert!(heard.ends_with("hello"), "{heard}");
        }
    }
}

async fn shake_hands(
    listener: &Listener,
    root: CertificateDer<'static>,
    offered: &[&str],
) -> tokio_rustls::client::TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(root).expect("a certificate");
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from("localhost").expect("a name");
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, connect(listener).await).await.expect("a handshake")
}

#[tokio::test]
async fn a_certificate_without_its_own_key_is_refused() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let [one, other] = [(); 2]
        .map(|()| rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate"));
    let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    std::fs::write(&certificate, one.cert.pem()).expect("written");
    std::fs::write(&key, other.signing_key.serialize_pem()).expect("written");
    assert!(tls::acceptor(&certificate, &key).is_err());
    assert!(tls::acceptor(&key, &key).is_err());
    assert!(tls::acceptor(&folder.path().join("none"), &key).is_err());
}
