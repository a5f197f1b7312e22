import { hex, sha256 } from '../bytes.ts';
import { IdentityError } from '../identity-error.ts';
import { decodeOnePem, decodePem, encodePem } from '../pem.ts';
import type { AuthorityFile, RotationPhase, StoredRotation } from './authority-file.ts';
import { MAX_ROOTS } from './authority-material.ts';
import type { WrappedKey } from './key-wrap.ts';

/** The key of the next intermediate: its request, and itself wrapped. */
export interface NextKey {
  readonly csr: string;
  readonly key: WrappedKey;
}

/** Begins: the next intermediate has a key here, and waits for its certificate. Throws `authority_rotation`. */
export async function beginRotation(file: AuthorityFile, next: NextKey, now: number): Promise<AuthorityFile> {
  if (file.rotation !== undefined)
    throw refusal(`a rotation is under way, in the phase ${file.rotation.phase}`);
  const [from = ''] = await rootHashes(file.rootsPem);
  const rotation: StoredRotation = {
    phase: 'prepare',
    startedAt: now,
    since: now,
    from,
    ...next,
    rootPem: undefined,
    intermediatePem: undefined,
  };
  return { ...file, rotation };
}

/**
 * Takes what the holder of a root made of the request. Of the root in use it is a new intermediate at once, and the
 * rotation is over; of another it waits to be distributed. Whether they belong together is the caller's to test.
 */
export async function takeCertificates(
  file: AuthorityFile,
  made: { readonly rootPem: string; readonly intermediatePem: string },
): Promise<AuthorityFile> {
  const rotation = inPhase(file, 'prepare');
  const [root = ''] = await rootHashes(made.rootPem);
  const known = await rootHashes(file.rootsPem);
  if (root === rotation.from) return withIntermediate(file, rotation, made.intermediatePem);
  if (known.includes(root)) throw refusal('that root is in the bundle already');
  if (known.length >= MAX_ROOTS) throw refusal(`there are ${known.length} roots, and no more may overlap`);
  return { ...file, rotation: { ...rotation, ...made } };
}

/** From one phase to the next: `distribute` after `prepare`, then `activate`; `retire` ends it. */
export async function advanceRotation(
  file: AuthorityFile,
  to: RotationPhase | 'retire',
  now: number,
): Promise<AuthorityFile> {
  if (to === 'distribute') return distribute(file, now);
  if (to === 'activate') return activate(file, now);
  if (to === 'retire') return retire(file);
  throw refusal('prepare begins a rotation');
}

/** Gives it up, while the old root still issues. */
export async function abortRotation(file: AuthorityFile): Promise<AuthorityFile> {
  const { rotation } = file;
  if (rotation === undefined) throw refusal('no rotation is under way');
  if (rotation.phase === 'activate')
    throw refusal('the new root issues already: end it with retire, then rotate again');
  const { rootPem } = rotation;
  const rootsPem = rootPem === undefined ? file.rootsPem : await without(file.rootsPem, rootPem);
  return { ...file, rootsPem, rotation: undefined };
}

/** SHA-256 of each root (PEM, concatenated), hexadecimal. */
export function rootHashes(rootsPem: string): Promise<string[]> {
  return Promise.all(decodePem('CERTIFICATE', rootsPem).map(async (der) => hex(await sha256(der))));
}

function distribute(file: AuthorityFile, now: number): AuthorityFile {
  const rotation = inPhase(file, 'prepare');
  const { rootPem } = rotation;
  if (rootPem === undefined || rotation.intermediatePem === undefined)
    throw refusal('the next root has not certified its intermediate yet');
  const rootsPem = `${file.rootsPem.trimEnd()}\n${rootPem}`;
  return { ...file, rootsPem, rotation: { ...rotation, phase: 'distribute', since: now } };
}

async function activate(file: AuthorityFile, now: number): Promise<AuthorityFile> {
  const rotation = inPhase(file, 'distribute');
  const { rootPem = '', intermediatePem = '', key } = rotation;
  if (key === undefined) throw refusal('the key of the next intermediate is gone');
  const rootsPem = `${rootPem}${await without(file.rootsPem, rootPem)}`;
  const next: StoredRotation = { ...rotation, phase: 'activate', since: now, key: undefined };
  return { ...file, rootsPem, intermediatePem, intermediateKey: key, rotation: next };
}

async function retire(file: AuthorityFile): Promise<AuthorityFile> {
  const { from } = inPhase(file, 'activate');
  const kept: string[] = [];
  for (const der of decodePem('CERTIFICATE', file.rootsPem))
    if (hex(await sha256(der)) !== from) kept.push(encodePem('CERTIFICATE', der));
  return { ...file, rootsPem: kept.join(''), rotation: undefined };
}

function withIntermediate(
  file: AuthorityFile,
  { key }: StoredRotation,
  intermediatePem: string,
): AuthorityFile {
  if (key === undefined) throw refusal('the key of the next intermediate is gone');
  return { ...file, intermediatePem, intermediateKey: key, rotation: undefined };
}

async function without(rootsPem: string, rootPem: string): Promise<string> {
  const gone = encodePem('CERTIFICATE', decodeOnePem('CERTIFICATE', rootPem));
  const all = decodePem('CERTIFICATE', rootsPem).map((der) => encodePem('CERTIFICATE', der));
  return all.filter((one) => one !== gone).join('');
}

function inPhase({ rotation }: AuthorityFile, wanted: RotationPhase): StoredRotation {
  if (rotation === undefined) throw refusal('no rotation is under way: begin with prepare');
  if (rotation.phase === wanted) return rotation;
  throw refusal(`the rotation is in the phase ${rotation.phase}, not in ${wanted}`);
}

function refusal(detail: string): IdentityError {
  return new IdentityError('authority_rotation', detail);
}
