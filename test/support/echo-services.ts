import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { HeaderList } from '../../src/http/header-list.ts';
import type { CanonicalRequest } from '../../src/http/message.ts';

/** What a service got. */
export interface Received {
  /** `name.namespace`. */
  readonly service: string;
  readonly request: CanonicalRequest;
}

const CASE = 'x-case';

/** The echo servers of the Gateway API's suite, one for each service, which remember what they got. */
export class EchoServices {
  readonly #servers = new Map<string, Server>();
  readonly #received = new Map<string, Received[]>();
  readonly #failures = new Map<string, number>();

  /** The port of a service's server, which is started for the first who asks. */
  async port(service: string): Promise<number> {
    const known = this.#servers.get(service);
    const server =
      known ?? createServer((request, response) => void this.#answer(service, request, response));
    if (!known) {
      this.#servers.set(service, server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
    return (server.address() as AddressInfo).port;
  }

  /** Everything that came with this value of `x-case`, in order. */
  received(id: string): readonly Received[] {
    return this.#received.get(id) ?? [];
  }

  close(): void {
    for (const server of this.#servers.values()) {
      server.close();
      server.closeAllConnections();
    }
  }

  async #answer(service: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = String(request.headers[CASE] ?? '');
    const got = this.#received.get(id) ?? [];
    this.#received.set(id, [...got, { service, request: readRequest(request) }]);
    for await (const _ of request);
    const wishes = new URL(request.url ?? '/', 'http://echo').searchParams;
    const delay = /^(\d+)(ms|s)$/.exec(wishes.get('delay') ?? '');
    if (delay) await pause(Number(delay[1]) * (delay[2] === 's' ? 1000 : 1));
    const set = String(request.headers['x-echo-set-header'] ?? '');
    for (const pair of set.split(',').filter((one) => one.includes(':'))) {
      const [name = '', value = ''] = pair.split(':').map((part) => part.trim());
      response.setHeader(name, value);
    }
    response.statusCode = this.#statusOf(wishes);
    response.end(service);
  }

  /** `responseCode`, until it was asked for `succeedAfter` times with this `uuid`. */
  #statusOf(wishes: URLSearchParams): number {
    const status = Number(wishes.get('responseCode') ?? 200);
    const after = wishes.get('succeedAfter');
    if (after === null) return status;
    const key = wishes.get('uuid') ?? '';
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    return failures > Number(after) ? 200 : status;
  }
}

function readRequest({ method = '', url = '/', rawHeaders, headers }: IncomingMessage): CanonicalRequest {
  const mark = url.indexOf('?');
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    pairs.push([(rawHeaders[i] ?? '').toLowerCase(), rawHeaders[i + 1] ?? '']);
  const authority = headers.host ?? '';
  return {
    method,
    scheme: 'http',
    authority,
    host: authority.replace(/:\d+$/, ''),
    port: undefined,
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark),
    headers: HeaderList.from(pairs),
  };
}
