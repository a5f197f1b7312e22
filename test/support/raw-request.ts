import { Agent, type IncomingMessage, request } from 'node:http';

/** A request whose target and headers leave exactly as they are written here. */
export interface RawRequest {
  readonly method: string;
  /** Of the request line. */
  readonly target: string;
  /** Lines in order, Host among them. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string;
}

/** A response as it came over the wire. */
export interface RawResponse {
  readonly status: number;
  /** Lower-case names, one entry a line. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** Who has not answered by now never will. */
const answerMs = 60_000;

/** Sends to a port of the loopback address; keeps up to `connections` open. */
export class RawClient {
  readonly #port: number;
  readonly #agent: Agent;

  constructor(port: number, connections = 8) {
    this.#port = port;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  send({ method, target, headers, body }: RawRequest): Promise<RawResponse> {
    return new Promise((resolve, reject) => {
      const lines = headers.flat();
      const place = { host: '127.0.0.1', port: this.#port, agent: this.#agent, setHost: false };
      const sent = request({ ...place, method, path: target, headers: lines });
      sent.once('error', reject);
      sent.setTimeout(answerMs, () => sent.destroy(new Error(`no answer to ${method} ${target}`)));
      sent.once('response', (response) => read(response).then(resolve, reject));
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function read(response: IncomingMessage): Promise<RawResponse> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const headers: [string, string][] = [];
  const { rawHeaders: raw, statusCode = 0 } = response;
  for (let i = 0; i + 1 < raw.length; i += 2) headers.push([(raw[i] ?? '').toLowerCase(), raw[i + 1] ?? '']);
  return { status: statusCode, headers, body: Buffer.concat(chunks).toString('utf8') };
}
