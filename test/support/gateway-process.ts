import { fileURLToPath } from 'node:url';
import { Child } from '../../bench/child.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import type { GatewayQuestion } from './gateway-main.ts';

const MAIN = fileURLToPath(new URL('gateway-main.ts', import.meta.url));
const BIN = fileURLToPath(new URL('../../node_modules/.bin/', import.meta.url));
const COMMANDS: Readonly<Record<'deno' | 'bun', readonly [string, ...string[]]>> = {
  deno: [`${BIN}deno`, 'run', '-A', '--no-check', MAIN],
  bun: [`${BIN}bun`, MAIN],
};

/** A process with the ports of the self-hosted gateway under one runtime, without a mesh around it. */
export class GatewayProcess {
  readonly #child: Child;

  constructor(runtime: 'deno' | 'bun') {
    this.#child = new Child(`gateway on ${runtime}`, COMMANDS[runtime]);
  }

  /** Puts a snapshot in force; where each server port is bound. */
  async run(snapshot: Snapshot): Promise<ReadonlyMap<number, number>> {
    const question: GatewayQuestion = { snapshot };
    return new Map((await this.#child.ask(question)) as [number, number][]);
  }

  close(): void {
    this.#child.kill();
  }
}
