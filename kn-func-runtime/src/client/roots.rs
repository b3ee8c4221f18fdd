//! Whose certificates are trusted.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// The certificate authorities that a client trusts: Mozilla's, as an image from scratch has none, and those that are added.
#[derive(Clone)]
pub(crate) struct Roots(RootCertStore);

impl Roots {
    /// Mozilla's.
    pub(crate) fn public() -> Self {
        Self(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
    }

    /// Adds the certificates of a PEM text, other parts of which do not matter.
    pub(crate) fn add(&mut self, pem: &[u8]) -> Result<(), NoCertificate> {
        let certificates = CertificateDer::pem_slice_iter(pem).filter_map(Result::ok);
        match self.0.add_parsable_certificates(certificates) {
            (0, _) => Err(NoCertificate),
            _ => Ok(()),
        }
    }

    pub(super) fn into_tls(self) -> ClientConfig {
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has the protocol versions that it is compiled with")
            .with_root_certificates(self.0)
            .with_no_client_auth()
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roots({})", self.0.len())
    }
}

/// A text without any certificate that can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoCertificate;

impl fmt::Display for NoCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no certificate in PEM")
    }
}

impl StdError for NoCertificate {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_a_certificate_is_refused() {
        let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for pem in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n", empty] {
            assert_eq!(Roots::public().add(pem.as_bytes()), Err(NoCertificate), "{pem}");
        }
    }

    #[test]
    fn mozilla_s_authorities_are_trusted_from_the_start() {
        assert!(Roots::public().0.len() > 100);
    }
}
