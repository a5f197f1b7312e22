import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BodySink, BodySource } from '../../../src/runtime/sockets/body.ts';
import { CopiedBody } from '../../../src/runtime/sockets/copied-body.ts';

/** A body that the test pushes. */
class Pushed implements BodySource {
  readonly framing = { kind: 'chunked' } as const;
  started = false;
  cancelled = false;
  sink: BodySink | undefined;
  start(sink: BodySink): void {
    this.started = true;
    this.sink = sink;
  }
  resume(): void {}
  cancel(): void {
    this.cancelled = true;
  }
  watch(): void {}
}

class Kept implements BodySink {
  text = '';
  ended = false;
  write(chunk: Uint8Array): boolean {
    this.text += new TextDecoder().decode(chunk);
    return true;
  }
  end(): void {
    this.ended = true;
  }
  fail(): void {}
}

function scene(limit: number) {
  const told: ((() => BodySource) | undefined)[] = [];
  const source = new Pushed();
  const body = new CopiedBody(source, limit, (make) => told.push(make));
  const kept = new Kept();
  body.start(kept);
  const push = (text: string) => source.sink?.write(new TextEncoder().encode(text));
  return { told, source, body, kept, push };
}

test('a body passes through, and when it was read whole there are as many copies as wanted', () => {
  const { told, source, kept, push } = scene(10);
  push('hello');
  push('world');
  assert.equal(told.length, 0);
  source.sink?.end();
  assert.deepEqual([kept.text, kept.ended, told.length], ['helloworld', true, 1]);
  for (let i = 0; i < 2; i++) {
    const copy = new Kept();
    told[0]?.().start(copy);
    assert.deepEqual([copy.text, copy.ended], ['helloworld', true]);
  }
});

test('what is longer, breaks off or is dropped has no copy, and is told of once', () => {
  const long = scene(9);
  long.push('hello');
  long.push('world');
  long.source.sink?.end();
  assert.deepEqual([long.kept.text, long.told], ['helloworld', [undefined]]);
  const broken = scene(9);
  broken.source.sink?.fail(new Error('gone'));
  const dropped = scene(9);
  dropped.body.cancel();
  assert.deepEqual([broken.told, dropped.told, dropped.source.cancelled], [[undefined], [undefined], true]);
});
