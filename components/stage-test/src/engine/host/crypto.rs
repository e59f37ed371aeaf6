//! Hashes, and randomness of the file's seed.

use boa_engine::{Context, JsNativeError, JsResult, JsValue};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use rand_chacha::rand_core::Rng;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512, Sha512_256};

use crate::engine::host::files::{bytes_of, bytes_to_js};
use crate::engine::host::{Entry, argument, number, text};
use crate::engine::shared::Shared;

pub(super) const ENTRIES: &[Entry] =
    &[("hash", 2, hash), ("hmac", 3, hmac), ("random", 0, random), ("randomBytes", 1, random_bytes)];

/// So many random bytes are given at once.
const MAX_RANDOM_BYTES: u32 = 64 << 20;

fn unknown(name: &str) -> boa_engine::JsError {
    JsNativeError::error().with_message(format!("no hash is named `{name}`")).into()
}

/// `hash(name, bytes)`
fn hash(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let name = text(arguments, 0)?;
    let bytes = bytes_of(&argument(arguments, 1), context)?;
    let digest = match name.as_str() {
        "md5" => Md5::digest(&bytes).to_vec(),
        "sha1" => Sha1::digest(&bytes).to_vec(),
        "sha224" => Sha224::digest(&bytes).to_vec(),
        "sha256" => Sha256::digest(&bytes).to_vec(),
        "sha384" => Sha384::digest(&bytes).to_vec(),
        "sha512" => Sha512::digest(&bytes).to_vec(),
        "sha512-256" => Sha512_256::digest(&bytes).to_vec(),
        _ => return Err(unknown(&name)),
    };
    bytes_to_js(&digest, context)
}

/// `hmac(name, key, bytes)`
fn hmac(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let name = text(arguments, 0)?;
    let key = bytes_of(&argument(arguments, 1), context)?;
    let bytes = bytes_of(&argument(arguments, 2), context)?;
    let code = match name.as_str() {
        "md5" => code::<Hmac<Md5>>(&key, &bytes),
        "sha1" => code::<Hmac<Sha1>>(&key, &bytes),
        "sha224" => code::<Hmac<Sha224>>(&key, &bytes),
        "sha256" => code::<Hmac<Sha256>>(&key, &bytes),
        "sha384" => code::<Hmac<Sha384>>(&key, &bytes),
        "sha512" => code::<Hmac<Sha512>>(&key, &bytes),
        "sha512-256" => code::<Hmac<Sha512_256>>(&key, &bytes),
        _ => None,
    };
    bytes_to_js(&code.ok_or_else(|| unknown(&name))?, context)
}

fn code<M: Mac + KeyInit>(key: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
    mac.update(bytes);
    Some(mac.finalize().into_bytes().to_vec())
}

/// A number from 0 to 1, without 1.
fn random(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let bits = Shared::of(context)?.random.borrow_mut().next_u64() >> 11;
    #[allow(clippy::cast_precision_loss)] // 53 bits are exact.
    let fraction = bits as f64 / (1_u64 << 53) as f64;
    Ok(fraction.into())
}

fn random_bytes(_: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let size = number(arguments, 0);
    if size > MAX_RANDOM_BYTES {
        let message = format!("{size} random bytes are more than the limit of {MAX_RANDOM_BYTES}");
        return Err(JsNativeError::range().with_message(message).into());
    }
    let mut bytes = vec![0; size as usize];
    Shared::of(context)?.random.borrow_mut().fill_bytes(&mut bytes);
    bytes_to_js(&bytes, context)
}
