import {
  type KeyEncryptionKey,
  unwrapKey,
  type WrappedKey,
  wrapKey,
  wrappedKeyShape,
} from '../src/identity/authority/key-wrap.ts';
import type { Random } from '../src/runtime/ports.ts';
import type { StateDirectory } from '../src/runtime/store/state-directory.ts';
import {
  generateSigningJwk,
  importSigningKey,
  type PrivateJwk,
  type PublicJwk,
  publicJwk,
  type SigningKey,
} from '../src/snapshot/signing-key.ts';

/** Where control's own keys are, and what wraps them. */
export interface OwnKeysParts {
  readonly state: Pick<StateDirectory, 'once' | 'write'>;
  /** Undefined beside a plug-in CA for which none was given: then they lie in the clear, as its key does. */
  readonly kek: KeyEncryptionKey | undefined;
  readonly random: Pick<Random, 'bytes'>;
}

/** The public part, and the private one wrapped, or in the clear. */
type KeptJwk = PublicJwk & { readonly d?: string; readonly wrapped?: WrappedKey };

const signingFile = 'signing-key.json';
const signingLabel = 'weft signing key';
const sealFile = 'secret-key';
const sealLabel = 'weft secret key';

/**
 * The key that signs manifests, endpoint and trust records, made at the first start, and its public part. One that lies
 * in the clear is wrapped where there is a KEK. Throws `key_wrap` for another KEK.
 */
export async function loadSigningKey(parts: OwnKeysParts): Promise<{ key: SigningKey; jwk: PublicJwk }> {
  const { state } = parts;
  const make = async () => JSON.stringify(await kept(await generateSigningJwk(), parts));
  const stored = JSON.parse(await state.once(signingFile, make)) as KeptJwk;
  const { wrapped } = stored;
  const d = wrapped === undefined ? stored.d : await open(wrapped, signingLabel, signingFile, parts);
  const jwk: PrivateJwk = { ...publicJwk(stored), d: d ?? '' };
  const key = await importSigningKey(jwk);
  if (wrapped === undefined && parts.kek !== undefined)
    state.write(signingFile, JSON.stringify(await kept(jwk, parts)));
  return { key, jwk: publicJwk(jwk) };
}

/** The 32 bytes that seal Secrets, base64url; made at the first start and kept as the signing key is. */
export async function loadSealKey(parts: OwnKeysParts): Promise<string> {
  const { state, random } = parts;
  const make = async () => keptSeal(Buffer.from(random.bytes(32)).toString('base64url'), parts);
  const stored = await state.once(sealFile, make);
  if (stored.startsWith('{')) return open(JSON.parse(stored), sealLabel, sealFile, parts);
  if (parts.kek !== undefined) state.write(sealFile, await keptSeal(stored, parts));
  return stored;
}

async function kept(jwk: PrivateJwk, { kek, random }: OwnKeysParts): Promise<KeptJwk> {
  if (kek === undefined) return jwk;
  return { ...publicJwk(jwk), wrapped: await wrapKey(jwk.d, signingLabel, kek, random) };
}

async function keptSeal(text: string, { kek, random }: OwnKeysParts): Promise<string> {
  return kek === undefined ? text : JSON.stringify(await wrapKey(text, sealLabel, kek, random));
}

function open(wrapped: unknown, label: string, file: string, { kek }: OwnKeysParts): Promise<string> {
  if (kek !== undefined) return unwrapKey(wrappedKeyShape(wrapped, file), label, kek);
  throw new Error(
    `${file} was wrapped for an authority of control's own: give what wrapped it in WEFT_CA_KEK, WEFT_CA_PASSPHRASE or WEFT_CA_PASSPHRASE_FILE`,
  );
}
