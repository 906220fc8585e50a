//! The certificates of one build: an authority whose key exists only in this process, and one certificate for each
//! requested host. In: host names. Out: the configuration of a TLS server.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// The most hosts with certificates at once.
const MOST: usize = 1000;

/// The certificate authority of a build.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    /// Shared by all hosts: they are one server.
    key: KeyPair,
    made: Mutex<BTreeMap<String, Arc<CertifiedKey>>>,
}

impl Authority {
    /// Generates the keys.
    pub(super) fn new() -> Result<Authority, rcgen::Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "fourply, for the scripts of one build");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let pem = pem(params.self_signed(&key)?.der());
        let issuer = Issuer::new(params, key);
        Ok(Authority { issuer, pem, key: KeyPair::generate()?, made: Mutex::default() })
    }

    /// The authority's certificate in PEM.
    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    /// A server with a certificate for every requested host, and for `host` if a client sends none.
    pub(super) fn server(self: &Arc<Self>, host: &str) -> Result<Arc<ServerConfig>, rustls::Error> {
        let resolver = HostResolver { authority: self.clone(), host: host.to_owned() };
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::new(resolver));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn certificate(&self, host: &str) -> Option<Arc<CertifiedKey>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.get(host) {
            return Some(known.clone());
        }
        let fresh = Arc::new(self.signed(host)?);
        if made.len() >= MOST {
            made.clear();
        }
        made.insert(host.to_owned(), fresh.clone());
        Some(fresh)
    }

    fn signed(&self, host: &str) -> Option<CertifiedKey> {
        let mut params = CertificateParams::new([host.to_owned()]).ok()?;
        params.distinguished_name.push(DnType::CommonName, "fourply");
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&self.key, &self.issuer).ok()?;
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der());
        let key = ring::sign::any_supported_type(&key.into()).ok()?;
        Some(CertifiedKey::new(vec![certificate.der().clone()], key))
    }
}

/// A certificate in PEM (RFC 7468).
fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority(…)")
    }
}

#[derive(Debug)]
struct HostResolver {
    authority: Arc<Authority>,
    host: String,
}

impl ResolvesServerCert for HostResolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.authority.certificate(hello.server_name().unwrap_or(&self.host))
    }
}
