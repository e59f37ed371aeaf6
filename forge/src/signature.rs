//! Who sent a delivery, and whether it is genuine.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{Error, Forge};

/// The header of the generic form: `sha256=` and the HMAC-SHA256 of the body in hexadecimal digits.
pub const SIGNATURE_HEADER: &str = "x-ropewalk-signature";

const GITHUB: &str = "x-hub-signature-256";
const BITBUCKET: &str = "x-hub-signature";
const GITEA: &str = "x-gitea-signature";
const FORGEJO: &str = "x-forgejo-signature";
const GOGS: &str = "x-gogs-signature";
const GITLAB_TOKEN: &str = "x-gitlab-token";
/// GitLab's newer way, by the Standard Webhooks specification.
const GITLAB_SIGNATURE: &str = "webhook-signature";
/// How a secret for [`GITLAB_SIGNATURE`] begins. The rest is the key in base64.
const SIGNING_KEY: &str = "whsec_";

/// The value of [`SIGNATURE_HEADER`] for a body.
pub fn sign(body: &[u8], secret: &str) -> String {
    let mac = mac(secret.as_bytes(), &[body]).map(|mac| mac.finalize().into_bytes());
    format!("sha256={}", hex::encode(mac.unwrap_or_default()))
}

/// Who sent it, by its headers. Gitea and Forgejo send GitHub's and Gogs' names, too, and so come first.
pub(crate) fn forge<'h>(header: &impl Fn(&str) -> Option<&'h str>) -> Result<Forge, Error> {
    if header(SIGNATURE_HEADER).is_some() {
        return Ok(Forge::Generic);
    }
    [Forge::Forgejo, Forge::Gitea, Forge::Gogs, Forge::GitLab, Forge::Bitbucket, Forge::GitHub]
        .into_iter()
        .find(|forge| forge.event_header().and_then(header).is_some())
        .ok_or(Error::MissingSignature { expected: SIGNATURE_HEADER })
}

/// Verifies a delivery by its host's way.
pub(crate) fn verify<'h>(
    forge: Forge,
    header: &impl Fn(&str) -> Option<&'h str>,
    body: &[u8],
    secret: &str,
) -> Result<(), Error> {
    let key = secret.as_bytes();
    match forge {
        Forge::GitHub => prefixed(GITHUB, header, body, key),
        Forge::Bitbucket => prefixed(BITBUCKET, header, body, key),
        Forge::Generic => prefixed(SIGNATURE_HEADER, header, body, key),
        Forge::Gitea => bare(GITEA, header, body, key),
        Forge::Forgejo => bare(FORGEJO, header, body, key),
        Forge::Gogs => bare(GOGS, header, body, key),
        Forge::GitLab => gitlab(header, body, secret),
    }
}

/// `sha256=` and hexadecimal digits.
fn prefixed<'h>(
    name: &'static str,
    header: &impl Fn(&str) -> Option<&'h str>,
    body: &[u8],
    key: &[u8],
) -> Result<(), Error> {
    let value = header(name).ok_or(Error::MissingSignature { expected: name })?;
    let digits = value.strip_prefix("sha256=").ok_or(Error::WrongSignature { header: name })?;
    check_hex(name, digits, body, key)
}

/// Hexadecimal digits alone.
fn bare<'h>(
    name: &'static str,
    header: &impl Fn(&str) -> Option<&'h str>,
    body: &[u8],
    key: &[u8],
) -> Result<(), Error> {
    // Without a secret, Gogs and its descendants send the header empty.
    let digits = header(name).filter(|digits| !digits.is_empty());
    check_hex(name, digits.ok_or(Error::MissingSignature { expected: name })?, body, key)
}

fn check_hex(name: &'static str, digits: &str, body: &[u8], key: &[u8]) -> Result<(), Error> {
    let wrong = Error::WrongSignature { header: name };
    let Ok(signature) = hex::decode(digits) else {
        return Err(wrong);
    };
    let is_right = mac(key, &[body]).is_some_and(|mac| mac.verify_slice(&signature).is_ok());
    if is_right { Ok(()) } else { Err(wrong) }
}

/// GitLab sends the secret itself, or signs where the secret is a signing key.
fn gitlab<'h>(header: &impl Fn(&str) -> Option<&'h str>, body: &[u8], secret: &str) -> Result<(), Error> {
    if let Some(key) = secret.strip_prefix(SIGNING_KEY) {
        return gitlab_signature(header, body, key);
    }
    let token = header(GITLAB_TOKEN).ok_or(Error::MissingSignature { expected: GITLAB_TOKEN })?;
    if token.as_bytes().ct_eq(secret.as_bytes()).into() {
        return Ok(());
    }
    Err(Error::WrongSignature { header: GITLAB_TOKEN })
}

