import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { CredentialHolder } from '../../../src/runtime/control/credential-holder.ts';
import { StateDirectory } from '../../../src/runtime/store/state-directory.ts';
import type { DeliveredCredential } from '../../../src/snapshot/credential.ts';
import { RememberedLog } from '../../support/control-parts.ts';
import { ManualClock } from '../../support/scripted-transport.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-credentials-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const credential = (version: string): DeliveredCredential => ({
  certificate: 'Secret/istio-system/shop',
  authority: '',
  version,
  authorityVersion: '',
  chain: `chain ${version}`,
  key: `key ${version}`,
  roots: '',
});

class ScriptedControl {
  answers: unknown[] = [];
  asked = 0;
  callJson = async ({ path }: { readonly path: string }): Promise<unknown> => {
    this.asked++;
    assert.equal(path, '/v1/credentials');
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    if (answer === undefined) throw new Error('control is away');
    return answer;
  };
}

const never = new AbortController().signal;
const withKey = (version: string) => ({ credentials: [credential(version)] });

function holder(state?: StateDirectory) {
  const [control, clock, log] = [new ScriptedControl(), new ManualClock(), new RememberedLog()];
  // Whoever sleeps is woken at once.
  clock.sleep = async () => undefined;
  return { control, log, credentials: new CredentialHolder({ control, clock, log, state }) };
}

describe('the credentials of a proxy', () => {
  test('are asked for only where the configuration names what is not held', async () => {
    const { control, credentials } = holder();
    control.answers = [withKey('1')];
    await credentials.refresh([], never);
    assert.equal(control.asked, 0);
    await credentials.refresh([credential('1')], never);
    await credentials.refresh([credential('1')], never);
    assert.equal(control.asked, 1);
    assert.equal(credentials.find(credential('1'))?.key, 'key 1');
  });

  test('are asked for again where control is a moment behind its configuration', async () => {
    const { control, credentials } = holder();
    control.answers = [withKey('1'), withKey('1'), withKey('2')];
    await credentials.refresh([credential('2')], never);
    assert.equal(control.asked, 3);
    assert.equal(credentials.find(credential('2'))?.key, 'key 2');
  });

  test('stand while control is away, also for the next process, and go when they are named no more', async () => {
    const state = new StateDirectory(join(folder, 'kept'));
    const first = holder(state);
    first.control.answers = [withKey('1')];
    await first.credentials.refresh([credential('1')], never);
    assert.equal(statSync(state.file('credentials.json')).mode & 0o777, 0o600);
    first.control.answers = [];
    await first.credentials.refresh([credential('2')], never);
    assert.equal(first.credentials.find(credential('2'))?.key, 'key 1');
    assert.deepEqual(first.log.events, ['warn credentials not received, those that are held stand']);
    const second = holder(state);
    assert.equal(second.credentials.find(credential('1'))?.key, 'key 1');
    await second.credentials.refresh([], never);
    assert.equal(second.credentials.find(credential('1')), undefined);
    assert.equal(holder(state).credentials.find(credential('1')), undefined);
  });

  test('are not taken from an answer or a file that is not whole', async () => {
    const state = new StateDirectory(join(folder, 'broken'));
    for (const text of ['{', '{}', '{"credentials":[{"key":"x"}]}', 'null']) {
      state.write('credentials.json', text);
      const { control, credentials, log } = holder(state);
      assert.deepEqual(log.events, ['warn stored credentials not usable']);
      control.answers = [{ credentials: [{ ...credential('1'), key: 1 }] }];
      await credentials.refresh([credential('1')], never);
      assert.equal(credentials.find(credential('1')), undefined);
    }
  });
});
