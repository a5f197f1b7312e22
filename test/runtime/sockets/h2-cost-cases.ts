import assert from 'node:assert/strict';
import type { Handler } from '../../../src/proxy/exchange.ts';
import type { BodySource } from '../../../src/runtime/sockets/body.ts';
import {
  block,
  data,
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  GET_FIELDS,
  headers,
  POST_FIELDS,
  word,
} from '../../support/h2-frames.ts';
import { H2Peer } from '../../support/h2-peer.ts';
import { openPort, readBody, text } from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

const REFUSED_STREAM = 7;
const odd = (count: number) => Array.from({ length: count }, (_, i) => 2 * i + 1);

/** A GET with some 31,000 octets of cookies, within every limit of one head. */
function largeHead(stream: number): Buffer {
  const cookies = block(Array.from({ length: 13 }, () => ['cookie', 'c'.repeat(600)] as const));
  return Buffer.concat([
    frame(FRAME.headers, END_STREAM, stream, block(GET_FIELDS)),
    ...[0, 0, 0, END_HEADERS].map((flags) => frame(FRAME.continuation, flags, stream, cookies)),
  ]);
}

/** What the proxy says of a stream: a head, or that it was reset. */
async function answerTo(peer: H2Peer, stream: number): Promise<number | 'answered'> {
  const said = await peer.until(
    (one) => one.stream === stream && (one.type === FRAME.headers || one.type === FRAME.rstStream),
  );
  return said?.type === FRAME.rstStream ? said.payload.readUInt32BE(0) : 'answered';
}

export const H2_COST_CASES: readonly Case[] = [
  {
    name: 'HTTP/2: all requests of one packet are answered, with their bodies',
    run: async () => {
      const lengths: number[] = [];
      const handler: Handler<BodySource> = async ({ body }) => {
        lengths.push((await readBody(body)).length);
        return text('thanks');
      };
      const listening = await openPort(handler);
      const peer = await H2Peer.connect(listening.port);
      await peer.until(({ type }) => type === FRAME.settings);
      const streams = odd(60);
      peer.send(...streams.flatMap((id) => [headers(id, POST_FIELDS, 0), data(id, 'body', END_STREAM)]));
      for (const id of streams) assert.equal(await answerTo(peer, id), 'answered');
      assert.deepEqual(
        lengths,
        streams.map(() => 4),
      );
      peer.socket.destroy();
      await listening.close();
    },
  },
  {
    name: 'HTTP/2: of requests that are taken back in the packet that brought them few are ever served',
    run: async () => {
      let served = 0;
      const listening = await openPort(async () => {
        served++;
        return text('hello');
      });
      const peer = await H2Peer.connect(listening.port);
      await peer.until(({ type }) => type === FRAME.settings);
      const reset = (id: number) => [headers(id, GET_FIELDS), frame(FRAME.rstStream, 0, id, word(8))];
      peer.send(...odd(60).flatMap(reset), headers(201, GET_FIELDS));
      assert.equal(await answerTo(peer, 201), 'answered');
      assert.ok(served <= 17, `${served} were served`);
      peer.socket.destroy();
      await listening.close();
    },
  },
  {
    name: 'HTTP/2: more large heads than a connection may have open are refused unseen, until one is over',
    run: async () => {
      const waiting: (() => void)[] = [];
      const listening = await openPort(async () => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        return text('hello');
      });
      const peer = await H2Peer.connect(listening.port);
      await peer.until(({ type }) => type === FRAME.settings);
      peer.send(largeHead(1), largeHead(3), largeHead(5));
      // Bun cannot say it in that way, and answers 503.
      assert.equal(await answerTo(peer, 5), 'Bun' in globalThis ? 'answered' : REFUSED_STREAM);
      assert.equal(waiting.length, 2);
      peer.send(headers(7, GET_FIELDS));
      while (waiting.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
      for (const end of waiting.splice(0)) end();
      for (const id of [1, 3, 7]) assert.equal(await answerTo(peer, id), 'answered');
      await peer.until((one) => one.stream === 3 && (one.flags & END_STREAM) !== 0);
      peer.send(largeHead(9));
      while (waiting.length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
      for (const end of waiting) end();
      assert.equal(await answerTo(peer, 9), 'answered');
      peer.socket.destroy();
      await listening.close();
    },
  },
];
