import { fileURLToPath } from 'node:url';
import { Child } from '../../bench/child.ts';
import { commandOf } from './proxy-process.ts';
import type { SlowQuestion } from './slow-clients-main.ts';

const MAIN = fileURLToPath(new URL('slow-clients-main.ts', import.meta.url));
const ARRIVAL_LIMIT_MS = 60_000;

/** A process of slow clients, with an upstream that has something long to read. */
export class SlowClients {
  readonly #child = new Child('slow clients', commandOf('node', MAIN));

  /** Opens the upstream, and gives its port. */
  async upstream(): Promise<number> {
    return ((await this.#ask({ kind: 'upstream' })) as { port: number }).port;
  }

  /** Resolves when all have come. */
  async start(port: number, clients: number, arrivalMs: number): Promise<void> {
    await this.#ask({ kind: 'start', port, clients, arrivalMs });
  }

  async end(): Promise<void> {
    await this.#ask({ kind: 'end' });
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }

  #ask(question: SlowQuestion): Promise<unknown> {
    return this.#child.ask(question, ARRIVAL_LIMIT_MS);
  }
}
