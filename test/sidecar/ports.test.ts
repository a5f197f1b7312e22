import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { keepPorts, lastPorts, openPort } from '../../sidecar/ports.ts';
import { ownStore } from '../../src/runtime/store/own-store.ts';
import { StateDirectory } from '../../src/runtime/store/state-directory.ts';
import { RememberedLog } from '../support/control-parts.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-state-'));
after(() => rmSync(folder, { recursive: true }));

/** Opens ports of which some are taken; gives what it opened. */
const opener =
  (...taken: number[]) =>
  async (port: number): Promise<number> => {
    if (!taken.includes(port)) return port;
    throw Object.assign(new Error('taken'), { code: 'EADDRINUSE' });
  };

describe('the ports of a sidecar', () => {
  test('are those of the last process where nobody took them and nobody asks for others', async () => {
    assert.equal(await openPort(0, 4000, opener()), 4000);
    assert.equal(await openPort(0, 4000, opener(4000)), 0);
    assert.equal(await openPort(5000, 4000, opener()), 5000);
    await assert.rejects(openPort(5000, 4000, opener(5000)));
    assert.equal(await openPort(0, 0, opener()), 0);
  });

  test('are kept in the state directory, and nothing is believed that is no port', () => {
    const state = new StateDirectory(join(folder, 'ports'));
    const nowhere = { inbound: 0, outbound: 0, admin: 0, edge: 0 };
    assert.deepEqual(lastPorts(undefined), nowhere);
    assert.deepEqual(lastPorts(state), nowhere);
    keepPorts(state, { inbound: 1, outbound: 2, admin: 3, edge: 4 });
    assert.deepEqual(lastPorts(state), { inbound: 1, outbound: 2, admin: 3, edge: 4 });
    for (const text of ['{', 'null', '[]', '{"inbound":70000,"outbound":"80","admin":-1,"edge":1.5}']) {
      state.write('ports.json', text);
      assert.deepEqual(lastPorts(state), nowhere, text);
    }
  });
});

describe('a state directory', () => {
  test('is its owner’s alone, and writes in one step', () => {
    const state = new StateDirectory(join(folder, 'modes'));
    state.write('a', 'one');
    state.write('a', 'two');
    assert.equal(state.read('a'), 'two');
    assert.equal(state.read('b'), undefined);
    assert.equal(statSync(state.path).mode & 0o777, 0o700);
    assert.equal(statSync(state.file('a')).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(state.path), ['a']);
  });

  test('begins a broken last known good anew, and says so', async () => {
    const [state, log] = [new StateDirectory(join(folder, 'broken')), new RememberedLog()];
    state.write('last-known-good.db', 'this is no database, whatever its name may say'.repeat(100));
    const store = ownStore(state, log);
    await store.put('pointer', new Uint8Array([1]));
    assert.deepEqual(await store.get('pointer'), new Uint8Array([1]));
    assert.deepEqual(log.events, ['error last known good not readable, begun anew']);
  });
});
