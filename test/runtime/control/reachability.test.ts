import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackOff } from '../../../src/runtime/control/back-off.ts';
import { Reachability } from '../../../src/runtime/control/reachability.ts';
import { RememberedLog } from '../../support/control-parts.ts';
import { ManualClock } from '../../support/scripted-transport.ts';

test('an outage is told once, again each minute, and when it is over', async () => {
  const [clock, log] = [new ManualClock(), new RememberedLog()];
  const control = new Reachability(clock, log);
  control.answered();
  assert.equal(control.awaySince, undefined);
  control.unanswered(new Error('refused'));
  const since = control.awaySince;
  assert.equal(since, 1000);
  await clock.pass(59_999);
  control.unanswered(new Error('refused'));
  assert.deepEqual(log.events, ['warn control unreachable']);
  await clock.pass(1);
  control.unanswered(new Error('refused'));
  assert.equal(control.awaySince, since, 'the same outage');
  control.answered();
  control.answered();
  assert.equal(control.awaySince, undefined);
  assert.deepEqual(log.events, [
    'warn control unreachable',
    'warn control unreachable',
    'info control reachable again',
  ]);
});

test('pauses double up to the longest, each somewhere in its upper half, and begin anew', () => {
  let draw = 0;
  const pauses = new BackOff({ unit: () => draw, bytes: (length) => new Uint8Array(length) }, 1000, 5000);
  assert.deepEqual([pauses.next(), pauses.next(), pauses.next(), pauses.next()], [500, 1000, 2000, 2500]);
  pauses.reset();
  draw = 0.5;
  assert.equal(pauses.next(), 750);
});
