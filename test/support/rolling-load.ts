import { Agent, type IncomingMessage, request } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';

/** Where a client's sidecar takes requests, and with what. */
export interface Door {
  readonly port: number;
  readonly credential: string;
}

/** Ways to ask. */
export const KINDS = ['keep-alive', 'close', 'streaming', 'gRPC'] as const;
export type Kind = (typeof KINDS)[number];

const STREAMED = Array.from({ length: 8 }, (_, part) => `part ${part}\n`).join('');
const REPLY = '\0\0\0\0\u0002hi';
const answerMs = 30_000;

/** Asks in every way at a steady pace, whether earlier answers have come or not; each request is sent once. */
export class RollingLoad {
  /** What came of requests that failed, by kind. */
  readonly failed: string[] = [];
  readonly sent = new Map<Kind, number>();
  readonly #door: Door;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: ReturnType<typeof setInterval>;
  #session: ClientHttp2Session | undefined;
  #due = 0;
  #turn = 0;

  /** `perSecond` of all kinds together. */
  constructor(door: Door, perSecond: number) {
    this.#door = door;
    const started = performance.now();
    this.#timer = setInterval(() => {
      const now = (performance.now() - started) * (perSecond / 1000);
      for (; this.#due < now; this.#due++) this.#ask(KINDS[this.#turn++ % KINDS.length] ?? 'close');
    }, 5);
  }

  /** Requests that are not answered yet. */
  get inFlight(): number {
    return this.#underWay.size;
  }

  get total(): number {
    return [...this.sent.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Ends it when what is under way is answered. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    this.#agent.destroy();
    this.#session?.destroy();
  }

  #ask(kind: Kind): void {
    this.sent.set(kind, (this.sent.get(kind) ?? 0) + 1);
    const asked: Promise<void> = this.#send(kind)
      .then(
        (got) => {
          if (got !== 'ok') this.failed.push(`${kind}: ${got}`);
        },
        (error: unknown) => void this.failed.push(`${kind}: ${String(error)}`),
      )
      .finally(() => this.#underWay.delete(asked));
    this.#underWay.add(asked);
  }

  async #send(kind: Kind): Promise<string> {
    if (kind === 'gRPC') return this.#sendGrpc();
    const { status, body } = await this.#sendHttp(kind);
    if (status !== 200) return `${status} ${body}`;
    return kind !== 'streaming' || body === STREAMED ? 'ok' : `cut off after ${body.length} bytes`;
  }

  #sendHttp(kind: Kind): Promise<{ status: number; body: string }> {
    const { port } = this.#door;
    const headers = { host: 'server', ...this.#proof, ...(kind === 'close' && { connection: 'close' }) };
    const agent = kind === 'close' ? false : this.#agent;
    const path = kind === 'streaming' ? '/stream' : '/';
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, headers, agent }, (response) => {
        whole(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
      });
      sent.setTimeout(answerMs, () => sent.destroy(new Error('no answer')));
      sent.on('error', reject).end();
    });
  }

  #sendGrpc(): Promise<string> {
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      this.#session = connect(`http://127.0.0.1:${this.#door.port}`);
      this.#session.on('error', () => undefined);
    }
    const stream = this.#session.request({
      ':method': 'POST',
      ':path': '/hello.Greeter/SayHello',
      ':authority': 'server:81',
      'content-type': 'application/grpc',
      te: 'trailers',
      ...this.#proof,
    });
    return new Promise((resolve, reject) => {
      let [status, body] = ['none', ''];
      stream.on('response', (fields) => {
        status = String(fields['grpc-status'] ?? status);
      });
      stream.on('trailers', (fields) => {
        status = String(fields['grpc-status'] ?? status);
      });
      stream.setEncoding('latin1').on('data', (chunk) => (body += chunk));
      stream.on('end', () => resolve(status === '0' && body === REPLY ? 'ok' : `grpc-status ${status}`));
      stream.on('error', reject);
      stream.on('close', () => reject(new Error(`stream closed with ${stream.rstCode}`)));
      stream.setTimeout(answerMs, () => stream.destroy(new Error('no answer')));
      stream.end(Uint8Array.of(0, 0, 0, 0, 0));
    });
  }

  get #proof(): { readonly 'proxy-authorization': string } {
    return { 'proxy-authorization': `Basic ${btoa(`weft:${this.#door.credential}`)}` };
  }
}

async function whole(response: IncomingMessage): Promise<string> {
  let body = '';
  response.setEncoding('utf8');
  for await (const chunk of response) body += chunk;
  return body;
}
