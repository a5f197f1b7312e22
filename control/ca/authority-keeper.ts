import { Authority } from '../../src/identity/authority/authority.ts';
import {
  type AuthorityFile,
  openAuthority,
  parseAuthorityFile,
  sealAuthority,
  wrapIntermediateKey,
} from '../../src/identity/authority/authority-file.ts';
import { parseAuthorityMaterial } from '../../src/identity/authority/authority-material.ts';
import type { KeyEncryptionKey } from '../../src/identity/authority/key-wrap.ts';
import { newMaterial } from '../../src/identity/authority/new-material.ts';
import { sealRoot } from '../../src/identity/authority/root-file.ts';
import type { NextKey } from '../../src/identity/authority/root-rotation.ts';
import { encodePem } from '../../src/identity/pem.ts';
import { createCsr } from '../../src/identity/x509/csr.ts';
import { exportPrivateKey, generateKey } from '../../src/identity/x509/p256.ts';
import type { Clock, Random } from '../../src/runtime/ports.ts';
import {
  developmentKek,
  developmentProtection,
  givenProtection,
  type KeyProtection,
} from '../../src/runtime/store/key-protection.ts';
import type { StateDirectory } from '../../src/runtime/store/state-directory.ts';
import { readPlugIn } from './plug-in.ts';

/** The file of the state directory that holds the authority, its keys wrapped. */
const authorityFile = 'authority.json';
/** That of the root which a development authority makes for itself. */
const rootFile = 'authority-root.json';

export interface AuthorityKeeperParts {
  readonly state: StateDirectory;
  readonly trustDomain: string;
  /** Directory of a plug-in CA, as Istio's cacerts; absent = our own. */
  readonly plugIn?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'bytes'>;
}

/** The authority of this mesh and where it is kept. */
export class AuthorityKeeper {
  readonly authority: Authority;
  /** How its key is protected at rest. */
  readonly keys: KeyProtection['source'] | 'plug-in';
  readonly #parts: AuthorityKeeperParts;
  readonly #protection: KeyProtection | undefined;
  #file: AuthorityFile | undefined;

  private constructor(
    parts: AuthorityKeeperParts,
    authority: Authority,
    protection: KeyProtection | undefined,
    file: AuthorityFile | undefined,
  ) {
    this.#parts = parts;
    this.authority = authority;
    this.#protection = protection;
    this.#file = file;
    this.keys = file === undefined ? 'plug-in' : (protection?.source ?? 'plug-in');
  }

  /** Opens what `weft ca init` or an earlier start made, or the plug-in CA; makes a development authority without. */
  static async open(parts: AuthorityKeeperParts): Promise<AuthorityKeeper> {
    const { plugIn, trustDomain, clock, random } = parts;
    if (plugIn !== undefined) {
      const material = await readPlugIn(plugIn, trustDomain, clock.now());
      const authority = await Authority.load(material, { clock, random });
      return new AuthorityKeeper(parts, authority, await protectionBeside(parts), undefined);
    }
    const protection = await protectionOf(parts);
    const file = await storedAuthority(parts, protection);
    const authority = await Authority.load(await openAuthority(file, protection.kek), { clock, random });
    if (authority.trustDomain !== trustDomain)
      throw new Error(`the authority is of ${authority.trustDomain}, and the mesh is ${trustDomain}`);
    return new AuthorityKeeper(parts, authority, protection, file);
  }

  /** What wraps its keys; undefined for a plug-in CA. */
  get kek(): KeyEncryptionKey | undefined {
    return this.#file === undefined ? undefined : this.#protection?.kek;
  }

  /** What wraps control's other keys: the same, or beside a plug-in CA what was given for them. */
  get ownKek(): KeyEncryptionKey | undefined {
    return this.#protection?.kek;
  }

  /** As it is stored; undefined for a plug-in CA. */
  get file(): AuthorityFile | undefined {
    return this.#file;
  }

