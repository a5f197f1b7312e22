import { Authority } from '../../../identity/authority/authority.ts';
import { encodePem } from '../../../identity/pem.ts';
import { workloadId } from '../../../identity/spiffe.ts';
import type { Svid } from '../../../identity/svid.ts';
import { createCsr } from '../../../identity/x509/csr.ts';
import { exportPrivateKey, generateKey } from '../../../identity/x509/p256.ts';
import type { Clock, Random } from '../../ports.ts';
import { pemList } from '../pem-list.ts';

export interface ThrowawayParts {
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'bytes'>;
}

const TRUST_DOMAIN = 'precheck.local';
const HOUR_MS = 3_600_000;

/** A mesh of an authority alone, whose keys nobody keeps. */
export class ThrowawayMesh {
  readonly #authority: Authority;
  readonly #time: { now: number };
  readonly #parts: ThrowawayParts;

  private constructor(authority: Authority, time: { now: number }, parts: ThrowawayParts) {
    this.#authority = authority;
    this.#time = time;
    this.#parts = parts;
  }

  static async create(parts: ThrowawayParts): Promise<ThrowawayMesh> {
    // Born in the past, so that it can issue what is over.
    const time = { now: parts.clock.now() - 6 * HOUR_MS };
    const ports = { clock: { now: () => time.now }, random: parts.random };
    return new ThrowawayMesh(await Authority.create({ trustDomain: TRUST_DOMAIN, ...ports }), time, parts);
  }

  /** PEM, one each. */
  get roots(): readonly string[] {
    return pemList(this.#authority.bundle());
  }

  /** `spiffe://precheck.local/ns/default/sa/<account>`, for an hour from `hoursAgo`. */
  async svid(account: string, hoursAgo = 0): Promise<Svid> {
    this.#time.now = this.#parts.clock.now() - hoursAgo * HOUR_MS;
    const keys = await generateKey();
    const id = workloadId(TRUST_DOMAIN, 'default', account);
    const { chainPem, notBefore, notAfter } = await this.#authority.issue(await createCsr(keys), id, HOUR_MS);
    const keyPem = encodePem('PRIVATE KEY', await exportPrivateKey(keys.privateKey));
    return { id, chainPem, keyPem, notBefore, notAfter };
  }
}
