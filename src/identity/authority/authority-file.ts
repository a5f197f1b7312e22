import type { Random } from '../../runtime/ports.ts';
import { IdentityError } from '../identity-error.ts';
import { literal, optional, type Read, record, type Shape, ShapeError, text, whole } from '../json-shape.ts';
import { type AuthorityMaterial, parseAuthorityMaterial } from './authority-material.ts';
import { type KeyEncryptionKey, unwrapKey, type WrappedKey, wrapKey, wrappedKeyShape } from './key-wrap.ts';

/** How far one root has taken another's place; before and after there is none. */
export type RotationPhase = 'prepare' | 'distribute' | 'activate';

const phase: Shape<RotationPhase> = (value, path) => {
  if (value === 'prepare' || value === 'distribute' || value === 'activate') return value;
  throw new ShapeError(`${path} must be prepare, distribute or activate`);
};

const pem = text(64 * 1024);

const rotationShape = record({
  phase,
  /** When it began, and when it came into its phase; milliseconds since the epoch. */
  startedAt: whole,
  since: whole,
  /** SHA-256 of the root that goes, hexadecimal. */
  from: text(64, /^[0-9a-f]{64}$/),
  /** The request of the next intermediate, and its key until it is in use. */
  csr: pem,
  key: optional(wrappedKeyShape),
  /** What the holder of the next root made of the request. */
  rootPem: optional(pem),
  intermediatePem: optional(pem),
});

const fileShape = record({
  version: literal(2),
  trustDomain: text(255),
  rootsPem: pem,
  intermediatePem: pem,
  intermediateKey: wrappedKeyShape,
  rotation: optional(rotationShape),
});

/** A root on its way to another's place, as it is stored. */
export type StoredRotation = Read<typeof rotationShape>;

/** What an authority is kept as: certificates in the clear, keys wrapped, no root key. */
export type AuthorityFile = Read<typeof fileShape>;

/** Reads the JSON of such a file; throws `authority_material`. */
export function parseAuthorityFile(json: string): AuthorityFile {
  try {
    return fileShape(JSON.parse(json), 'authority');
  } catch (cause) {
    // The parser's own message may quote the text.
    const detail = cause instanceof ShapeError ? cause.message : 'is not JSON';
    throw new IdentityError('authority_material', `the stored authority ${detail}`);
  }
}

/** Wraps the intermediate's key; the root's is left out. */
export async function sealAuthority(
  material: AuthorityMaterial,
  kek: KeyEncryptionKey,
  random: Pick<Random, 'bytes'>,
): Promise<AuthorityFile> {
  const { trustDomain, rootsPem, intermediatePem, intermediateKeyPem } = material;
  const intermediateKey = await wrapIntermediateKey(intermediateKeyPem, trustDomain, kek, random);
  return { version: 2, trustDomain, rootsPem, intermediatePem, intermediateKey, rotation: undefined };
}

/** What an authority is made of; throws `key_wrap` for another KEK. */
export async function openAuthority(file: AuthorityFile, kek: KeyEncryptionKey): Promise<AuthorityMaterial> {
  const { trustDomain, rootsPem, intermediatePem, intermediateKey } = file;
  const intermediateKeyPem = await unwrapKey(intermediateKey, labelOf(trustDomain), kek);
  return parseAuthorityMaterial({
    version: 1,
    trustDomain,
    rootsPem,
    rootKeyPem: undefined,
    intermediatePem,
    intermediateKeyPem,
  });
}

/** A key that is or will be an intermediate's, PKCS#8 PEM, wrapped. */
export function wrapIntermediateKey(
  keyPem: string,
  trustDomain: string,
  kek: KeyEncryptionKey,
  random: Pick<Random, 'bytes'>,
): Promise<WrappedKey> {
  return wrapKey(keyPem, labelOf(trustDomain), kek, random);
}

function labelOf(trustDomain: string): string {
  return `weft ca intermediate ${trustDomain}`;
}
