import { createProof } from '../../identity/proof.ts';
import type { SvidSource } from '../../identity/svid-source.ts';
import type { Clock, Log, Random } from '../ports.ts';
import { Reachability } from './reachability.ts';

/** Control answered something else than 2xx. */
export class ControlRefused extends Error {
  readonly status: number;

  constructor(method: string, path: string, status: number, detail: string) {
    super(`control answered ${status} to ${method} ${path}: ${detail.slice(0, 200)}`);
    this.name = 'ControlRefused';
    this.status = status;
  }
}

/** No answer of control is larger: the largest is a snapshot blob. */
const maxAnswerBytes = 32 * 1024 * 1024;
const answerTimeoutMs = 10_000;

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** Sent in place of a proof made here. */
  readonly proof?: string;
  readonly signal?: AbortSignal;
}

/** Calls control over HTTP, proving who calls by the SVID of the moment. */
export class ControlConnection {
  readonly reachability: Reachability;
  readonly #url: string;
  readonly #mesh: string;
  readonly #svids: SvidSource;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(url: string, mesh: string, svids: SvidSource, clock: Clock, random: Random, log: Log) {
    this.reachability = new Reachability(clock, log);
    this.#url = url;
    this.#mesh = mesh;
    this.#svids = svids;
    this.#clock = clock;
    this.#random = random;
  }

  /** A fresh 128-bit name for one proof, base64url. */
  nonce(): string {
    return Buffer.from(this.#random.bytes(16)).toString('base64url');
  }

  /** The whole answer; undefined for 404. Rejects with ControlRefused for other failures. */
  async call(call: Call): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const timeout = AbortSignal.timeout(answerTimeoutMs);
    const response = await this.open({
      ...call,
      signal: call.signal ? AbortSignal.any([call.signal, timeout]) : timeout,
    });
    if (response.status === 404) {
      await response.body?.cancel();
      return undefined;
    }
    return readBounded(response);
  }

  async callJson(call: Call): Promise<unknown> {
    const answer = await this.call(call);
    if (!answer) throw new ControlRefused(call.method, call.path, 404, 'not found');
    return JSON.parse(new TextDecoder().decode(answer));
  }

  /** The response with its body still flowing. */
  async open({ method, path, body, proof, signal }: Call): Promise<Response> {
    const credential = proof ?? (await this.#prove(method, path));
    const headers = {
      'content-type': 'application/json',
      ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
    };
    const response = await this.#fetch(path, {
      method,
      headers,
      redirect: 'error',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
    if (response.ok || response.status === 404) return response;
    throw new ControlRefused(
      method,
      path,
      response.status,
      new TextDecoder().decode(await readBounded(response)),
    );
  }

  async #fetch(path: string, request: RequestInit): Promise<Response> {
    try {
      const response = await fetch(new URL(path, this.#url), request);
      this.reachability.answered();
      return response;
    } catch (error) {
      // Who stops asking has learned nothing of control; a time-out has.
      if (!request.signal?.aborted || isTimeout(request.signal.reason)) this.reachability.unanswered(error);
      throw error;
    }
  }

  /** Before there is an SVID nothing can be proven: joining and the public keys need no proof. */
  async #prove(method: string, path: string): Promise<string | undefined> {
    const svid = this.#svids.current();
    if (!svid) return undefined;
    return createProof(svid, { aud: this.#mesh, method, path, now: this.#clock.now(), jti: this.nonce() });
  }
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}

async function readBounded(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxAnswerBytes) throw new Error(`control's answer is longer than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks, length));
}
