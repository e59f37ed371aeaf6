use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::*;
use crate::{Digest, Entry, Tree};

/// Keys that openssl made, for tests alone.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIKn8VoHP9vaB96Bz6DFLoL6ccLRaWkWGMGsXGx7pGv6m\n-----END PRIVATE KEY-----";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGM0MbhjalADH2gISptB8ocIXvwkKP5zXef7oLZfDeqM=\n-----END PUBLIC KEY-----";
const OTHER_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAMjD2q/vjhqrcD4cjcgcwEAykylHFJn70dx6v3DK1JWY=\n-----END PUBLIC KEY-----";

fn statement() -> Statement {
    let digest = |algorithm: &str, of: &Digest| BTreeMap::from([(algorithm.to_owned(), of.hex())]);
    let file = Resource {
        name: Some("knots.tar.gz".to_owned()),
        digest: digest("sha256", &Digest::of(b"packed")),
        ..Resource::default()
    };
    let tree = Resource {
        name: Some("package".to_owned()),
        digest: digest(TREE_DIGEST, &tree().digest()),
        ..Resource::default()
    };
    let source = Resource {
        uri: Some("git+https://git.example.com/knots.git@refs/heads/main".to_owned()),
        digest: BTreeMap::from([("gitCommit".to_owned(), "c0ffee".to_owned())]),
        ..Resource::default()
    };
    let provenance = Provenance {
        build_definition: BuildDefinition {
            build_type: BUILD_TYPE.to_owned(),
            external_parameters: json!({ "project": "knots" }),
            internal_parameters: Value::Null,
            resolved_dependencies: vec![source],
        },
        run_details: RunDetails {
            builder: Builder { id: "https://ci.example.com".to_owned() },
            metadata: Metadata { invocation_id: Some("r1".to_owned()), started_on: None },
        },
    };
    Statement::new(vec![file, tree], provenance)
}

fn tree() -> Tree {
    let entry = Entry { digest: Digest::of(b"packed"), size: 6, executable: false };
    Tree::from_entries([("knots.tar.gz".to_owned(), entry)]).unwrap()
}

fn key() -> SigningKey {
    SigningKey::from_pem(KEY).unwrap()
}

fn public() -> PublicKey {
    PublicKey::from_pem(PUBLIC).unwrap()
}

fn signed() -> Envelope {
    Envelope::sign(&statement(), &key()).unwrap()
}

/// An envelope with another payload, as signed by the same key.
fn sign_payload(payload: &Value) -> Envelope {
    let mut envelope = signed();
    let payload = payload.to_string();
    let message = format!("DSSEv1 {} {PAYLOAD_TYPE} {} {payload}", PAYLOAD_TYPE.len(), payload.len());
    envelope.payload = STANDARD.encode(payload);
    envelope.signatures[0].sig = STANDARD.encode(key().sign(message.as_bytes()));
    envelope
}

#[test]
fn what_is_signed_is_read_back() {
    assert_eq!(key().public(), public());
    let envelope = signed();
    let text = envelope.write().unwrap();
    assert_eq!(text.split(|byte| *byte == b'\n').count(), 2, "one line");
    let read = Envelope::read(&text).unwrap();
    assert_eq!(read, envelope);
    let opened = read.open(&public()).unwrap();
    assert_eq!(opened, statement());
    assert_eq!(opened.commit(), Some("c0ffee"));
    assert_eq!(opened.source(), Some("git+https://git.example.com/knots.git@refs/heads/main"));
    assert_eq!(signed(), envelope);
    let json: Value = serde_json::from_slice(&STANDARD.decode(&envelope.payload).unwrap()).unwrap();
    assert_eq!(json["_type"], STATEMENT);
    assert_eq!(json["predicate"]["buildDefinition"]["buildType"], BUILD_TYPE);
}

#[track_caller]
fn check_refused(envelope: &Envelope, key: &PublicKey, part: &str) {
    let error = envelope.open(key).unwrap_err().to_string();
    assert!(error.contains(part), "{error}");
}