  /** A key for the next intermediate. */
  async nextKey(): Promise<NextKey> {
    const { kek } = this.#own();
    const keys = await generateKey();
    const pem = encodePem('PRIVATE KEY', await exportPrivateKey(keys.privateKey));
    const { trustDomain, random } = this.#parts;
    return { csr: await createCsr(keys), key: await wrapIntermediateKey(pem, trustDomain, kek, random) };
  }

  /** Signs by what a changed file says, and keeps it, once it has been tested. */
  async replace(file: AuthorityFile): Promise<void> {
    const { clock, random, state } = this.#parts;
    const material = await openAuthority(file, this.#own().kek);
    // What cannot issue is not kept, and what cannot be kept does not issue.
    await Authority.load(material, { clock, random });
    state.write(authorityFile, JSON.stringify(file));
    this.#file = file;
    await this.authority.adopt(material);
  }

  /** Whether the next root, its intermediate and the key of that belong together. Throws IdentityError. */
  async test(file: AuthorityFile): Promise<void> {
    const { kek } = this.#own();
    const { rotation, trustDomain } = file;
    if (rotation?.rootPem === undefined || rotation.intermediatePem === undefined || !rotation.key) return;
    const { rootPem: rootsPem, intermediatePem, key: intermediateKey } = rotation;
    const next = { version: 2, trustDomain, rootsPem, intermediatePem, intermediateKey } as const;
    const { clock, random } = this.#parts;
    await Authority.load(await openAuthority({ ...next, rotation: undefined }, kek), { clock, random });
  }

  #own(): KeyProtection {
    if (this.#file !== undefined && this.#protection !== undefined) return this.#protection;
    throw new Error('a plug-in CA is rotated by its files: docs/certificates.md');
  }
}

/** Beside a plug-in CA: what is given, or what an earlier development authority left; undefined = nothing. */
async function protectionBeside({
  env,
  state,
  random,
}: AuthorityKeeperParts): Promise<KeyProtection | undefined> {
  const given = givenProtection(env);
  if (given !== undefined || state.read(developmentKek) === undefined) return given;
  return developmentProtection(state, random);
}

/** A key of its own only for an authority that was made with it: nothing else could open another. */
async function protectionOf({ env, state, random }: AuthorityKeeperParts): Promise<KeyProtection> {
  const given = givenProtection(env);
  if (given !== undefined) return given;
  const text = state.read(authorityFile);
  const isOwn = text === undefined || isPlain(text) || state.read(developmentKek) !== undefined;
  if (isOwn) return developmentProtection(state, random);
  const { kek } = parseAuthorityFile(text).intermediateKey;
  const wanted = kek === 'secret' ? 'WEFT_CA_KEK' : 'WEFT_CA_PASSPHRASE or WEFT_CA_PASSPHRASE_FILE';
  throw new Error(`the key of the authority in ${state.path} is wrapped by a ${kek}: give it in ${wanted}`);
}

async function storedAuthority(
  { state, trustDomain, clock, random }: AuthorityKeeperParts,
  { kek }: KeyProtection,
): Promise<AuthorityFile> {
  const text = state.read(authorityFile);
  if (text !== undefined && !isPlain(text)) return parseAuthorityFile(text);
  const material =
    text === undefined
      ? await newMaterial(trustDomain, { clock, random })
      : parseAuthorityMaterial(JSON.parse(text));
  const { rootsPem, rootKeyPem } = material;
  if (rootKeyPem !== undefined) {
    const root = await sealRoot({ rootPem: rootsPem, keyPem: rootKeyPem }, trustDomain, kek, random);
    state.write(rootFile, JSON.stringify(root));
  }
  const file = await sealAuthority(material, kek, random);
  state.write(authorityFile, JSON.stringify(file));
  return file;
}

/** Whether keys lie in it in the clear, as in files of version 1. */
function isPlain(text: string): boolean {
  try {
    return Object(JSON.parse(text)).version === 1;
  } catch {
    return false;
  }
}
