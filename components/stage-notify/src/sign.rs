//! Signatures of bodies.

use hmac::{Hmac, KeyInit, Mac};
use ropewalk_stage::Secret;
use sha2::{Sha256, Sha512};

use crate::error::Error;
use crate::parameters::{Algorithm, Sign};

/// The headers by which a body is signed, names and values.
pub(crate) fn headers(
    sign: &Sign,
    secrets: &[Secret],
    body: &[u8],
    now_s: u64,
) -> Result<Vec<(String, String)>, Error> {
    let secret = secrets.iter().find(|secret| secret.name == sign.secret);
    let secret = secret.ok_or_else(|| {
        let name = &sign.secret;
        Error::Invalid(format!(
            "`sign`: secret `{name}` was not passed on; hint: the state's input names the secrets that it asks \
             for: `\"secrets\": [\"{name}\"]`"
        ))
    })?;
    if secret.value.is_empty() {
        return Err(Error::Invalid(format!("`sign`: secret `{}` is empty", sign.secret)));
    }
    let time = now_s.to_string();
    let (mut headers, signed) = match &sign.timestamp {
        None => (Vec::new(), body.to_vec()),
        Some(name) => (vec![(name.clone(), time.clone())], [time.as_bytes(), b".", body].concat()),
    };
    let key = secret.value.as_bytes();
    let (name, signature) = match sign.algorithm {
        Algorithm::Sha256 => ("sha256=", mac::<Hmac<Sha256>>(key, &signed)),
        Algorithm::Sha512 => ("sha512=", mac::<Hmac<Sha512>>(key, &signed)),
    };
    let prefix = sign.prefix.as_deref().unwrap_or(name);
    headers.push((sign.header.clone(), format!("{prefix}{signature}")));
    Ok(headers)
}

/// In hexadecimal.
fn mac<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> String {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    hex::encode(mac.finalize().into_bytes())
}
