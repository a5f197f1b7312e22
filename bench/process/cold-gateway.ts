/** Cold gateways in workerd, one for each question: what the first request of a large mesh costs them. */
import { createServer, request as httpRequest, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { publicationEntries } from '../../src/snapshot/publish.ts';
import { generateSigningJwk, importSigningKey, publicJwk } from '../../src/snapshot/signing-key.ts';
import { targetName } from '../../src/snapshot/target.ts';
import { cpuBetween, threadTimes } from '../cpu-time.ts';
import { hostName, manyHostsPublication } from '../many-hosts.ts';
import { type BareWorkerd, bundleGateway, startWorkerd } from './bare-workerd.ts';
import { answerQuestions } from './question-lines.ts';

/** How large the mesh is; the same in every question. */
export interface ColdQuestion {
  readonly hosts: number;
}

/** One cold gateway. CPU in ms of its whole process, all threads. */
export interface ColdAnswer {
  /** Of the first request, which loads everything that it needs. */
  readonly first: number;
  /** Of another one for the same host. */
  readonly second: number;
  /** Reads of KV for the first. */
  readonly reads: number;
  /** Bytes that these brought. */
  readonly bytes: number;
}

interface Mesh {
  readonly folder: string;
  readonly kv: number;
  readonly variables: Readonly<Record<string, string>>;
}

let mesh: Promise<Mesh> | undefined;
let asked = 0;
let reads: number[] = [];

answerQuestions(async ({ hosts }: ColdQuestion): Promise<ColdAnswer> => {
  mesh ??= publishMesh(hosts);
  const { folder, kv, variables } = await mesh;
  const gateway = await startWorkerd(folder, kv, variables);
  try {
    reads = [];
    const host = hostName((asked++ * 7919) % hosts);
    const first = await cpuOf(gateway, host);
    const answer = { first, reads: reads.length, bytes: reads.reduce((sum, size) => sum + size, 0) };
    return { ...answer, second: await cpuOf(gateway, host) };
  } finally {
    await gateway.stop();
  }
});

async function cpuOf(gateway: BareWorkerd, host: string): Promise<number> {
  const before = threadTimes(gateway.pid);
  const status = await statusOf(gateway.port, host);
  // The answer comes before the last of the work is done.
  await new Promise((resolve) => setTimeout(resolve, 100));
  if (status !== 200) throw new Error(`${host} is answered with ${status}`);
  return cpuBetween(before, threadTimes(gateway.pid)) / 1e6;
}

function statusOf(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path: '/', headers: { host } }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject).end();
  });
}

/** Compiles nothing: writes the publication of a mesh as control would, and serves it as KV. */
async function publishMesh(hosts: number): Promise<Mesh> {
  const origin = await listen((_, response) => void response.end('hello'));
  const jwk = await generateSigningJwk();
  const publication = manyHostsPublication(hosts, origin);
  const [content, pointer] = await publicationEntries(publication, await importSigningKey(jwk));
  const values = new Map([...content, ...pointer].map(({ key, value }) => [key, value]));
  const kv = await listen(({ url = '' }, response) => {
    const value = values.get(decodeURIComponent(url.slice(1).split('?')[0] ?? ''));
    reads.push(value?.length ?? 0);
    response.writeHead(value === undefined ? 404 : 200).end(value);
  });
  const [snapshot] = publication.snapshots;
  const variables = {
    WEFT_TARGET: snapshot === undefined ? '' : targetName(snapshot.target),
    WEFT_MESH: publication.mesh,
    WEFT_SIGNING_KEYS: JSON.stringify({ keys: [publicJwk(jwk)] }),
    WEFT_MINIMUM_REVISION: '1',
    WEFT_POLL_MS: '60000',
    WEFT_EDGE: 'local',
  };
  return { folder: bundleGateway(), kv, variables };
}

function listen(handler: RequestListener): Promise<number> {
  const server = createServer(handler);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
