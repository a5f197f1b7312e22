import assert from 'node:assert/strict';
import { canonicalRequest, isRefusal } from '../../../src/http/canonical-request.ts';
import type { Handler } from '../../../src/proxy/exchange.ts';
import type { BodySource } from '../../../src/runtime/sockets/body.ts';
import { data, END_STREAM, headers, POST_FIELDS } from '../../support/h2-frames.ts';
import { H2Peer } from '../../support/h2-peer.ts';
import { openPort, readBody, text } from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';
import { type Expectation, FRAME_TABLE, type FrameCase } from './h2-frame-table.ts';

const VERDICTS: Readonly<Record<Expectation, RegExp>> = {
  serve: /^status 200$/,
  refuse: /^(status 4\d\d|(RST_STREAM|GOAWAY) (?!NO_ERROR)|closed)/,
  close: /^(GOAWAY (?!NO_ERROR)|closed)/,
  calm: /^(GOAWAY (ENHANCE_YOUR_CALM|INTERNAL_ERROR)|closed)/,
  ignore: /^(GOAWAY|closed)/,
  live: /./,
  drop: /^(status|RST_STREAM (?!NO_ERROR)|GOAWAY (?!NO_ERROR))/,
};

/** Reads the body and answers 200, or says why the door refused; a field called evil must never get here. */
function judging(served: string[]): Handler<BodySource> {
  return async ({ head, body, connection }) => {
    const judged = canonicalRequest(head, connection.scheme, 'BASE');
    if (isRefusal(judged)) return text(judged.reason, judged.status);
    const got = await readBody(body).catch(() => 'broken');
    served.push(JSON.stringify([...judged.headers]));
    return text(got);
  };
}

async function verdictOf({ greeted, stream, say }: FrameCase, port: number): Promise<string> {
  const peer = await H2Peer.connect(port, greeted);
  try {
    say(peer);
    return await peer.verdict(stream);
  } finally {
    peer.socket.destroy();
  }
}

export const H2_FRAME_CASES: readonly Case[] = [
  {
    name: 'HTTP/2: every frame, flood and head that breaks a rule ends its stream or its connection, and no other',
    run: async () => {
      const served: string[] = [];
      const listening = await openPort(judging(served), { deadlines: { headerMs: 3000, idleMs: 500 } });
      const bystander = await H2Peer.connect(listening.port);
      bystander.send(headers(1, POST_FIELDS, 0));
      const failures: string[] = [];
      for (const one of FRAME_TABLE) {
        const verdict = await verdictOf(one, listening.port);
        if (!VERDICTS[one.expect].test(verdict)) failures.push(`${one.name}: ${verdict}, not ${one.expect}`);
      }
      assert.deepEqual(failures, []);
      assert.ok(!served.some((fields) => fields.includes('evil')), served.join('\n'));
      bystander.send(data(1, 'abc', END_STREAM));
      assert.equal(await bystander.verdict(), 'status 200');
      bystander.socket.destroy();
      await listening.close();
    },
  },
];
