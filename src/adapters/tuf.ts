import { spawn } from 'node:child_process';
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  type ScryptOptions,
  scrypt,
  sign,
} from 'node:crypto';
import { type TufKey, type TufPublicKey, tufKeyOf } from '../domain/tuf.ts';

/** A key as it is kept: what is encrypted, or that somebody else has it. */
export interface KeptKey {
  keyId: string;
  publicKey: TufPublicKey;
  holder: 'stored' | 'command' | 'offline';
  sealed: Buffer | null;
}

/** Custody of the repository's keys: makes them, and signs with them. The private half never leaves this file unsealed. */
export interface TrustKeys {
  /** Where new keys of the online roles come to lie. */
  holder: 'stored' | 'command';
  /** A new key of a role; asks the command for its public half where a command signs. */
  make(role: string): Promise<KeptKey>;
  /** Signs, as hex. @throws when the key cannot be opened or the command fails */
  sign(key: KeptKey, role: string, bytes: Buffer): Promise<string>;
}

/** What opens sealed keys: 128 MB and a third of a second for each guess. */
const COST: ScryptOptions = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 2 ** 20 };
const FORMAT = 1;
const SALT = 16;
const NONCE = 12;
const TAG = 16;

function stretch(secret: Buffer, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, 32, cost, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

/**
 * Keys of our own, each encrypted by AES-256-GCM under a key stretched by scrypt from the server's trust secret. The key's
 * id is bound in, so that sealed keys cannot be swapped in the table.
 * @param cost of scrypt; lower only in tests
 */
export function storedTrustKeys(secret: Buffer, cost: ScryptOptions = COST): TrustKeys {
  // Stretching costs a third of a second and the salt rarely changes: opened keys' wrapping keys are remembered.
  const stretched = new Map<string, Promise<Buffer>>();
  const wrappingKey = (salt: Buffer): Promise<Buffer> => {
    const name = salt.toString('hex');
    const known = stretched.get(name) ?? stretch(secret, salt, cost);
    if (stretched.size > 100) stretched.clear();
    stretched.set(name, known);
    return known;
  };
  // One salt for the keys this process makes: they belong to one repository and one secret.
  const ownSalt = randomBytes(SALT);
  return {
    holder: 'stored',
    async make() {
      const { publicKey, privateKey } = generateKeyPairSync('ed25519');
      const key = rawKey(publicKey.export({ format: 'der', type: 'spki' }));
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', await wrappingKey(ownSalt), nonce);
      cipher.setAAD(Buffer.from(key.keyId));
      const body = Buffer.concat([cipher.update(privateKey.export({ format: 'der', type: 'pkcs8' })), cipher.final()]);
      const sealed = Buffer.concat([Buffer.of(FORMAT), ownSalt, nonce, cipher.getAuthTag(), body]);
      return { ...key, holder: 'stored', sealed };
    },
    async sign(key, role, bytes) {
      if (key.holder !== 'stored' || !key.sealed)
        throw new Error(`the key of ${role} (${key.keyId.slice(0, 12)}…) is not kept here`);
      const { sealed } = key;
      const salt = sealed.subarray(1, 1 + SALT);
      const nonce = sealed.subarray(1 + SALT, 1 + SALT + NONCE);
      const tag = sealed.subarray(1 + SALT + NONCE, 1 + SALT + NONCE + TAG);
      const decipher = createDecipheriv('aes-256-gcm', await wrappingKey(Buffer.from(salt)), nonce);
      decipher.setAAD(Buffer.from(key.keyId));
      decipher.setAuthTag(tag);
      let der: Buffer;
      try {
        der = Buffer.concat([decipher.update(sealed.subarray(1 + SALT + NONCE + TAG)), decipher.final()]);
      } catch {
        throw new Error(
          `the key of ${role} (${key.keyId.slice(0, 12)}…) cannot be opened: it was sealed under another TRUST_SECRET, or was changed`,
        );
      }
      return sign(undefined, bytes, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).toString('hex');
    },
  };
}

function rawKey(spki: Buffer): TufKey {
  const key = tufKeyOf(spki.subarray(-32).toString('hex'));
  if (!key) throw new Error('An ed25519 key has 32 bytes');
  return key;
}

/** A signer that does not answer holds up nothing else. */
const COMMAND_MS = 30_000;

/**
 * Keys kept by a command of the operator's: a key store, a smart card. It is run as `COMMAND make NAME`, makes a key under
 * that name (`timestamp-4f1c…`, never the same twice) and prints its ed25519 public half (PEM, or 64 hex digits); and as
 * `COMMAND sign PUBLICKEY` (64 hex digits) with the bytes on its standard input, and prints the signature (128 hex digits).
 * Keys that were stored before still open with the secret.
 * @param command program and arguments; no shell reads it
 */
export function commandTrustKeys(command: readonly string[], stored: TrustKeys): TrustKeys {
  return {
    holder: 'command',
    async make(role) {
      const name = `${role}-${randomBytes(4).toString('hex')}`;
      const text = (await runCommand(command, ['make', name], Buffer.alloc(0))).trim();
      const key = text.includes('BEGIN PUBLIC KEY')
        ? rawKey(createPublicKey(text).export({ format: 'der', type: 'spki' }))
        : tufKeyOf(text.toLowerCase());
      if (!key) throw new Error(`the signer command gave no ed25519 public key for ${role}`);
      return { ...key, holder: 'command', sealed: null };
    },
    async sign(key, role, bytes) {
      if (key.holder === 'stored') return stored.sign(key, role, bytes);
      const { public: publicHex } = key.publicKey.keyval;
      const signature = (await runCommand(command, ['sign', publicHex], bytes)).trim().toLowerCase();
      if (!/^[0-9a-f]{128}$/.test(signature)) throw new Error(`the signer command gave no signature for ${role}`);
      return signature;
    },
  };
}

function runCommand(command: readonly string[], more: readonly string[], input: Buffer): Promise<string> {
  const [program = '', ...first] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...first, ...more], { stdio: ['pipe', 'pipe', 'ignore'], timeout: COMMAND_MS });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (out.length > 10_000) child.kill();
    });
    child.stdin.on('error', () => {});
    child.once('error', (error) => reject(new Error(`the signer command cannot be run: ${error.message}`)));
    child.once('close', (status, signal) =>
      status === 0 ? resolve(out) : reject(new Error(`the signer command ended with ${signal ?? status}`)),
    );
    child.stdin.end(input);
  });
}
