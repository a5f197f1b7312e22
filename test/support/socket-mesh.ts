import { HeaderList } from '../../src/http/header-list.ts';
import { Authority } from '../../src/identity/authority/authority.ts';
import { encodePem } from '../../src/identity/pem.ts';
import { type SpiffeId, workloadId } from '../../src/identity/spiffe.ts';
import type { Bundle, Svid } from '../../src/identity/svid.ts';
import { createCsr } from '../../src/identity/x509/csr.ts';
import { exportPrivateKey, generateKey } from '../../src/identity/x509/p256.ts';
import type { Handler } from '../../src/proxy/exchange.ts';
import type { Attempt, ProxyResponse } from '../../src/proxy/forward/transport.ts';
import type { BodySource } from '../../src/runtime/sockets/body.ts';
import { type Listening, type ListenOptions, listen } from '../../src/runtime/sockets/listener.ts';
import type { Cluster, ClusterTls } from '../../src/snapshot/cluster.ts';

export const SERVER_NAME = 'outbound_.9080_._.reviews.default.svc.cluster.local';

/** A CA whose certificates are valid now, and one SVID per account. */
export class TestCa {
  readonly #authority: Authority;
  readonly #time: { now: number };

  private constructor(authority: Authority, time: { now: number }) {
    this.#authority = authority;
    this.#time = time;
  }

  static async create(trustDomain = 'cluster.local'): Promise<TestCa> {
    // Born in the past, so that it can also issue what has expired meanwhile.
    const time = { now: Date.now() - 6 * 3_600_000 };
    const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
    const authority = await Authority.create({ trustDomain, clock: { now: () => time.now }, random });
    return new TestCa(authority, time);
  }

  /** The same CA under another name. */
  async named(trustDomain: string): Promise<TestCa> {
    const time = { now: Date.now() };
    const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
    const ports = { clock: { now: () => time.now }, random };
    return new TestCa(await Authority.load({ ...this.#authority.export(), trustDomain }, ports), time);
  }

  get bundle(): Bundle {
    return { trustDomain: this.#authority.trustDomain, rootsPem: this.#authority.bundle() };
  }

  /** `spiffe://…/ns/default/sa/<account>`, for an hour from `at`. */
  svid(account: string, at: number = Date.now()): Promise<Svid> {
    return this.issued(workloadId(this.#authority.trustDomain, 'default', account), at);
  }

  /** Of that name, for an hour from `at`. */
  async issued(id: SpiffeId, at: number = Date.now()): Promise<Svid> {
    this.#time.now = at;
    const keys = await generateKey();
    const issued = await this.#authority.issue(await createCsr(keys), id, 3_600_000);
    const keyPem = encodePem('PRIVATE KEY', await exportPrivateKey(keys.privateKey));
    const { chainPem, notBefore, notAfter } = issued;
    return { id, chainPem, keyPem, notBefore, notAfter };
  }

  /** One that ended some hours ago. */
  expired(account: string): Promise<Svid> {
    return this.svid(account, Date.now() - 5 * 3_600_000);
  }
}

export const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** An inbound port on loopback that admits everything but foreign TLS, unless told otherwise. */
export function openPort(
  handler: Handler<BodySource>,
  more: Partial<ListenOptions> = {},
): Promise<Listening> {
  return listen({
    address: '127.0.0.1',
    port: 0,
    protocol: 'sniff',
    admit: (arrival) =>
      arrival === 'foreign-tls' ? undefined : { direction: 'inbound', port: 9080, scheme: 'http' },
    handler,
    log: SILENT,
    ...more,
  });
}

/** A text response. */
export function text(body: string, status = 200): ProxyResponse<BodySource> {
  return { status, reason: '', headers: new HeaderList(), body };
}

export function testCluster(tls: ClusterTls = { mode: 'none' }): Cluster {
  return {
    name: 'outbound|9080||reviews.default.svc.cluster.local',
    service: 'reviews.default.svc.cluster.local',
    port: 9080,
    subset: '',
    labels: [],
    balancer: 'LEAST_REQUEST',
    tls,
    protocol: 'http1',
    connectTimeoutMs: 2_000,
    discovery: { kind: 'registry' },
  };
}

/** The cluster of a mesh server of that account. */
export function meshCluster(account: string): Cluster {
  const sans = [`spiffe://cluster.local/ns/default/sa/${account}`];
  return testCluster({ mode: 'mesh', sni: SERVER_NAME, sans, required: false });
}

/** One request to a loopback port. */
export function attemptTo(
  port: number,
  more: { cluster?: Cluster; method?: string; path?: string; body?: BodySource | undefined } = {},
): Attempt<BodySource> {
  const cluster = more.cluster ?? testCluster();
  const request = {
    method: more.method ?? 'GET',
    scheme: 'http' as const,
    authority: 'reviews',
    host: 'reviews',
    port: undefined,
    path: more.path ?? '/',
    query: '',
    headers: new HeaderList(),
  };
  const mesh = cluster.tls.mode === 'mesh';
  return { request, body: more.body, cluster, address: '127.0.0.1', port, mesh };
}

/** The whole of a body as Latin-1; rejects when it breaks off. */
export function readBody(body: BodySource | string | undefined): Promise<string> {
  if (body === undefined || typeof body === 'string') return Promise.resolve(body ?? '');
  const chunks: Uint8Array[] = [];
  return new Promise((resolve, reject) => {
    body.start({
      write: (chunk) => chunks.push(chunk) > 0,
      end: () => resolve(Buffer.concat(chunks).toString('latin1')),
      fail: reject,
    });
  });
}

/** A fixed body that arrives after a turn of the loop. */
export function fixedBody(framing: BodySource['framing'], chunks: string[]): BodySource {
  return {
    framing,
    started: false,
    start: (sink) => {
      setTimeout(() => {
        for (const chunk of chunks) sink.write(Buffer.from(chunk));
        sink.end();
      }, 1);
    },
    resume: () => undefined,
    cancel: () => undefined,
    watch: () => undefined,
  };
}
