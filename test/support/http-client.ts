import { type Agent, get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent: a connection of its own. */
  readonly agent?: Agent;
  /** The request target where it is not the URL's path, e.g. in absolute form. */
  readonly target?: string;
}

const maxBodyBytes = 1024 * 1024;
const timeoutMs = 30_000;

/** One GET, sent once. Rejects when no whole answer arrives. */
export function ask(url: string, { headers = {}, agent, target }: AskOptions = {}): Promise<Answer> {
  const connection = agent ? { agent } : { agent: false };
  const path = target === undefined ? {} : { path: target };
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, ...connection, ...path }, (message) => {
      readWhole(message).then(resolve, reject);
    });
    request.setTimeout(timeoutMs, () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    request.on('error', reject);
  });
}

async function readWhole(message: IncomingMessage): Promise<Answer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks).toString('utf8');
  return { status: message.statusCode ?? 0, headers: message.headers, body };
}
