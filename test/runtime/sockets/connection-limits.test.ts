import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connectionLimits } from '../../../src/runtime/sockets/connection-limits.ts';

const total = 'WEFT_MAX_CONNECTIONS';
const share = 'WEFT_MAX_CONNECTIONS_PER_ADDRESS';

describe('the limits of a port', () => {
  for (const [env, maxConnections, maxConnectionsPerAddress] of [
    [{}, 10_000, 2500],
    [{ [total]: '' }, 10_000, 2500],
    [{ [total]: '10' }, 10, 3],
    [{ [total]: '1' }, 1, 1],
    [{ [share]: '10000' }, 10_000, 10_000],
    [{ [total]: '100', [share]: '5000' }, 100, 100],
    [{ [total]: '1000000', [share]: '1' }, 1_000_000, 1],
  ] as const) {
    test(JSON.stringify(env), () =>
      assert.deepEqual(connectionLimits(env), { maxConnections, maxConnectionsPerAddress }),
    );
  }

  for (const text of ['0', '-1', '1.5', '1e3', 'many', '1000001']) {
    test(`${text} is refused by name`, () => {
      assert.throws(() => connectionLimits({ [total]: text }), new RegExp(total));
      assert.throws(() => connectionLimits({ [share]: text }), new RegExp(share));
    });
  }
});
