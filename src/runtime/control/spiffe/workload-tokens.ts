import { JWT_SVID_PATH } from '../../../identity/jwt-svid/paths.ts';
import type { Clock } from '../../ports.ts';
import type { ControlConnection } from '../control-connection.ts';

/** A JWT-SVID; `expires` in milliseconds since the epoch. */
export interface WorkloadToken {
  readonly token: string;
  readonly expires: number;
}

/** Audiences whose tokens are kept. */
const MAX_KEPT = 64;

/** JWT-SVIDs of this workload by audience: control is asked for another at half the life of the last. */
export class WorkloadTokens {
  readonly #control: Pick<ControlConnection, 'callJson'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #kept = new Map<string, { readonly from: number; readonly token: WorkloadToken }>();

  constructor(control: Pick<ControlConnection, 'callJson'>, clock: Pick<Clock, 'now'>) {
    this.#control = control;
    this.#clock = clock;
  }

  /** Rejects where control refuses it, or does not answer and no token is left. */
  async get(audience: string): Promise<WorkloadToken> {
    const now = this.#clock.now();
    const kept = this.#kept.get(audience);
    if (kept !== undefined && now < (kept.from + kept.token.expires) / 2) return kept.token;
    try {
      return this.#keep(audience, now, readToken(await this.#ask(audience)));
    } catch (error) {
      if (kept !== undefined && now < kept.token.expires) return kept.token;
      throw error;
    }
  }

  #ask(audience: string): Promise<unknown> {
    return this.#control.callJson({ method: 'POST', path: JWT_SVID_PATH, body: { audience } });
  }

  #keep(audience: string, from: number, token: WorkloadToken): WorkloadToken {
    this.#kept.delete(audience);
    this.#kept.set(audience, { from, token });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MAX_KEPT) break;
      this.#kept.delete(oldest);
    }
    return token;
  }
}

function readToken(answer: unknown): WorkloadToken {
  const { token, expires } = Object(answer) as { readonly token?: unknown; readonly expires?: unknown };
  if (typeof token !== 'string' || typeof expires !== 'number')
    throw new Error('control’s answer is not {token, expires}');
  return { token, expires };
}
