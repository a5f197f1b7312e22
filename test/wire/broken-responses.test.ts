import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { type Cut, type Faults, startFaultProxy } from '../support/fault-proxy.ts';
import { sized } from '../support/full-runs.ts';
import { type ProxyProcess, RUNTIMES, withProxies } from '../support/proxy-process.ts';
import { type RawPeer, rawServer } from '../support/raw-peer.ts';

/** Responses by what delimits their bodies. */
const RESPONSES = {
  length: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhelloworld',
  chunked:
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5;a=b\r\nworld\r\n0\r\nX-Trailer: y\r\n\r\n',
  close: 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhelloworld',
} as const;

const FRAMINGS = ['length', 'chunked', 'close'] as const;
const LANES = 4;
const CUTS: readonly Cut[] = ['fin', 'rst'];

/** Where the faults are: between proxy and application, or between two sidecars as well. */
const PLACES = {
  'a sidecar before the fault': async (proxies: ProxyProcess, faulty: number) =>
    proxies.open('plain', faulty),
  'two sidecars before the fault': (proxies: ProxyProcess, faulty: number) => proxies.openChain(faulty),
} as const;

interface Seen {
  readonly status: number;
  /** As node:http judges: the whole message arrived. */
  readonly complete: boolean;
}

/** One GET by a client that is not ours; status 0 is no response. */
function ask(port: number): Promise<Seen> {
  const place = { host: '127.0.0.1', port, agent: false, headers: { host: 'a.example' } };
  return new Promise((resolve) => {
    let seen: IncomingMessage | undefined;
    const request = get(place, (response) => {
      seen = response;
      response.on('error', () => undefined).resume();
    });
    request.on('error', () => undefined);
    request.on('close', () => resolve({ status: seen?.statusCode ?? 0, complete: seen?.complete === true }));
  });
}

/** An upstream that answers every request with the same bytes and keeps its connection open. */
function answering(response: string) {
  return rawServer((peer: RawPeer) => {
    peer.socket.on('data', () => {
      if (peer.text.endsWith('\r\n\r\n')) peer.write(response);
    });
  });
}

/** Every place to cut a response of that framing, in both ways, at once and when its start may have been passed on. */
function faultsOf(framing: keyof typeof RESPONSES): Faults[] {
  const response = RESPONSES[framing];
  const headEnd = response.indexOf('\r\n\r\n') + 4;
  return CUTS.flatMap((cut) =>
    // An orderly end is how such a body ends; nobody can tell it from a cut.
    places(framing === 'close' && cut === 'fin' ? headEnd : response.length).flatMap((after) =>
      [0, 3].map((waitMs) => ({ down: { after, cut, waitMs } })),
    ),
  );
}

/** Every offset below `length`, or every third and the last. */
function places(length: number): number[] {
  const step = sized(3, 1);
  return [...Array(length).keys()].filter((at) => at % step === 0 || at === length - 1);
}

/** Cuts the responses of one framing, on several connections at a time. */
async function cutEverywhere(
  proxies: ProxyProcess,
  open: (proxies: ProxyProcess, faulty: number) => Promise<number>,
  framing: keyof typeof RESPONSES,
  t: TestContext,
): Promise<void> {
  const upstream = await answering(RESPONSES[framing]);
  t.after(() => upstream.close());
  const queue = faultsOf(framing).values();
  const looksComplete: string[] = [];
  let begun = 0;
  const lane = async () => {
    let faults: Faults = {};
    const faulty = await startFaultProxy(upstream.port, () => faults);
    t.after(() => faulty.close());
    const port = await open(proxies, faulty.port);
    for (faults of queue) {
      const { status, complete } = await ask(port);
      // A refusal of ours is whole.
      if (status === 200 && complete) looksComplete.push(JSON.stringify(faults));
      if (status === 200) begun++;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  assert.deepEqual(looksComplete, []);
  assert.ok(begun > 5, `only ${begun} responses had begun`);
}

for (const [place, open] of Object.entries(PLACES)) {
  describe(`a response that is cut at any byte never looks complete, with ${place}`, () => {
    for (const runtime of RUNTIMES) {
      test(runtime, (t) =>
        withProxies(runtime, async (proxies) => {
          for (const framing of FRAMINGS) await cutEverywhere(proxies, open, framing, t);
        }),
      );
    }
  });
}