fn gitlab_signature<'h>(
    header: &impl Fn(&str) -> Option<&'h str>,
    body: &[u8],
    key: &str,
) -> Result<(), Error> {
    let missing = |expected| Error::MissingSignature { expected };
    let wrong = Error::WrongSignature { header: GITLAB_SIGNATURE };
    let signatures = header(GITLAB_SIGNATURE).ok_or(missing(GITLAB_SIGNATURE))?;
    let id = header("webhook-id").ok_or(missing("webhook-id"))?;
    let timestamp = header("webhook-timestamp").ok_or(missing("webhook-timestamp"))?;
    let Ok(key) = STANDARD.decode(key) else {
        return Err(wrong);
    };
    let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
    let is_right = |signature: &str| {
        let signature = signature.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        let mac = mac(&key, &signed);
        signature.zip(mac).is_some_and(|(signature, mac)| mac.verify_slice(&signature).is_ok())
    };
    if signatures.split(' ').any(is_right) { Ok(()) } else { Err(wrong) }
}

/// HMAC-SHA256 takes keys of every length: this is always there.
fn mac(key: &[u8], parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"Hello, World!";
    const SECRET: &str = "It's a Secret to Everybody";
    /// The example in GitHub's documentation.
    const DIGITS: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[track_caller]
    fn check(headers: &[(&str, &str)], secret: &str, expected: &Result<Forge, Error>) {
        let header = |name: &str| headers.iter().find(|(one, _)| *one == name).map(|(_, value)| *value);
        let actual = forge(&header).and_then(|forge| verify(forge, &header, BODY, secret).map(|()| forge));
        assert_eq!(&actual, expected);
    }

    #[test]
    fn every_host_signs_in_its_own_way() {
        let prefixed = format!("sha256={DIGITS}");
        assert_eq!(sign(BODY, SECRET), prefixed);
        check(&[("x-github-event", "push"), (GITHUB, &prefixed)], SECRET, &Ok(Forge::GitHub));
        check(&[("x-event-key", "repo:push"), (BITBUCKET, &prefixed)], SECRET, &Ok(Forge::Bitbucket));
        check(&[(SIGNATURE_HEADER, &prefixed)], SECRET, &Ok(Forge::Generic));
        check(
            &[("x-gitea-event", "push"), ("x-github-event", "push"), (GITEA, DIGITS)],
            SECRET,
            &Ok(Forge::Gitea),
        );
        check(
            &[("x-gitea-event", "push"), ("x-forgejo-event", "push"), (FORGEJO, DIGITS)],
            SECRET,
            &Ok(Forge::Forgejo),
        );
        check(&[("x-gogs-event", "push"), (GOGS, DIGITS)], SECRET, &Ok(Forge::Gogs));
        check(&[("x-gitlab-event", "Push Hook"), (GITLAB_TOKEN, SECRET)], SECRET, &Ok(Forge::GitLab));
    }

    #[test]
    fn anything_else_is_refused() {
        let missing = |expected| Err(Error::MissingSignature { expected });
        let wrong = |header| Err(Error::WrongSignature { header });
        let event = ("x-github-event", "push");
        check(&[], SECRET, &missing(SIGNATURE_HEADER));
        check(&[event], SECRET, &missing(GITHUB));
        // SHA-1, which GitHub still sends beside it, is no proof.
        check(
            &[event, (BITBUCKET, "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59")],
            SECRET,
            &missing(GITHUB),
        );
        check(&[event, (GITHUB, DIGITS)], SECRET, &wrong(GITHUB));
        check(&[event, (GITHUB, "sha256=")], SECRET, &wrong(GITHUB));
        check(&[event, (GITHUB, &format!("sha256={}", &DIGITS[..62]))], SECRET, &wrong(GITHUB));
        check(&[event, (GITHUB, &format!("sha256={DIGITS}"))], "another", &wrong(GITHUB));
        check(&[("x-gogs-event", "push"), (GOGS, "")], SECRET, &missing(GOGS));
        check(&[("x-gitlab-event", "Push Hook")], SECRET, &missing(GITLAB_TOKEN));
        check(&[("x-gitlab-event", "Push Hook"), (GITLAB_TOKEN, "It's a")], SECRET, &wrong(GITLAB_TOKEN));
    }

    #[test]
    fn gitlab_signs_when_it_has_a_key() {
        // The example of the Standard Webhooks specification has another body: this one is made here.
        let key = format!("{SIGNING_KEY}{}", STANDARD.encode(SECRET));
        let signed = mac(SECRET.as_bytes(), &[b"msg_1.1674087231.", BODY]).unwrap();
        let signature = format!("v1a,abc v1,{}", STANDARD.encode(signed.finalize().into_bytes()));
        let event = ("x-gitlab-event", "Push Hook");
        let sent = [
            event,
            ("webhook-id", "msg_1"),
            ("webhook-timestamp", "1674087231"),
            (GITLAB_SIGNATURE, &signature),
        ];
        check(&sent, &key, &Ok(Forge::GitLab));
        let later = [
            event,
            ("webhook-id", "msg_1"),
            ("webhook-timestamp", "1674087232"),
            (GITLAB_SIGNATURE, &signature),
        ];
        check(&later, &key, &Err(Error::WrongSignature { header: GITLAB_SIGNATURE }));
        check(
            &[event, (GITLAB_TOKEN, &key)],
            &key,
            &Err(Error::MissingSignature { expected: GITLAB_SIGNATURE }),
        );
    }
}
