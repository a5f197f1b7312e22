import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { SocketWriter } from '../../../src/runtime/sockets/socket-writer.ts';
import { octets, textOf } from '../../support/octets.ts';
import { propertyRuns } from '../../support/property-runs.ts';

/** The sending side of a socket: what it was given, and a peer that takes it when it is told to. */
class FakeSocket extends Writable {
  text = '';
  writes = 0;
  #taken: (() => void)[] = [];
  readonly #eager: boolean;

  constructor(eager: boolean) {
    super({ highWaterMark: 1024 });
    this.#eager = eager;
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.text += textOf(chunk);
    this.writes++;
    if (this.#eager) done();
    else this.#taken.push(done);
  }

  /** Takes what was written, and what follows it. */
  take(): void {
    for (let done = this.#taken.shift(); done !== undefined; done = this.#taken.shift()) done();
  }
}

const writerTo = (socket: FakeSocket) => new SocketWriter(socket as unknown as Socket);

const step = fc.oneof(
  fc.record({
    kind: fc.constant('head' as const),
    text: fc.constantFrom('GET\r\n', 'caf\xe9', '', 'h'.repeat(9000)),
  }),
  fc.record({
    kind: fc.constant('bytes' as const),
    text: fc.constantFrom('body', '\x80\xff', '', 'b'.repeat(9000)),
  }),
  fc.record({ kind: fc.constantFrom('flush' as const, 'turn' as const), text: fc.constant('') }),
);

test('whatever is written leaves once, whole and in order, at the end of the turn at the latest, and nobody waits for ever', async () => {
  const runs = fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.boolean(), async (steps, eager) => {
    const socket = new FakeSocket(eager);
    const writer = writerTo(socket);
    let paused = false;
    socket.on('drain', () => {
      paused = false;
    });
    for (const { kind, text } of steps) {
      if (kind === 'head') writer.writeHead(text);
      else if (kind === 'bytes') paused = !writer.write(octets(text));
      else if (kind === 'flush') writer.flush();
      else await endOfTurn();
    }
    await endOfTurn();
    assert.equal(writer.holdsHead, false);
    socket.take();
    await endOfTurn();
    assert.equal(paused, false, 'who is told to pause hears drain');
    assert.equal(socket.text, steps.map(({ text }) => text).join(''));
  });
  await fc.assert(runs, { numRuns: propertyRuns(300) });
});

test('who was told to pause hears drain', async () => {
  const socket = new FakeSocket(false);
  const writer = writerTo(socket);
  assert.equal(
    writer.write(octets('x'.repeat(2000))),
    true,
    'a socket that was given nothing yet says no drain',
  );
  await endOfTurn();
  assert.equal(writer.write(octets('y')), false);
  let drained = 0;
  socket.on('drain', () => drained++);
  await endOfTurn();
  socket.take();
  await endOfTurn();
  assert.equal(drained, 1);
  assert.equal(writer.write(octets('z')), true);
});

test('exhaustion: heads without bodies do not gather without bound in one turn', () => {
  const socket = new FakeSocket(true);
  const writer = writerTo(socket);
  for (let i = 0; i < 100; i++) writer.writeHead('h'.repeat(1000));
  assert.ok(socket.text.length >= 100_000 - 17_000, `${socket.text.length} of 100000`);
});

test('a socket that is gone is not written to', async () => {
  const socket = new FakeSocket(true);
  const writer = writerTo(socket);
  writer.writeHead('GET');
  socket.destroy();
  await endOfTurn();
  assert.equal(socket.writes, 0);
  assert.equal(writer.write(octets('x'.repeat(20_000))), false);
});
