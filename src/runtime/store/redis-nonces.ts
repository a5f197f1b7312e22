import type { NonceStore, NonceVerdict } from '../../identity/signature/nonce-memory.ts';
import type { Log } from '../ports.ts';
import type { RedisAddress } from './redis-address.ts';
import { RedisClient } from './redis-client.ts';

/** What stands before nonces. */
const PREFIX = 'weft:nonce:';

/** Nonces that several instances behind one name use up together, in one Redis; while it is away nothing is fresh. */
export class RedisNonces implements NonceStore {
  readonly #client: RedisClient;
  readonly #log: Pick<Log, 'warn'>;

  constructor(address: RedisAddress, log: Pick<Log, 'warn'>) {
    this.#client = new RedisClient(address);
    this.#log = log;
  }

  async use(nonce: string, expires: number, now: number): Promise<NonceVerdict> {
    const seconds = String(Math.max(1, expires - now + 1));
    try {
      const reply = await this.#client.call(['SET', PREFIX + nonce, '1', 'NX', 'EX', seconds]);
      return reply === 'OK' ? 'fresh' : 'used';
    } catch (error) {
      this.#log.warn('nonce not remembered', { error: String(error) });
      return 'full';
    }
  }

  close(): void {
    this.#client.close();
  }
}
