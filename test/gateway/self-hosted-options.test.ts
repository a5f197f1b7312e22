import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayOptions } from '../../gateway/self-hosted/options.ts';
import { parseAllowedHosts } from '../../src/identity/jwt/key-address.ts';

test('the command line says where server ports are bound', () => {
  assert.deepEqual(gatewayOptions(['--join', 'j.json', '--bind', '80=8080', '--bind', '443=0', '--debug']), {
    join: 'j.json',
    evidence: undefined,
    state: undefined,
    address: '0.0.0.0',
    bind: new Map([
      [80, 8080],
      [443, 0],
    ]),
    adminToken: undefined,
    adminPort: 0,
    debug: true,
    accessLog: undefined,
    tracing: undefined,
    limits: { maxConnections: 10_000, maxConnectionsPerAddress: 2500 },
    keyHosts: parseAllowedHosts(undefined),
    limitStore: undefined,
  });
});

for (const args of [
  [],
  ['--join', 'j', '--bind', '80'],
  ['--join', 'j', '--bind', '80=70000'],
  ['--join', 'j', '--bind', '0=80'],
  ['--join', 'j', '--bind', '80=81=82'],
  ['--join', 'j', '--admin-port', 'x'],
  ['--join', 'j', '--port', '80'],
]) {
  test(`"${args.join(' ')}" is refused`, () => assert.throws(() => gatewayOptions(args)));
}
