import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BodySink, BodySource } from '../../../src/runtime/sockets/body.ts';
import { RecordedBody } from '../../../src/runtime/sockets/recorded-body.ts';

const LIMIT = 1024;
const KIB = new Uint8Array(1024);

/** A source that gives what the test says, whether it was told to wait or not. */
function deafSource() {
  let sink: BodySink | undefined;
  const told: string[] = [];
  const source: BodySource = {
    framing: { kind: 'chunked' },
    started: false,
    start: (to) => {
      sink = to;
    },
    resume: () => void told.push('resume'),
    cancel: () => void told.push('cancel'),
    watch: () => undefined,
  };
  const give = (bytes: Uint8Array) => sink?.write(bytes);
  return { source, told, give, end: () => sink?.end() };
}

/** What one attempt gets. */
function reading(body: BodySource) {
  const got = { bytes: 0, end: 'none' };
  body.start({
    write: (chunk) => {
      got.bytes += chunk.length;
      return true;
    },
    end: () => {
      got.end = 'whole';
    },
    fail: () => {
      got.end = 'broken';
    },
  });
  return got;
}

describe('a body of several attempts', () => {
  test('what comes between two attempts is kept for the next, and the source is told to wait', () => {
    const { source, give, end } = deafSource();
    const recorded = new RecordedBody(source, LIMIT);
    const first = recorded.replay();
    reading(first);
    give(KIB);
    first.cancel();
    assert.equal(give(KIB), false);
    const second = reading(recorded.replay());
    end();
    assert.deepEqual(second, { bytes: 2048, end: 'whole' });
  });

  test('exhaustion: a source that does not wait between two attempts is given up, and nothing looks complete', () => {
    const { source, told, give, end } = deafSource();
    const recorded = new RecordedBody(source, LIMIT);
    const first = recorded.replay();
    reading(first);
    first.cancel();
    for (let i = 0; i < 256; i++) give(KIB);
    end();
    assert.deepEqual(told, ['cancel']);
    assert.deepEqual(reading(recorded.replay()), { bytes: 0, end: 'broken' });
  });

  test('a body that outgrows the limit during an attempt goes on, and cannot be sent again', () => {
    const { source, give, end } = deafSource();
    const recorded = new RecordedBody(source, LIMIT);
    const first = reading(recorded.replay());
    give(KIB);
    give(KIB);
    end();
    assert.deepEqual(first, { bytes: 2048, end: 'whole' });
    assert.equal(recorded.whole, false);
  });
});
