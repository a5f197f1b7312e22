import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { sidecarOptions } from '../../sidecar/options.ts';

const unit = readFileSync('examples/sidecar/weft-sidecar.service', 'utf8');
const image = readFileSync('examples/sidecar/Containerfile', 'utf8');

/** Values of a key of the unit, in order. */
const valuesOf = (key: string): string[] =>
  unit.split('\n').flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));

describe('the systemd unit', () => {
  const [start = ''] = valuesOf('ExecStart');
  const environment = Object.fromEntries(valuesOf('Environment').map((pair) => pair.split('=')));

  test('starts a sidecar with flags that it takes', () => {
    const args = start.split(' ').slice(1);
    const options = sidecarOptions(args, { ...environment, WEFT_PROXY_CREDENTIAL: 'c' });
    assert.deepEqual([options.appPort, options.inboundPort, options.healthPort], [9080, 15006, 15021]);
    assert.equal(options.appReady?.how.kind, 'tcp');
  });

  test('is given more time to stop than the sidecar needs', () => {
    const { drain } = sidecarOptions(start.split(' ').slice(1), {
      ...environment,
      WEFT_PROXY_CREDENTIAL: 'c',
    });
    // Control may take 2 s to answer, the outbound port 5 s to drain.
    const needed = 2000 + drain.hearsayMs + drain.exchangesMs + 5000;
    assert.ok(Number(valuesOf('TimeoutStopSec')[0]) * 1000 >= needed, String(needed));
  });

  test('has no rights that a sidecar does not need', () => {
    for (const key of ['NoNewPrivileges', 'DynamicUser', 'PrivateDevices', 'ProtectHome'])
      assert.deepEqual(valuesOf(key), ['yes'], key);
    assert.deepEqual(valuesOf('ProtectSystem'), ['strict']);
    assert.deepEqual(valuesOf('CapabilityBoundingSet'), ['']);
  });
});

describe('the container file', () => {
  const json = (word: string): string[] =>
    JSON.parse(new RegExp(`^${word} (\\[.*\\])$`, 'm').exec(image)?.[1] ?? '[]');

  test('starts a sidecar with flags that it takes, as somebody without rights', () => {
    const args = [...json('ENTRYPOINT').slice(1), ...json('CMD')];
    const options = sidecarOptions(args, { WEFT_PROXY_CREDENTIAL: 'c' });
    assert.deepEqual([options.address, options.appPort, options.inboundPort], ['0.0.0.0', 8080, 15006]);
    assert.equal(options.statusAddress, '127.0.0.1', 'what tells more than readiness stays inside');
    assert.match(image, /^USER 1337:1337$/m);
  });

  test('copies what its first stage makes', () => {
    const made = /sidecar:compile -- --runtime bun --out (\S+)/.exec(image)?.[1];
    assert.match(image, new RegExp(`^COPY --from=build ${made} `, 'm'));
  });
});
