import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Child } from '../../bench/child.ts';
import type { MeshClient, OpenQuestion, ProxyQuestion, ProxyState } from './proxy-main.ts';

export type Runtime = 'node' | 'deno' | 'bun';

export const RUNTIMES: readonly Runtime[] = ['node', 'deno', 'bun'];

const PAGE = 4096;
const MAIN = fileURLToPath(new URL('proxy-main.ts', import.meta.url));
const BIN = fileURLToPath(new URL('../../node_modules/.bin/', import.meta.url));

/** Runs a script of the tests under that runtime. */
export function commandOf(runtime: Runtime, script: string): readonly [string, ...string[]] {
  switch (runtime) {
    case 'node':
      return [process.execPath, '--disable-warning=ExperimentalWarning', '--expose-gc', script];
    case 'deno':
      return [`${BIN}deno`, 'run', '-A', '--no-check', '--v8-flags=--expose-gc', script];
    case 'bun':
      return [`${BIN}bun`, script];
  }
}

/** A process of proxies under one runtime. */
export class ProxyProcess {
  readonly #child: Child;
  /** It is asked one question at a time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(runtime: Runtime) {
    this.#child = new Child(`proxy on ${runtime}`, commandOf(runtime, MAIN));
  }

  /** Opens a proxy and gives its port. */
  async open(role: OpenQuestion['role'], to: number, more: Partial<OpenQuestion> = {}): Promise<number> {
    const question: OpenQuestion = { kind: 'open', role, to, ...more };
    return ((await this.#ask(question)) as { port: number }).port;
  }

  /** Opens two sidecars in a row with mesh TLS between them, and gives the port of the first. */
  async openChain(to: number): Promise<number> {
    return this.open('caller', await this.open('service', to));
  }

  /** What a client in mesh TLS shows and trusts. */
  async meshClient(account: string): Promise<MeshClient> {
    return (await this.#ask({ kind: 'client', account })) as MeshClient;
  }

  /** Resident bytes now, without asking it. */
  get rss(): number {
    const pages = readFileSync(`/proc/${this.#child.pid}/statm`, 'utf8').split(' ')[1];
    return Number(pages) * PAGE;
  }

  /** Open client connections of all its proxies. */
  async connections(): Promise<number> {
    return (await this.#ask({ kind: 'connections' })) as number;
  }

  async state(): Promise<ProxyState> {
    return (await this.#ask({ kind: 'state' })) as ProxyState;
  }

  #ask(question: ProxyQuestion): Promise<unknown> {
    const answer = this.#last.then(() => this.#child.ask(question));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}

/** Runs with a process under that runtime; fails where an error reached nobody. */
export async function withProxies(
  runtime: Runtime,
  run: (proxies: ProxyProcess) => Promise<void>,
): Promise<void> {
  const proxies = new ProxyProcess(runtime);
  try {
    await run(proxies);
    const { errors } = await proxies.state();
    if (errors.length > 0) throw new Error(`${errors.length} errors on ${runtime}: ${errors[0]}`);
  } finally {
    await proxies.stop();
  }
}
