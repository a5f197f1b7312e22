import type { Random } from '../../runtime/ports.ts';
import { IdentityError } from '../identity-error.ts';
import { literal, type Read, record, ShapeError, text } from '../json-shape.ts';
import { type KeyEncryptionKey, unwrapKey, wrapKey, wrappedKeyShape } from './key-wrap.ts';
import type { RootPair } from './new-material.ts';

const shape = record({
  version: literal(1),
  trustDomain: text(255),
  rootPem: text(64 * 1024),
  rootKey: wrappedKeyShape,
});

/** A root and its wrapped key, to be kept offline: who has it and the passphrase can make any identity. */
export type RootFile = Read<typeof shape>;

/** Wraps the key of a root. */
export async function sealRoot(
  { rootPem, keyPem }: RootPair,
  trustDomain: string,
  kek: KeyEncryptionKey,
  random: Pick<Random, 'bytes'>,
): Promise<RootFile> {
  const rootKey = await wrapKey(keyPem, labelOf(trustDomain), kek, random);
  return { version: 1, trustDomain, rootPem, rootKey };
}

/** Reads the JSON of such a file; throws `authority_material`. */
export function parseRootFile(json: string): RootFile {
  try {
    return shape(JSON.parse(json), 'root');
  } catch (cause) {
    const detail = cause instanceof ShapeError ? cause.message : 'is not JSON';
    throw new IdentityError('authority_material', `the file of the root ${detail}`);
  }
}

/** The root with its key; throws `key_wrap` for another KEK. */
export async function openRoot(
  { trustDomain, rootPem, rootKey }: RootFile,
  kek: KeyEncryptionKey,
): Promise<RootPair> {
  return { rootPem, keyPem: await unwrapKey(rootKey, labelOf(trustDomain), kek) };
}

function labelOf(trustDomain: string): string {
  return `weft ca root ${trustDomain}`;
}
