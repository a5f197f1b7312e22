import { Agent } from 'node:http';
import { type Answer, type AskOptions, ask } from './http-client.ts';

export interface LoadOptions extends Pick<AskOptions, 'headers' | 'target'> {
  readonly url: string;
  /** Connections, each with one request at a time. 16 by default. */
  readonly concurrency?: number;
  /** Whether one more is to be sent after `sent`. */
  readonly more: (sent: number) => boolean;
  /** What an answer counts as. */
  readonly label: (answer: Answer) => string;
}

/** How many requests had which outcome; a request without an answer counts under its error. */
export type Outcomes = ReadonlyMap<string, number>;

/** Sends GETs on kept connections; each is sent exactly once, and each is counted exactly once. */
export async function load(options: LoadOptions): Promise<Outcomes> {
  const { url, concurrency = 16, headers = {}, target, more, label } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const how = target === undefined ? { agent, headers } : { agent, headers, target };
  const outcomes = new Map<string, number>();
  let sent = 0;
  const client = async () => {
    while (more(sent)) {
      sent++;
      const outcome = await ask(url, how).then(label, failure);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  agent.destroy();
  return outcomes;
}

/** The share of an outcome, percent. */
export function share(outcomes: Outcomes, outcome: string): number {
  return ((outcomes.get(outcome) ?? 0) * 100) / total(outcomes);
}

export function total(outcomes: Outcomes): number {
  return [...outcomes.values()].reduce((sum, count) => sum + count, 0);
}

function failure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : error;
  return `no answer: ${String(code)}`;
}
