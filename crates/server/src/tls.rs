//! TLS settings from PEM files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{Error as RustlsError, ServerConfig};

/// Why TLS cannot be set up. Each is one line and names the file.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file with the certificates cannot be read or holds none.
    #[error("cannot read TLS certificates from {path}: {reason}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What the file system or the parser says.
        reason: String,
    },
    /// The file with the private key cannot be read or holds none.
    #[error("cannot read a TLS private key from {path}: {reason}")]
    Key {
        /// The file.
        path: PathBuf,
        /// What the file system or the parser says.
        reason: String,
    },
    /// The two do not fit together.
    #[error("the TLS certificate in {certificate} and the private key in {key} cannot be used together")]
    Pair {
        /// The file with the certificates.
        certificate: PathBuf,
        /// The file with the key.
        key: PathBuf,
        /// What the TLS library says.
        source: RustlsError,
    },
}

/// TLS settings for [`crate::serve::serve`].
#[derive(Clone)]
pub struct Tls(pub(crate) Arc<ServerConfig>);

impl Tls {
    /// Reads the certificate, followed by its chain, and the private key. Offers HTTP/2 and HTTP/1.1.
    pub fn from_pem_files(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let unreadable = |reason: String| TlsError::Certificate { path: certificate.to_owned(), reason };
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| unreadable(error.to_string()))?;
        if chain.is_empty() {
            return Err(unreadable("the file holds no certificate".to_owned()));
        }
        let private = PrivateKeyDer::from_pem_file(key)
            .map_err(|error| TlsError::Key { path: key.to_owned(), reason: error.to_string() })?;
        let pair = |source| TlsError::Pair { certificate: certificate.to_owned(), key: key.to_owned(), source };
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(pair)?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(pair)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }
}