#[test]
fn what_is_not_as_it_was_signed_is_refused() {
    let other = PublicKey::from_pem(OTHER_PUBLIC).unwrap();
    check_refused(&signed(), &other, "was signed by key");
    let altered = |change: &dyn Fn(&mut Envelope)| {
        let mut envelope = signed();
        change(&mut envelope);
        envelope
    };
    let statement = String::from_utf8(STANDARD.decode(signed().payload).unwrap()).unwrap();
    let forged = STANDARD.encode(statement.replace("c0ffee", "bad"));
    check_refused(&altered(&|envelope| envelope.payload.clone_from(&forged)), &public(), "was altered");
    let anonymous = altered(&|envelope| envelope.signatures[0].keyid.clear());
    check_refused(&anonymous, &other, "the signature is wrong");
    assert!(anonymous.open(&public()).is_ok());
    check_refused(&altered(&|envelope| envelope.signatures.clear()), &public(), "no signature");
    check_refused(&altered(&|envelope| envelope.signatures[0].sig = "AAAA".to_owned()), &public(), "altered");
    check_refused(&altered(&|envelope| envelope.payload = "!".to_owned()), &public(), "not base64");
    let text = "text/plain";
    check_refused(&altered(&|envelope| envelope.payload_type = text.to_owned()), &public(), "`text/plain`");
    // One of several signatures is enough.
    let signature = signed().signatures.remove(0);
    let foreign = Signature { keyid: "x".to_owned(), sig: "AAAA".to_owned() };
    let several = altered(&|envelope| envelope.signatures = vec![foreign.clone(), signature.clone()]);
    assert!(several.open(&public()).is_ok());
}

#[test]
fn other_statements_are_refused() {
    let good: Value = serde_json::from_slice(&STANDARD.decode(signed().payload).unwrap()).unwrap();
    assert!(sign_payload(&good).open(&public()).is_ok());
    let with = |member: &str, value: Value| {
        let mut changed = good.clone();
        changed[member] = value;
        sign_payload(&changed)
    };
    check_refused(&with("_type", json!("https://in-toto.io/Statement/v0.1")), &public(), "Statement/v0.1");
    let bill = "https://cyclonedx.org/bom";
    check_refused(&with("predicateType", json!(bill)), &public(), "predicate is `https://cyclonedx.org/bom`");
    check_refused(&with("predicate", json!({})), &public(), "not an in-toto statement with provenance");
    check_refused(&sign_payload(&json!([])), &public(), "not an in-toto statement");
}

#[test]
fn what_is_no_envelope_is_refused() {
    for text in ["", "{}", "null", "[]", "{\"payload\": 1}"] {
        assert!(matches!(Envelope::read(text.as_bytes()), Err(AttestError::NotAnEnvelope(_))), "{text}");
    }
    assert_eq!(Envelope::read(&vec![b' '; MAX_ENVELOPE_BYTES + 1]), Err(AttestError::TooLarge));
}

#[test]
fn keys_that_are_none_are_refused() {
    assert_eq!(SigningKey::from_pem(PUBLIC).unwrap_err(), InvalidKey::Private);
    assert_eq!(SigningKey::from_pem("secret").unwrap_err(), InvalidKey::Private);
    assert_eq!(PublicKey::from_pem(KEY), Err(InvalidKey::PrivateGiven));
    assert_eq!(PublicKey::from_pem("ssh-ed25519 AAAA"), Err(InvalidKey::Public));
    assert!(!format!("{:?}", key()).contains("MC4"));
}

#[test]
fn what_is_attested_is_found() {
    let found = |target: &Target| target.find(&statement()).map(|subject| subject.name.clone().unwrap());
    assert_eq!(found(&Target::file("x", b"packed")), Ok("knots.tar.gz".to_owned()));
    assert_eq!(found(&Target::folder("x", &tree())), Ok("package".to_owned()));
    assert_eq!(found(&Target::digest(Digest::of(b"packed"))), Ok("knots.tar.gz".to_owned()));
    assert_eq!(found(&Target::digest(tree().digest())), Ok("package".to_owned()));
    let error = found(&Target::file("x", b"other")).unwrap_err().to_string();
    assert!(error.starts_with("file `x` (sha256:"), "{error}");
    assert!(error.ends_with("is about `knots.tar.gz`, `package`"), "{error}");
    // A file is no artifact, though its digest were that of one.
    assert!(found(&Target::folder("x", &Tree::new())).is_err());
}
