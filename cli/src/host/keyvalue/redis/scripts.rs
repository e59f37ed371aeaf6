//! What Redis does in one step, and has no command for. Each script answers a list: a word, and what belongs to it.

use std::sync::LazyLock;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, RedisResult, Script, Value, cmd, from_redis_value};

use super::super::StoreError;
use super::super::error::{not_a_number, sum_too_large, too_many_keys};
use super::super::write::Outcome;

/// Begins each script: holds the number of keys to a platform's limit. Arguments: the limit (-1: none), and the pattern of
/// all keys, which are counted only where there is a limit.
const ROOM: &str = r"
local function full()
  local most = tonumber(ARGV[1])
  if most < 0 then return nil end
  local new, seen = 0, {}
  for _, key in ipairs(KEYS) do
    if not seen[key] and redis.call('EXISTS', key) == 0 then
      seen[key] = true
      new = new + 1
    end
  end
  if new == 0 then return nil end
  local after = #redis.call('KEYS', ARGV[2]) + new
  if after > most then return {'full', after} end
end
";

/// Arguments: the values, in the order of the keys.
const SET: &str = r"
local refused = full()
if refused then return refused end
for i, key in ipairs(KEYS) do redis.call('SET', key, ARGV[i + 2]) end
return {'done'}
";

/// Arguments: whether a value is expected (1) or none (0), that value, and the new one.
const SWAP: &str = r"
local current = redis.call('GET', KEYS[1])
local expected = ARGV[3] == '1' and ARGV[4]
if current ~= expected then return {'kept', current} end
local refused = full()
if refused then return refused end
redis.call('SET', KEYS[1], ARGV[5])
return {'done'}
";

/// Argument: what to add. Numbers are 8 bytes, the least first: Lua's own would lose digits past 2^53.
const INCREMENT: &str = r"
local current = redis.call('GET', KEYS[1]) or string.rep('\0', 8)
if #current ~= 8 then return {'no-number'} end
local digits, carry = {}, 0
for i = 1, 8 do
  local digit = current:byte(i) + ARGV[3]:byte(i) + carry
  digits[i] = string.char(digit % 256)
  carry = math.floor(digit / 256)
end
local function negative(last) return last >= 128 end
local sign = negative(current:byte(8))
if sign == negative(ARGV[3]:byte(8)) and sign ~= negative(digits[8]:byte()) then return {'overflow'} end
local refused = full()
if refused then return refused end
local sum = table.concat(digits)
redis.call('SET', KEYS[1], sum)
return {'number', sum}
";

/// The scripts, as they are called.
pub(super) struct Scripts {
    pub(super) set: Script,
    pub(super) swap: Script,
    pub(super) increment: Script,
}

pub(super) static SCRIPTS: LazyLock<Scripts> = LazyLock::new(|| {
    let script = |text: &str| Script::new(&format!("{ROOM}{text}"));
    Scripts { set: script(SET), swap: script(SWAP), increment: script(INCREMENT) }
});

impl Scripts {
    /// Makes them known to a server.
    pub(super) async fn load(&self, connection: &mut MultiplexedConnection) -> RedisResult<()> {
        for script in [&self.set, &self.swap, &self.increment] {
            script.load_async(connection).await?;
        }
        Ok(())
    }
}

/// The call of a script on keys, with the arguments of [`ROOM`].
pub(super) fn call(script: &Script, keys: &[Vec<u8>], most: Option<u64>, pattern: &str) -> Cmd {
    let mut call = cmd("EVALSHA");
    call.arg(script.get_hash()).arg(keys.len());
    for key in keys {
        call.arg(key);
    }
    match most {
        Some(most) => call.arg(most),
        None => call.arg(-1),
    };
    call.arg(pattern);
    call
}

/// What a script's answer means. `key`: the first it was called on.
pub(super) fn outcome(
    answer: Value,
    key: &str,
    most_keys: Option<&(u64, String)>,
) -> Result<Outcome, StoreError> {
    let strange =
        || StoreError::Other(format!("redis answered a write of `{key}` in a way that is not known"));
    let Value::Array(parts) = answer else { return Err(strange()) };
    let mut parts = parts.into_iter();
    let word: String = parts.next().and_then(|word| from_redis_value(word).ok()).ok_or_else(strange)?;
    let rest = parts.next();
    match (&*word, rest) {
        ("done", _) => Ok(Outcome::Done),
        ("kept", Some(value)) => from_redis_value(value).map(Outcome::Kept).map_err(|_| strange()),
        ("number", Some(Value::BulkString(bytes))) => {
            let bytes = bytes.try_into().map_err(|_| strange())?;
            Ok(Outcome::Number(i64::from_le_bytes(bytes)))
        }
        ("no-number", _) => Err(not_a_number(key)),
        ("overflow", _) => Err(sum_too_large(key)),
        ("full", Some(Value::Int(after))) => {
            let (most, whose) = most_keys.ok_or_else(strange)?;
            Err(too_many_keys(u64::try_from(after).unwrap_or(0), *most, whose))
        }
        _ => Err(strange()),
    }
}
