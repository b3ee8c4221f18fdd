//! Over TLS: who is trusted, and what is spoken.

use http::Version;
use kn_func_runtime::sink::{Sink, SinkBuilder};

use crate::support::authority::Authority;
use crate::support::secure::Secure;
use crate::support::{Folder, hasty, order, soon};

const HOST: &str = "127.0.0.1";

async fn receiver(authority: &Authority) -> Secure {
    Secure::new(authority.server(HOST, &[b"h2", b"http/1.1"]), || {}).await
}

/// What keeps an event from being delivered.
async fn refusal(builder: SinkBuilder) -> String {
    let sink = builder.retries(1).build().unwrap();
    let undelivered = soon("a refusal", sink.send(order("7"))).await.unwrap_err();
    assert_eq!((undelivered.status(), undelivered.tries(), undelivered.is_passing()), (None, 2, true));
    assert_eq!(undelivered.event(), &order("7"));
    undelivered.to_string()
}

async fn deliver(sink: &Sink) -> u32 {
    soon("an answer", sink.send(order("7"))).await.unwrap().tries()
}

#[tokio::test]
async fn a_private_authority_is_trusted_if_it_is_given() {
    let authority = Authority::new();
    let receiver = receiver(&authority).await;
    deliver(&hasty(&receiver.url()).ca_certs(authority.pem()).build().unwrap()).await;
    let received = receiver.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].1["ce-id"], "7");
}

#[tokio::test]
async fn an_authority_that_nobody_gave_is_refused() {
    let receiver = receiver(&Authority::new()).await;
    let words = refusal(hasty(&receiver.url())).await;
    assert!(words.contains("no connection: ") && words.contains("UnknownIssuer"), "{words}");
    let words = refusal(hasty(&receiver.url()).ca_certs(Authority::new().pem())).await;
    assert!(words.contains("no connection: "), "{words}");
    assert!(receiver.received().is_empty());
}

#[tokio::test]
async fn a_certificate_of_another_host_is_refused() {
    let authority = Authority::new();
    let receiver = Secure::new(authority.server("broker.example.com", &[b"http/1.1"]), || {}).await;
    let words = refusal(hasty(&receiver.url()).ca_certs(authority.pem())).await;
    assert!(words.contains("certificate not valid for name"), "{words}");
    assert!(receiver.received().is_empty());
}

#[tokio::test]
async fn a_receiver_that_speaks_no_tls_is_refused() {
    let plain = crate::support::receiver::Receiver::new([]).await;
    let words = refusal(hasty(&plain.url().replace("http://", "https://"))).await;
    assert!(words.contains("no connection: "), "{words}");
}

#[tokio::test]
async fn tls_agrees_on_http_2_where_the_receiver_has_it() {
    let authority = Authority::new();
    for (protocols, version) in
        [(&[&b"h2"[..], b"http/1.1"][..], Version::HTTP_2), (&[b"http/1.1"], Version::HTTP_11), (&[], Version::HTTP_11)]
    {
        let receiver = Secure::new(authority.server(HOST, protocols), || {}).await;
        deliver(&hasty(&receiver.url()).ca_certs(authority.pem()).build().unwrap()).await;
        assert_eq!(receiver.received()[0].0, version);
    }
    let receiver = receiver(&authority).await;
    deliver(&hasty(&receiver.url()).ca_certs(authority.pem()).http2().build().unwrap()).await;
    assert_eq!(receiver.received()[0].0, Version::HTTP_2);
}

#[tokio::test]
async fn trust_bundles_are_read_as_kubernetes_mounts_them() {
    let authority = Authority::new();
    let receiver = receiver(&authority).await;
    let folder = Folder::new();
    folder.mount("knative-bundle.pem", &format!("# ours\n{}{}", Authority::new().pem(), authority.pem()));
    deliver(&hasty(&receiver.url()).trust_bundles(folder.path()).build().unwrap()).await;
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test]
async fn a_trust_bundle_that_changes_is_read_again() {
    let authority = Authority::new();
    let folder = std::sync::Arc::new(Folder::new());
    folder.mount("bundle.pem", &Authority::new().pem());
    let (mounted, pem) = (folder.clone(), authority.pem());
    // The new authority comes when the old one has failed.
    let renewed = move || mounted.mount("bundle.pem", &pem);
    let receiver = Secure::new(authority.server(HOST, &[b"http/1.1"]), renewed).await;
    let sink = hasty(&receiver.url()).trust_bundles(folder.path()).retries(10_000).build().unwrap();
    assert!(deliver(&sink).await > 1);
    assert_eq!(deliver(&sink).await, 1, "what was read is kept");
}

#[tokio::test]
async fn a_sink_that_never_tries_again_finds_the_new_bundle_with_the_next_event() {
    let authority = Authority::new();
    let folder = Folder::new();
    folder.mount("bundle.pem", &Authority::new().pem());
    let receiver = receiver(&authority).await;
    let sink = hasty(&receiver.url()).trust_bundles(folder.path()).retries(0).build().unwrap();
    folder.mount("bundle.pem", &authority.pem());
    assert!(sink.send(order("7")).await.is_err());
    assert_eq!(deliver(&sink).await, 1);
}

#[tokio::test]
async fn a_missing_folder_and_an_odd_file_are_no_fault() {
    let authority = Authority::new();
    let receiver = receiver(&authority).await;
    let folder = Folder::new();
    let sink = |builder: SinkBuilder| builder.ca_certs(authority.pem()).build().unwrap();
    deliver(&sink(hasty(&receiver.url()).trust_bundles(folder.path().join("nowhere")))).await;
    folder.mount("odd.pem", "no certificate");
    deliver(&sink(hasty(&receiver.url()).trust_bundles(folder.path()))).await;
}
