/**
 * Seals a picture to a kycbox: the bundle that its APIs take with encrypted=true.
 *
 * Layout: docs/captures.md. Usage, in a page of the box or with this folder copied elsewhere:
 *
 *   import { captureKey, seal } from "/-/seal.mjs";
 *   const bundle = await seal(await captureKey(), new Uint8Array(await file.arrayBuffer()));
 *
 * libsodium does the cryptography, the browser itself the hash of the picture, for which the page has to come
 * over HTTPS or from this machine. Nothing is kept after the call but what the caller keeps.
 */
import sodium from "./libsodium-wrappers.mjs";

const MAGIC = new TextEncoder().encode("KYB1");
const SIGNED = new TextEncoder().encode("kycbox capture v1\0");
const VERSION = 1;
const LONGEST_DEVICE = 64;

/** The box's current capture key, 32 bytes. */
export async function captureKey(base = "") {
  const answer = await fetch(`${base}/-/capture-key`);
  if (!answer.ok) {
    throw new Error(`the box gives no capture key: ${answer.status}`);
  }
  await sodium.ready;
  return sodium.from_hex((await answer.json()).public_key);
}

/**
 * Seal a picture.
 *
 * @param {Uint8Array} publicKey of the box, 32 bytes.
 * @param {Uint8Array} picture bytes of a JPEG, PNG or BMP file.
 * @param {object} [options]
 * @param {string} [options.device] name of this device, at most 64 bytes.
 * @param {Uint8Array} [options.signingSeed] Ed25519 seed of an enrolled device, 32 bytes.
 * @param {number} [options.takenAt] milliseconds since 1970; now if absent.
 * @param {Uint8Array} [options.nonce] 16 bytes; random if absent. Every bundle needs its own.
 * @param {{publicKey: Uint8Array, privateKey: Uint8Array}} [options.ephemeral] for tests: the sender's
 *   one-time key pair, which otherwise is drawn for each bundle.
 * @returns {Promise<Uint8Array>}
 */
export async function seal(publicKey, picture, options = {}) {
  await sodium.ready;
  const device = new TextEncoder().encode(options.device ?? "");
  if (device.length > LONGEST_DEVICE) {
    throw new RangeError(`the device's name is at most ${LONGEST_DEVICE} bytes`);
  }
  if (publicKey.length !== 32) {
    throw new RangeError("a capture key has 32 bytes");
  }
  const keyId = sodium.crypto_generichash(8, publicKey);
  const head = join(
    Uint8Array.of(VERSION),
    keyId,
    options.nonce ?? sodium.randombytes_buf(16),
    bigEndian64(options.takenAt ?? Date.now()),
    new Uint8Array(await crypto.subtle.digest("SHA-256", picture)),
    Uint8Array.of(mediaType(picture), device.length),
    device,
  );
  let signature = Uint8Array.of(0);
  if (options.signingSeed) {
    const { privateKey } = sodium.crypto_sign_seed_keypair(options.signingSeed);
    signature = join(Uint8Array.of(1), sodium.crypto_sign_detached(join(SIGNED, head), privateKey));
  }
  const inside = join(head, signature, picture);
  return join(MAGIC, Uint8Array.of(VERSION), keyId, box(publicKey, inside, options.ephemeral));
}

/** libsodium's sealed box; with a given one-time key pair its construction is spelled out. */
function box(publicKey, inside, ephemeral) {
  if (!ephemeral) {
    return sodium.crypto_box_seal(inside, publicKey);
  }
  const nonce = sodium.crypto_generichash(sodium.crypto_box_NONCEBYTES, join(ephemeral.publicKey, publicKey));
  return join(
    ephemeral.publicKey,
    sodium.crypto_box_easy(inside, nonce, publicKey, ephemeral.privateKey),
  );
}

/** 0 JPEG, 1 PNG, 2 BMP, by the first bytes. */
function mediaType(picture) {
  const [a, b, c, d] = picture;
  if (a === 0xff && b === 0xd8 && c === 0xff) {
    return 0;
  }
  if (a === 0x89 && b === 0x50 && c === 0x4e && d === 0x47) {
    return 1;
  }
  if (a === 0x42 && b === 0x4d) {
    return 2;
  }
  throw new TypeError("the bytes are not a JPEG, PNG or BMP picture");
}

function bigEndian64(number) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.trunc(number)));
  return bytes;
}

function join(...parts) {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
