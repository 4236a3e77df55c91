//! How does the server prove who it is?
//!
//! TLS 1.2 and 1.3 with the certificate and key that the settings name. HTTP/2 is offered before
//! HTTP/1.1 (ALPN, <https://www.rfc-editor.org/rfc/rfc7301>).

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Reads a certificate chain and its key, and refuses them when they do not belong together.
pub fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, String> {
    let read = |path: &Path, what: &str, error: &dyn std::fmt::Display| {
        format!("cannot read {what} from {}: {error}", path.display())
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| read(certificate, "a certificate", &error))?;
    if chain.is_empty() {
        return Err(format!("cannot read a certificate from {}: there is none", certificate.display()));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| read(key, "a private key", &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| format!("cannot use {} with {}: {error}", certificate.display(), key.display()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
