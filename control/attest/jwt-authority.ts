import { type IssuedJwtSvid, issueJwtSvid } from '../../src/identity/jwt-svid/issue-jwt-svid.ts';
import { openJwtKeys, rotatedJwtKeys } from '../../src/identity/jwt-svid/jwt-keys.ts';
import { spiffeBundle } from '../../src/identity/jwt-svid/spiffe-bundle.ts';
import type { SpiffeId } from '../../src/identity/spiffe.ts';
import type { Clock, Random } from '../../src/runtime/ports.ts';
import type { JwtKeyFile } from './jwt-key-file.ts';

export interface JwtAuthorityParts {
  /** Where its keys are kept. */
  readonly file: Pick<JwtKeyFile, 'read' | 'write'>;
  /** The roots of this moment, PEM. */
  readonly roots: () => string;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'bytes'>;
}

/** Signs JWT-SVIDs by keys that are published in the bundle and replaced every month. */
export class JwtAuthority {
  readonly #parts: JwtAuthorityParts;
  #opened: ReturnType<typeof openJwtKeys>;

  private constructor(parts: JwtAuthorityParts, opened: ReturnType<typeof openJwtKeys>) {
    this.#parts = parts;
    this.#opened = opened;
  }

  /** With the keys that are kept, or new ones. */
  static async open(parts: JwtAuthorityParts): Promise<JwtAuthority> {
    return new JwtAuthority(parts, openJwtKeys(await keysNow(parts), parts.clock.now()));
  }

  /** Takes new keys into use and old ones out of it, when it is time. */
  async rotate(): Promise<void> {
    this.#opened = openJwtKeys(await keysNow(this.#parts), this.#parts.clock.now());
    await this.#opened;
  }

  async issue(id: SpiffeId, audience: string, ttlMs: number): Promise<IssuedJwtSvid> {
    const { signer } = await this.#opened;
    const { clock, random } = this.#parts;
    return issueJwtSvid(signer, { id, audience, now: clock.now(), ttlMs, jti: random.bytes(16) });
  }

  /** The trust domain's bundle as SPIFFE writes it. */
  async bundle(): Promise<string> {
    const { jwks } = await this.#opened;
    return spiffeBundle(this.#parts.roots(), jwks);
  }
}

async function keysNow({ file, clock }: JwtAuthorityParts): Promise<string> {
  const { text, changed } = await rotatedJwtKeys(await file.read(), clock.now());
  if (changed) await file.write(text);
  return text;
}
