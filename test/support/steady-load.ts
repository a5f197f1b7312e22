import { connect } from 'node:http2';
import { RawClient } from './raw-request.ts';

/** What befell those who ask at a steady pace. */
export interface SteadyLoad {
  /** Requests without an answer of 200, with what came instead. */
  readonly failed: readonly string[];
  /** Of the answers, in ms. */
  readonly latencies: readonly number[];
  /** Ends it when what is under way is answered. */
  stop(): Promise<void>;
}

const REQUEST = { method: 'GET', target: '/', headers: [['Host', 'a.example']] } as const;

/** Asks for a GET every `everyMs`, whether the one before is answered or not, on so many kept connections at most. */
export function startSteadyLoad(port: number, everyMs: number, connections = 8): SteadyLoad {
  const client = new RawClient(port, connections);
  const send = async () => (await client.send(REQUEST)).status;
  return steady(everyMs, { send, close: () => client.close() });
}

/** The same in streams of one HTTP/2 connection. */
export function startSteadyH2Load(port: number, everyMs: number): SteadyLoad {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  const send = () =>
    new Promise<number>((resolve, reject) => {
      const stream = session.request({ ':path': '/', ':authority': 'a.example' });
      let status = 0;
      stream.on('response', (fields) => {
        status = fields[':status'] ?? 0;
      });
      stream.on('end', () => resolve(status)).on('error', reject);
      stream.on('close', () => reject(new Error(`stream closed with ${stream.rstCode}`))).resume();
    });
  return steady(everyMs, { send, close: () => session.close() });
}

/** Somebody who asks, and learns the status; rejects when there is none. */
interface Asker {
  send(): Promise<number>;
  close(): void;
}

function steady(everyMs: number, asker: Asker): SteadyLoad {
  const failed: string[] = [];
  const latencies: number[] = [];
  const underWay = new Set<Promise<void>>();
  const ask = async () => {
    const started = performance.now();
    try {
      const status = await asker.send();
      if (status === 200) latencies.push(performance.now() - started);
      else failed.push(String(status));
    } catch (error) {
      failed.push(String(error));
    }
  };
  const timer = setInterval(() => {
    const asked = ask().finally(() => underWay.delete(asked));
    underWay.add(asked);
  }, everyMs);
  const stop = async () => {
    clearInterval(timer);
    await Promise.all(underWay);
    asker.close();
  };
  return { failed, latencies, stop };
}

/** The value below which 99 of 100 lie. */
export function p99(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
}
