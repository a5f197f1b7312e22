import { importJWK, type JWK } from 'jose';
import { decodeBase64Url } from '../bytes.ts';
import { algorithmsOf, type JwsAlgorithm, jwsAlgorithm, shortestSecret } from './algorithm.ts';
import { ownMember, strictJsonObject } from './strict-json.ts';
import { isWeakRsa } from './weak-rsa.ts';

/** UTF-16 units of a key set as text, and keys of it that are read. */
export const MAX_KEY_SET = 64 * 1024;
const MAX_KEYS = 100;

/** A key that was vetted. */
export interface TokenKey {
  readonly kid: string | undefined;
  readonly algorithms: readonly JwsAlgorithm[];
  /** The key as the platform takes it; rejects when it is no key after all. */
  use(alg: JwsAlgorithm): Promise<CryptoKey>;
}

/** The keys of an issuer that may verify tokens. */
export class KeySet {
  readonly #keys: readonly TokenKey[];

  private constructor(keys: readonly TokenKey[]) {
    this.#keys = keys;
  }

  /**
   * Reads a JSON Web Key Set (RFC 7517). Keys that are weak, for encryption, or unknown are left out. Secrets (`oct`)
   * count only where `secrets` says so, and never beside public keys. Undefined when the text is no key set.
   */
  static parse(text: string, secrets: boolean): KeySet | undefined {
    if (text.length > MAX_KEY_SET) return undefined;
    const set = strictJsonObject(text);
    const listed = set && ownMember(set, 'keys');
    if (!Array.isArray(listed) || listed.length > MAX_KEYS) return undefined;
    const ambiguous = repeatedKeys(listed);
    const found = listed
      .filter((key) => !ambiguous.has(designation(key)))
      .map((key: unknown) => vetKey(key))
      .filter((key) => key !== undefined);
    const isSecret = ({ algorithms }: TokenKey) => algorithms.every((alg) => alg.startsWith('HS'));
    if (!found.some(isSecret)) return new KeySet(found);
    return new KeySet(secrets && found.every(isSecret) ? found : []);
  }

  get size(): number {
    return this.#keys.length;
  }

  /** The keys that a token of this algorithm and key id may be signed with; none when two have that very id. */
  candidates(alg: JwsAlgorithm, kid: string | undefined): readonly TokenKey[] {
    const fitting = this.#keys.filter(
      (key) =>
        key.algorithms.includes(alg) && (kid === undefined || key.kid === undefined || key.kid === kid),
    );
    const named = kid === undefined ? 0 : fitting.filter((key) => key.kid === kid).length;
    return named > 1 ? [] : fitting;
  }
}

type Members = Readonly<Record<string, unknown>>;

/** What tells keys for signatures apart before they are vetted; undefined for what has no id or another use. */
function designation(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const members = value as Members;
  const [kid, ...others] = ['kid', 'kty', 'crv', 'alg'].map((name) => ownMember(members, name));
  return typeof kid === 'string' && isForSignatures(members) ? JSON.stringify([kid, ...others]) : undefined;
}

/** Designations of more than one key: nobody can tell which of them is meant. */
function repeatedKeys(listed: readonly unknown[]): ReadonlySet<string | undefined> {
  const seen = new Set<string | undefined>();
  const repeated = new Set<string | undefined>();
  for (const key of listed) {
    const name = designation(key);
    if (name !== undefined && seen.has(name)) repeated.add(name);
    seen.add(name);
  }
  return repeated;
}

function vetKey(value: unknown): TokenKey | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const members = value as Members;
  const kid = ownMember(members, 'kid');
  if ((kid !== undefined && typeof kid !== 'string') || !isForSignatures(members)) return undefined;
  const material = keyMaterial(members);
  const algorithms = material && permitted(members, material);
  if (material === undefined || algorithms === undefined || algorithms.length === 0) return undefined;
  const imported = new Map<JwsAlgorithm, Promise<CryptoKey>>();
  return {
    kid: kid === '' ? undefined : kid,
    algorithms,
    use(alg) {
      const key = imported.get(alg) ?? importKey(material, alg);
      imported.set(alg, key);
      return key;
    },
  };
}

/** `use` and `key_ops` of RFC 7517 §4.2 and §4.3. */
function isForSignatures(members: Members): boolean {
  const use = ownMember(members, 'use');
  const operations = ownMember(members, 'key_ops');
  if (use !== undefined && use !== 'sig') return false;
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
}

/** Only the members that make the public key or the secret, when all are there and canonical. */
function keyMaterial(members: Members): JWK | undefined {
  const kty = ownMember(members, 'kty');
  if (typeof kty !== 'string') return undefined;
  const crv = ownMember(members, 'crv');
  const names = MATERIAL.get(kty);
  if (names === undefined) return undefined;
  const bytes = new Map(names.map((name) => [name, octets(ownMember(members, name))]));
  if ([...bytes.values()].some((value) => value === undefined || value.length === 0)) return undefined;
  const [n, e] = [bytes.get('n'), bytes.get('e')];
  if (n !== undefined && e !== undefined && isWeakRsa(n, e)) return undefined;
  const parts = names.map((name) => [name, ownMember(members, name)]);
  return { kty, ...(typeof crv === 'string' && { crv }), ...Object.fromEntries(parts) };
}

const MATERIAL: ReadonlyMap<string, readonly string[]> = new Map([
  ['RSA', ['n', 'e']],
  ['EC', ['x', 'y']],
  ['OKP', ['x']],
  ['oct', ['k']],
]);

/** What kind, curve, length and `alg` of the key permit together. */
function permitted(members: Members, { kty = '', crv, k }: JWK): readonly JwsAlgorithm[] {
  const alg = ownMember(members, 'alg');
  const named = typeof alg === 'string' ? jwsAlgorithm(alg) : undefined;
  if (alg !== undefined && named === undefined) return [];
  const secret = k === undefined ? undefined : octets(k);
  return algorithmsOf(kty, crv)
    .filter((one) => named === undefined || one === named || bothEd25519(one, named))
    .filter((one) => secret === undefined || secret.length >= shortestSecret(one));
}

/** Two names of one algorithm (RFC 9864). */
function bothEd25519(a: JwsAlgorithm, b: JwsAlgorithm): boolean {
  return a.startsWith('Ed') && b.startsWith('Ed');
}

function octets(value: unknown) {
  if (typeof value !== 'string') return undefined;
  try {
    return decodeBase64Url(value);
  } catch {
    return undefined;
  }
}

async function importKey(material: JWK, alg: JwsAlgorithm): Promise<CryptoKey> {
  const key = await importJWK(material, alg);
  return key instanceof Uint8Array ? importSecret(key.slice(), alg) : key;
}

function importSecret(secret: Uint8Array<ArrayBuffer>, alg: JwsAlgorithm): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: `SHA-${alg.slice(2)}` };
  return crypto.subtle.importKey('raw', secret, algorithm, false, ['verify']);
}
