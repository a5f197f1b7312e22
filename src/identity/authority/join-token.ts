import type { Clock, Random, SwapStore } from '../../runtime/ports.ts';
import { type Bytes, decodeBase64Url, encodeBase64Url, equalConstantTime, hex, sha256 } from '../bytes.ts';
import { flag, type Read, record, text, whole } from '../json-shape.ts';
import { workloadId } from '../spiffe.ts';

/** The identity that a token was minted for. */
export interface JoinGrant {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly workload: string;
}

/** A token, to be shown once; `expires` in milliseconds since the epoch. */
export interface MintedToken {
  readonly token: string;
  readonly expires: number;
}

/** Why a token was refused: for the log, never for the caller. */
export type JoinReason = 'malformed' | 'unknown' | 'wrong_secret' | 'expired' | 'used';

/** One message for every reason, so that a caller learns nothing about tokens. */
export class JoinRefused extends Error {
  override readonly name = 'JoinRefused';
  readonly reason: JoinReason;

  constructor(reason: JoinReason) {
    super('join token refused');
    this.reason = reason;
  }
}

/** What the tokens live in and on. */
export interface JoinTokenPorts {
  readonly store: SwapStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'bytes'>;
}

/** Mints and redeems one-time join tokens. The store must belong to the authority: who writes to it may join. */
export class JoinTokens {
  readonly #ports: JoinTokenPorts;

  constructor(ports: JoinTokenPorts) {
    this.#ports = ports;
  }

  /** A token for one identity that lives at most 10 minutes. Only the hash of its secret is stored. */
  async mint(grant: JoinGrant, ttlMs: number = MAX_LIFE): Promise<MintedToken> {
    if (!(ttlMs > 0 && ttlMs <= MAX_LIFE)) throw new RangeError('a join token lives at most 10 minutes');
    const { store, clock, random } = this.#ports;
    const name = encodeBase64Url(random.bytes(NAME_BYTES));
    const secret = random.bytes(SECRET_BYTES);
    const expires = Math.floor(clock.now() + ttlMs);
    const hash = hex(await sha256(secret));
    const stored = encode({ hash, expires, used: false, grant: checkGrant(grant) });
    if (!(await store.swap(KEYS + name, undefined, stored))) throw new Error('join token name is taken');
    return { token: `${PREFIX}.${name}.${encodeBase64Url(secret)}`, expires };
  }

  /** Consumes a token: of any number of callers at most one gets the grant. Throws JoinRefused. */
  async redeem(token: string): Promise<JoinGrant> {
    const { name, secret } = parseToken(token);
    const { store, clock } = this.#ports;
    const stored = await store.get(KEYS + name);
    const known = stored && decode(stored);
    const hash = new TextEncoder().encode(hex(await sha256(secret)));
    // The comparison is made for unknown tokens too, so that they take as long.
    const matches = equalConstantTime(hash, new TextEncoder().encode(known?.hash ?? NO_HASH));
    if (stored === undefined || known === undefined) throw new JoinRefused('unknown');
    if (!matches) throw new JoinRefused('wrong_secret');
    if (known.used) throw new JoinRefused('used');
    if (clock.now() >= known.expires) throw new JoinRefused('expired');
    const won = await store.swap(KEYS + name, stored, encode({ ...known, used: true }));
    if (!won) throw new JoinRefused('used');
    return known.grant;
  }

  /** Deletes the records of tokens that have expired. */
  async sweep(): Promise<void> {
    const { store, clock } = this.#ports;
    for (const key of await store.list(KEYS)) {
      const stored = await store.get(key);
      const known = stored && decode(stored);
      if (known === undefined || clock.now() >= known.expires) await store.delete(key);
    }
  }
}

const MAX_LIFE = 10 * 60 * 1000;
const PREFIX = 'weft-join';
const KEYS = 'join-token/';
const NAME_BYTES = 12;
const SECRET_BYTES = 32;
const NO_HASH = '0'.repeat(64);

const recordShape = record({
  hash: text(64, /^[0-9a-f]{64}$/),
  expires: whole,
  used: flag,
  grant: record({ namespace: text(253), serviceAccount: text(253), workload: text(253) }),
});

type TokenRecord = Read<typeof recordShape>;

function checkGrant({ namespace, serviceAccount, workload }: JoinGrant): JoinGrant {
  workloadId('trust.domain', namespace, serviceAccount);
  if (!/^[a-zA-Z0-9._-]{1,253}$/.test(workload)) throw new RangeError('workload is not a name');
  return { namespace, serviceAccount, workload };
}

function parseToken(token: string): { name: string; secret: Bytes } {
  const [prefix, name = '', secret = '', ...rest] = token.length > 128 ? [] : token.split('.');
  if (prefix !== PREFIX || rest.length > 0) throw new JoinRefused('malformed');
  try {
    const bytes = decodeBase64Url(secret);
    if (bytes.length === SECRET_BYTES && decodeBase64Url(name).length === NAME_BYTES)
      return { name, secret: bytes };
  } catch {
    // Refused below, like every malformed token.
  }
  throw new JoinRefused('malformed');
}

function encode(token: TokenRecord): Bytes {
  return new TextEncoder().encode(JSON.stringify(token));
}

/** Undefined for a record that is not ours: it grants nothing. */
function decode(stored: Uint8Array): TokenRecord | undefined {
  try {
    return recordShape(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(stored)), 'token');
  } catch {
    return undefined;
  }
}
