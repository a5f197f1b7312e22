import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LoadConnection, Tally } from '../../bench/process/load-connection.ts';
import { runPaced } from '../../bench/process/paced-load.ts';

/** Connections that answer when they are let. */
function heldConnections(count: number) {
  const held: ((tally: Tally) => void)[] = [];
  const run = () => new Promise<Tally>((resolve) => held.push(resolve));
  const connections = Array.from({ length: count }, () => ({ run }) as unknown as LoadConnection);
  return { connections, held };
}

describe('a load at a fixed rate', () => {
  test('sends on though nothing is answered, and counts what had to wait', async () => {
    const { connections, held } = heldConnections(3);
    const paced = runPaced(connections, 1000, 0.01);
    const answering = setInterval(() => {
      if (held.length >= 3) held.shift()?.({ answered: 1, failed: 0 });
      else if (sent++ > 50) for (const one of held.splice(0)) one({ answered: 1, failed: 0 });
    }, 1);
    let sent = 0;
    const { answered, failed, waited, p99 } = await paced;
    clearInterval(answering);
    assert.deepEqual([answered, failed], [10, 0]);
    assert.ok(waited >= 1 && waited <= 7, `${waited} waited`);
    assert.ok(p99 > 0);
  });

  test('counts what fails apart from what is answered', async () => {
    let calls = 0;
    const run = async () => (calls++ % 2 === 0 ? { answered: 1, failed: 0 } : { answered: 0, failed: 1 });
    const { answered, failed, waited } = await runPaced([{ run } as unknown as LoadConnection], 1000, 0.02);
    assert.deepEqual([answered, failed, waited], [10, 10, waited]);
  });
});
