import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { giveBack, noteRead, writeOnce } from '../../../src/runtime/sockets/read-memory.ts';
import { rawServer } from '../../support/raw-peer.ts';
import type { Case } from './case.ts';

const SIZE = 64 * 1024;

/** Bytes that differ from place to place. */
const pattern = (seed: number) => Uint8Array.from({ length: SIZE }, (_, i) => (i * 31 + seed) & 0xff);

/** What a server got of what `send` wrote. */
async function received(send: (socket: Socket) => void): Promise<Buffer> {
  const server = await rawServer(() => undefined);
  const socket = connect({ host: '127.0.0.1', port: server.port });
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  send(socket);
  await new Promise<void>((resolve) => socket.end(resolve));
  while (server.peers[0] === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
  const text = await server.peers[0].untilEnd();
  server.close();
  return Buffer.from(text, 'latin1');
}

export const READ_MEMORY_CASES: readonly Case[] = [
  {
    name: 'a read that is sent on arrives whole, and only then may its memory go',
    run: async () => {
      const reads = Array.from({ length: 64 }, (_, i) => pattern(i));
      const wanted = Buffer.concat(reads);
      const got = await received((socket) => {
        for (const read of reads) {
          noteRead(read);
          writeOnce(socket, read);
          assert.equal(read.length, SIZE);
        }
      });
      assert.ok(got.equals(wanted));
      if ('Deno' in globalThis) assert.deepEqual([...new Set(reads.map(({ length }) => length))], [0]);
    },
  },
  {
    name: 'bytes that may be sent again, and parts of a read, keep their memory',
    run: async () => {
      const [kept, read] = [pattern(1), pattern(2)];
      const part = read.subarray(1);
      noteRead(part);
      const got = await received((socket) => {
        for (const bytes of [kept, kept, part, read]) writeOnce(socket, bytes);
      });
      assert.ok(got.equals(Buffer.concat([kept, kept, part, read])));
      assert.deepEqual([kept.length, read.length, part.length], [SIZE, SIZE, SIZE - 1]);
    },
  },
  {
    name: 'a read that could not be sent is nobody else’s to take',
    run: async () => {
      const server = await rawServer(() => undefined);
      const socket = connect({ host: '127.0.0.1', port: server.port }).on('error', () => undefined);
      await new Promise<void>((resolve) => socket.once('connect', resolve));
      const read = pattern(3);
      noteRead(read);
      socket.destroy();
      writeOnce(socket, read);
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(read.length, SIZE);
      server.close();
    },
  },
  {
    name: 'what is given back is gone, but for parts of something longer',
    run: async () => {
      const [whole, longer] = [pattern(4), pattern(5)];
      giveBack(whole);
      giveBack(whole);
      giveBack(longer.subarray(1));
      assert.deepEqual([whole.length, longer.length], [0, SIZE]);
    },
  },
];
