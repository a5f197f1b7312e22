import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RawClient } from './raw-request.ts';

const ENVOY = [
  'external-address',
  'internal',
  'peer-metadata',
  'peer-metadata-id',
  'original-path',
  'original-host',
  'original-method',
  'decorator-operation',
  'downstream-service-cluster',
  'downstream-service-node',
  'expected-rq-timeout-ms',
  'upstream-rq-timeout-ms',
  'max-retries',
  'retry-on',
  'attempt-count',
  'force-trace',
  'ip-tags',
  'auth-partial-body',
  'upstream-alt-stat-name',
  'is-timeout-retry',
  'ratelimited',
].map((name) => `x-envoy-${name}`);

const WEFT = [
  'peer',
  'principal',
  'src',
  'dst',
  'signature',
  'route',
  'revision',
  'cluster',
  'flag',
  'any',
].map((name) => `x-weft-${name}`);

const EDGE = [
  'cf-connecting-ip',
  'cf-ipcountry',
  'cf-ray',
  'cf-visitor',
  'true-client-ip',
  'x-real-ip',
  'forwarded',
];

/** Headers by which a client could say that it is somebody else, to a sidecar that knows nothing of it. */
export const claimsToSidecar: readonly string[] = ['x-forwarded-client-cert', ...WEFT, ...ENVOY];

/** The same, to the edge; 40 of them with those that only an edge may tell. */
export const claimsToGateway: readonly string[] = [...claimsToSidecar, ...EDGE, 'x-forwarded-proto'];

/** Ways to write one name that applications may take for the same. */
export const spellings: readonly (readonly [name: string, spell: (name: string) => string])[] = [
  ['lower case', (name) => name],
  ['upper case', (name) => name.toUpperCase()],
  ['mixed case', (name) => name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())],
  ['underscores', (name) => name.replaceAll('-', '_')],
];

/** What a forger writes. */
const FORGED = 'spiffe://forged';

/** An upstream that keeps the lines in which a forger's words came. */
export class ForgeryUpstream {
  readonly forged: string[] = [];
  requests = 0;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      this.requests++;
      const { rawHeaders } = request;
      for (let i = 0; i + 1 < rawHeaders.length; i += 2)
        if (rawHeaders[i + 1]?.includes(FORGED)) this.forged.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
      response.end('here');
    });
  }

  async open(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** Sends every claim in every spelling, alone; gives the statuses that are not 200, with what was sent. */
export async function sendClaims(
  client: RawClient,
  host: string,
  claims: readonly string[],
): Promise<string[]> {
  const refused: string[] = [];
  for (const claim of claims) {
    for (const [, spell] of spellings) {
      const line = [spell(claim), FORGED] as const;
      const { status } = await client.send({ method: 'GET', target: '/', headers: [['host', host], line] });
      if (status !== 200) refused.push(`${status} ${line[0]}`);
    }
  }
  return refused;
}
