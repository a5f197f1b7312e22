import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Change } from '../../control/configuration.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { SqliteStore } from '../../src/runtime/store/sqlite.ts';
import { serviceOf, TestControl } from '../support/control-parts.ts';

const file = (text: string) => [{ file: 'mesh.yaml', text }];
const deny = `{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: deny}, spec: {action: DENY, rules: [{}]}}`;
const denyKey = 'resource/AuthorizationPolicy/default/deny';
const codes = ({ diagnostics }: Change) =>
  diagnostics.filter(({ severity }) => severity !== 'notice').map(({ code }) => code);
const control = () => TestControl.over(new MemoryStore());

/** What is stored under a key, in place of what was applied. */
async function damage({ store }: TestControl, key: string, text: string): Promise<void> {
  await store.put(key, new TextEncoder().encode(text));
}

const notValidAnyMore = JSON.stringify({
  file: 'mesh.yaml',
  line: 3,
  order: 9,
  text: deny.replace('DENY', 'NO_SUCH_ACTION'),
});

describe('a change', () => {
  test('is kept, published and told of; the same again keeps its revision', async () => {
    const { configuration, changes } = await control();
    const change = await configuration.apply(file(serviceOf('a')));
    assert.equal(change.revision, 1);
    assert.deepEqual(change.applied, ['Service default/a', 'Deployment default/a-v1']);
    assert.equal((await configuration.apply(file(serviceOf('a')))).revision, 1);
    assert.equal((await configuration.apply(file(deny))).revision, 2);
    assert.equal((await configuration.remove(file(deny))).revision, 3);
    const replaced = await configuration.apply(file(serviceOf('b')), { replace: true });
    assert.deepEqual(replaced.removed, ['Service default/a', 'Deployment default/a-v1']);
    assert.deepEqual(
      changes.at(-1)?.map(({ name }) => name),
      ['b', 'b-v1'],
    );
  });

  test('with an error changes nothing, nor does a dry run', async () => {
    const { configuration, changes, store } = await control();
    for (const [text, options] of [
      [deny.replace('DENY', 'NO_SUCH_ACTION'), {}],
      [deny, { dryRun: true }],
    ] as const) {
      const change = await configuration.apply(file(text), options);
      assert.equal(change.revision, undefined);
      assert.deepEqual(await store.list(''), []);
    }
    assert.deepEqual(changes, []);
  });

  test('that removes by a file with an error is refused with the reason, and removes nothing', async () => {
    const { configuration } = await control();
    await configuration.apply(file(`${serviceOf('a')}---\n${deny}`));
    const change = await configuration.remove(file(`${deny}\n---\n{apiVersion: v1, kind: Nonsense}`));
    assert.equal(change.revision, undefined);
    assert.ok(codes(change).length > 0);
    assert.equal((await configuration.stored()).resources.length, 3);
  });

  test('that cannot be encoded is refused before anything is stored', async () => {
    const { configuration, changes, store } = await control();
    const match = `[{headers: {x-y: {exact: "${'x'.repeat(9000)}"}}}]`;
    const rule = `{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: a}, spec: {hosts: [a], http: [{match: ${match}, route: [{destination: {host: a}}]}]}}`;
    const change = await configuration.apply(file(`${serviceOf('a')}---\n${rule}`));
    assert.equal(change.revision, undefined);
    assert.deepEqual(codes(change), ['WFT0402']);
    assert.deepEqual(await store.list(''), []);
    assert.deepEqual(changes, []);
  });
});

describe('a gateway’s store that cannot be written', () => {
  test('keeps nothing back from sidecars, is told of, and gets it later', async () => {
    const { clock, configuration, changes, publisher, writer } = await control();
    writer.away = true;
    const change = await configuration.apply(file(serviceOf('a')));
    assert.equal(change.revision, 1);
    assert.deepEqual(codes(change), ['WFT0401']);
    assert.equal((await publisher.current())?.revision, 1);
    assert.equal(changes.length, 1);
    await clock.pass(5000);
    writer.away = false;
    await clock.pass(5000);
    assert.ok(writer.written.has('pointer'));
    publisher.close();
  });

  test('never gets an older publication after a later one', async () => {
    const { clock, configuration, publisher, writer } = await control();
    writer.away = true;
    await configuration.apply(file(serviceOf('a')));
    writer.away = false;
    await configuration.apply(file(serviceOf('b')));
    const pointer = writer.written.get('pointer');
    await clock.pass(60_000);
    assert.equal(writer.written.get('pointer'), pointer);
    publisher.close();
  });
});

describe('a stored document that cannot be read any more', () => {
  for (const [what, text] of [
    ['that is not valid any more', notValidAnyMore],
    ['that is damaged', '{"file":'],
    ['that is no document', '[]'],
    ['that holds another resource', JSON.stringify({ file: 'x', line: 1, order: 1, text: serviceOf('x') })],
  ] as const) {
    test(`${what} keeps everything from being published, and the operator hears why`, async () => {
      const mesh = await control();
      const { configuration, changes, log, publisher } = mesh;
      await configuration.apply(file(`${serviceOf('a')}---\n${deny}`));
      await damage(mesh, denyKey, text);
      for (const change of [
        await configuration.republish(),
        await configuration.apply(file(serviceOf('b'))),
        await configuration.remove(file(serviceOf('a'))),
      ]) {
        assert.equal(change.revision, undefined);
        assert.ok(codes(change).includes('WFT0403'));
      }
      assert.equal((await publisher.current())?.revision, 1);
      assert.equal(changes.length, 1);
      assert.ok(log.events.includes('error stored document cannot be read'));
    });
  }

  for (const [what, heal] of [
    ['applied anew', ({ configuration }: TestControl) => configuration.apply(file(deny))],
    ['removed', ({ configuration }: TestControl) => configuration.remove(file(deny))],
    [
      'replaced with everything',
      ({ configuration }: TestControl) => configuration.apply(file(serviceOf('a')), { replace: true }),
    ],
  ] as const) {
    test(`is no hindrance once it is ${what}`, async () => {
      const mesh = await control();
      await mesh.configuration.apply(file(`${serviceOf('a')}---\n${deny}`));
      await damage(mesh, denyKey, notValidAnyMore);
      assert.notEqual((await heal(mesh)).revision, undefined);
      assert.equal((await mesh.configuration.stored()).unreadable.size, 0);
      assert.notEqual((await mesh.configuration.republish()).revision, undefined);
    });
  }
});

test('documents survive in the file of a real store, with their order and positions', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-control-'));
  try {
    const store = new SqliteStore(join(folder, 'store.db'));
    await (await TestControl.over(store)).configuration.apply(file(`${serviceOf('b')}---${serviceOf('a')}`));
    store.close();
    const reopened = new SqliteStore(join(folder, 'store.db'));
    const { resources } = await (await TestControl.over(reopened)).configuration.stored();
    assert.deepEqual(
      resources.map(({ kind, name, origin }) => [kind, name, origin.at([]).line]),
      [
        ['Service', 'b', 2],
        ['Deployment', 'b-v1', 4],
        ['Service', 'a', 7],
        ['Deployment', 'a-v1', 9],
      ],
    );
    reopened.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
