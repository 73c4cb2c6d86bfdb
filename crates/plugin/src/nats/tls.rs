//! TLS to a server whose name was resolved before: the connection goes to an address, the certificate is for the name.

use std::sync::Arc;

use reqwest::Url;
use rustls_platform_verifier::Verifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// What TLS connections to a server trust. A machine without certificates trusts nobody, which is an error only where the
/// URL asks for TLS.
pub(super) fn config(url: &Url) -> Result<ClientConfig, Error> {
    let host = url.host_str().unwrap_or_default();
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let provider = Arc::new(default_provider());
    let named = ServerName::try_from(bare.to_owned())
        .map_err(|error| Error::General(error.to_string()))
        .and_then(|name| Ok(Named { name, inner: Verifier::new(Arc::clone(&provider))? }));
    let building = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(match named {
        Ok(named) => building.dangerous().with_custom_certificate_verifier(Arc::new(named)).with_no_client_auth(),
        Err(error) if url.scheme() == "tls" => return Err(error),
        Err(_) => building.with_root_certificates(RootCertStore::empty()).with_no_client_auth(),
    })
}

/// Checks certificates as the machine does, for one name, whatever the connection calls the server.
#[derive(Debug)]
struct Named {
    name: ServerName<'static>,
    inner: Verifier,
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _address: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.inner.verify_server_cert(certificate, intermediates, &self.name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
