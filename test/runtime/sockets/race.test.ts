import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { race } from '../../../src/runtime/sockets/race.ts';

/** Attempts that the test ends; what was abandoned is noted. */
function scene(count: number, staggerMs: number, signal?: AbortSignal) {
  const started: { win: () => void; lose: () => void; abandoned: boolean }[] = [];
  const discarded: number[] = [];
  const start = (candidate: number, abandoned: AbortSignal) =>
    new Promise<number>((resolve, reject) => {
      const one = {
        win: () => resolve(candidate),
        lose: () => reject(new Error(`${candidate}`)),
        abandoned: false,
      };
      abandoned.addEventListener('abort', () => {
        one.abandoned = true;
      });
      started.push(one);
    });
  const candidates = Array.from({ length: count }, (_, i) => i);
  const winner = race(candidates, start, (late) => discarded.push(late), signal, staggerMs);
  return { started, discarded, winner };
}

const NEVER = 3_600_000;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('race', () => {
  test('a first that answers is alone', async () => {
    const { started, winner } = scene(3, NEVER);
    started[0]?.win();
    assert.equal(await winner, 0);
    assert.equal(started.length, 1);
  });

  test('a failure starts the next at once', async () => {
    const { started, winner } = scene(3, NEVER);
    started[0]?.lose();
    await turn();
    started[1]?.win();
    assert.equal(await winner, 1);
    assert.equal(started.length, 2);
  });

  test('silence starts the next after the stagger; losers are abandoned and late winners discarded', async () => {
    const { started, discarded, winner } = scene(2, 1);
    while (started.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    started[1]?.win();
    assert.equal(await winner, 1);
    assert.deepEqual(
      started.map(({ abandoned }) => abandoned),
      [true, true],
    );
    started[0]?.win();
    await turn();
    assert.deepEqual(discarded, [0]);
  });

  test('all errors are told when every attempt failed', async () => {
    const { started, winner } = scene(2, NEVER);
    started[0]?.lose();
    await turn();
    started[1]?.lose();
    await assert.rejects(winner, (error) => error instanceof AggregateError && error.errors.length === 2);
  });

  test('abandoning the race abandons its attempts', async () => {
    const abandon = new AbortController();
    const { started, winner } = scene(2, NEVER, abandon.signal);
    abandon.abort(new Error('gone'));
    await assert.rejects(winner, /gone/);
    assert.equal(started[0]?.abandoned, true);
    await assert.rejects(scene(2, NEVER, AbortSignal.abort(new Error('before'))).winner, /before/);
  });
});
