/** A proxy that follows a store in memory: what a new publication under load does to requests. */
import { ProxyState } from '../../src/proxy/proxy-state.ts';
import { serve } from '../../src/proxy/serve.ts';
import { loadHost, shardReader } from '../../src/proxy/shard-use.ts';
import { listen } from '../../src/runtime/sockets/listener.ts';
import { SOCKET_BODIES } from '../../src/runtime/sockets/socket-bodies.ts';
import { SocketsTransport } from '../../src/runtime/sockets/sockets-transport.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import type { Entry } from '../../src/snapshot/encode-content.ts';
import { publicationEntries } from '../../src/snapshot/publish.ts';
import { generateSigningJwk, importSigningKey } from '../../src/snapshot/signing-key.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import type { SourceMap } from '../../src/snapshot/source-map.ts';
import { pointerKey } from '../../src/snapshot/store-key.ts';
import { Subscriber } from '../../src/snapshot/subscribe.ts';
import { targetName } from '../../src/snapshot/target.ts';
import { SERVICE_PORT } from '../sidecar-snapshot.ts';
import { type Kind, swapSnapshot } from '../swap-snapshot.ts';
import { answerQuestions } from './question-lines.ts';

/** `start` opens the port; `swap` puts so many publications in force, one each `everyMs`, and answers when it is done. */
export type SwapQuestion =
  | { readonly ask: 'start'; readonly kind: Kind; readonly origin: number }
  | { readonly ask: 'prepare'; readonly swaps: number }
  | { readonly ask: 'swap'; readonly everyMs: number };

const log = {
  info: () => undefined,
  warn: (event: string, fields?: unknown) =>
    void process.stderr.write(`${event} ${JSON.stringify(fields)}\n`),
  error: (event: string, fields?: unknown) =>
    void process.stderr.write(`${event} ${JSON.stringify(fields)}\n`),
};
const mesh = 'weft';
const store = new MemoryStore();
const key = await importSigningKey(await generateSigningJwk());
let kind: Kind = 'gateway';
let origin = 0;
let revision = 0;
let waiting: (readonly Entry[])[] = [];
let contents: readonly (readonly Snapshot[])[] = [];
const sources: SourceMap = [];
let subscriber: Subscriber | undefined;

answerQuestions(async (question: SwapQuestion) => {
  if (question.ask === 'prepare') return prepare(question.swaps);
  if (question.ask === 'swap') return { swapped: await swapAll(question.everyMs) };
  [kind, origin] = [question.kind, question.origin];
  return { port: await start() };
});

async function start(): Promise<number> {
  const state = new ProxyState(kind === 'sidecar' ? origin : undefined);
  subscriber = new Subscriber({
    store,
    mesh,
    keys: [key],
    target: targetName(swapSnapshot(kind, origin, 0).target),
    minimumRevision: 1,
    ...(kind === 'gateway' && { shards: shardReader(state, clock) }),
    onSnapshot: (snapshot, number, parts) => state.activate(snapshot, number, parts),
    onEndpoints: (record) => void state.endpoints.update(record),
    onReject: (code, detail) => log.error('refused', { code, detail }),
  });
  const following = subscriber;
  contents = [0, 1].map((label) => [swapSnapshot(kind, origin, label)]);
  await prepare(2);
  await swapAll(0);
  const handler = serve({
    active: () => state.active,
    resolve: (ask) => loadHost(ask, state, following),
    endpoints: state.endpoints,
    transport: new SocketsTransport(),
    bodies: SOCKET_BODIES,
    clock,
    random,
    debug: false,
    log,
  });
  const [direction, port] =
    kind === 'gateway' ? (['gateway', 80] as const) : (['outbound', SERVICE_PORT] as const);
  const admit = () => ({ direction, port, scheme: 'http' }) as const;
  const listening = await listen({
    address: '127.0.0.1',
    port: 0,
    handler,
    log,
    protocol: 'plaintext',
    admit,
  });
  return listening.port;
}

/**
 * Encodes publications ahead: that is control's work, not the proxy's. They are of two contents in turn, all of whose
 * routes differ, so that each content is encoded once.
 */
async function prepare(swaps: number): Promise<object> {
  waiting = [];
  for (let i = 0; i < swaps; i++) {
    revision++;
    const created = Date.now();
    const snapshots = contents[revision % 2] ?? [];
    const publication = { mesh, revision, created, expires: created + 86_400_000, snapshots, sources };
    waiting.push((await publicationEntries(publication, key)).flat());
  }
  return {};
}

async function swapAll(everyMs: number): Promise<number> {
  let swapped = 0;
  while (waiting.length > 0) {
    await clock.sleep(everyMs);
    await swapNext();
    swapped++;
  }
  return swapped;
}

async function swapNext(): Promise<void> {
  const entries = waiting.shift() ?? [];
  for (const { key: place, value } of entries)
    if (place === pointerKey || !(await store.get(place))) await store.put(place, value);
  const result = await subscriber?.refresh();
  if (result !== 'updated' && result !== 'current') throw new Error(`the publication was ${result}`);
}
