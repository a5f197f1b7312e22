import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { type FaultProxy, type Faults, startFaultProxy } from './fault-proxy.ts';
import { RawPeer, type RawServer, rawServer } from './raw-peer.ts';
import { until } from './until.ts';

interface Line {
  readonly client: RawPeer;
  readonly server: RawPeer;
  readonly proxy: FaultProxy;
}

/** A client and a server with the proxy between them. */
async function withLine(faults: Faults, run: (line: Line) => Promise<void>): Promise<void> {
  const upstream: RawServer = await rawServer(() => undefined);
  const proxy = await startFaultProxy(upstream.port, () => faults);
  const client = await RawPeer.connect(proxy.port);
  try {
    const server = await until('the server has the connection', () => upstream.peers[0]);
    await run({ client, server, proxy });
  } finally {
    client.socket.destroy();
    proxy.close();
    upstream.close();
  }
}

test('without faults bytes and ends pass both ways and are counted', () =>
  withLine({}, async ({ client, server, proxy }) => {
    client.write('ping');
    await server.until('ping');
    server.write('pong!');
    await client.until('pong!');
    assert.deepEqual(proxy.connections[0]?.passed, { up: 4, down: 5 });
    client.socket.end();
    await server.untilEnd();
    assert.equal(server.ended, 'end');
    server.socket.end();
    await until('both sides are closed', () => proxy.connections[0]?.closed || undefined);
  }));

test('a cut by FIN ends both sides after exactly so many bytes', () =>
  withLine({ down: { after: 3 } }, async ({ client, server }) => {
    server.write('abcdef');
    assert.equal(await client.untilEnd(), 'abc');
    assert.equal(client.ended, 'end');
    await server.untilEnd();
    assert.equal(server.ended, 'end');
  }));

test('a cut by RST delivers the bytes before it and resets both sides', () =>
  withLine({ up: { after: 3, cut: 'rst' } }, async ({ client, server }) => {
    client.write('abcdef');
    assert.equal(await server.untilEnd(), 'abc');
    assert.equal(server.ended, 'reset');
    await client.untilEnd();
    assert.equal(client.ended, 'reset');
  }));

test('a cut after 0 bytes waits for the first one', () =>
  withLine({ down: { after: 0, cut: 'rst' } }, async ({ client, server }) => {
    client.write('ask');
    await server.until('ask');
    server.write('answer');
    assert.equal(await client.untilEnd(), '');
    assert.equal(client.ended, 'reset');
  }));

test('a half close ends one flow and leaves the other', async () => {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.resume();
    socket.on('end', () => socket.end('still here'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const proxy = await startFaultProxy(port, () => ({ up: { after: 2, cut: 'half-close' } }));
  const client = await RawPeer.connect(proxy.port);
  client.write('abc');
  assert.equal(await client.untilEnd(), 'still here');
  assert.equal(client.ended, 'end');
  assert.deepEqual(proxy.connections[0]?.passed, { up: 2, down: 10 });
  proxy.close();
  server.close();
});

test('a black hole swallows and tells nobody', () =>
  withLine({ up: { after: 2, cut: 'black-hole' } }, async ({ client, server, proxy }) => {
    client.write('abc');
    await server.until('ab');
    client.write('def');
    server.write('still here');
    await client.until('still here');
    assert.equal(server.text, 'ab');
    assert.deepEqual([client.ended, server.ended], [undefined, undefined]);
    assert.equal(proxy.connections[0]?.passed.up, 2);
  }));

test('bytes that drip come piece by piece and in order', () =>
  withLine({ up: { drip: { bytes: 1, everyMs: 1 } } }, async ({ client, server }) => {
    const pieces: number[] = [];
    server.socket.on('data', (piece) => pieces.push(piece.length));
    client.write('abc');
    client.write('defgh');
    await server.until('abcdefgh');
    assert.ok(pieces.length > 4, `${pieces}`);
  }));

test('delayed bytes come not before their time', () =>
  withLine({ up: { delayMs: 50 } }, async ({ client, server }) => {
    const started = performance.now();
    client.write('late');
    await server.until('late');
    assert.ok(performance.now() - started > 45);
  }));

test('faults can be set on a connection that has served, and count from then', () =>
  withLine({}, async ({ client, server, proxy }) => {
    client.write('first');
    await server.until('first');
    proxy.connections[0]?.set({ up: { after: 1, cut: 'rst' } });
    client.write('second');
    assert.equal(await server.untilEnd(), 'firsts');
  }));

test('every connection has its own script', async () => {
  const upstream = await rawServer((peer) => peer.write('hello'));
  const proxy = await startFaultProxy(upstream.port, (index) => (index === 1 ? { down: { after: 2 } } : {}));
  const peers = [await RawPeer.connect(proxy.port)];
  await peers[0]?.until('hello');
  const cut = await RawPeer.connect(proxy.port);
  assert.equal(await cut.untilEnd(), 'he');
  assert.equal(peers[0]?.ended, undefined);
  proxy.close();
  upstream.close();
});

test('a side that is reset resets the other', () =>
  withLine({}, async ({ client, server }) => {
    client.socket.resetAndDestroy();
    await server.untilEnd();
    assert.equal(server.ended, 'reset');
  }));
