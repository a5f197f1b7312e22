import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { History } from '../../../control/history/history.ts';
import { parseResources } from '../../../src/config/parse.ts';
import { MemoryStore } from '../../../src/runtime/store/memory.ts';
import { readSources } from '../../../src/snapshot/read-publication.ts';
import { serviceOf, TestControl, testSeal } from '../../support/control-parts.ts';

const file = (text: string) => [{ file: 'mesh.yaml', text }];
const deny = `{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: deny}, spec: {action: DENY, rules: [{}]}}`;
const audit = deny.replace('DENY', 'AUDIT');
const named = (text: string, ...names: string[]) =>
  names.flatMap((name) => parseResources(text.replace('name: deny', `name: ${name}`), 'mesh.yaml').resources);
const published = (revision: number) => ({ revision, created: revision, manifest: 'm' });

describe('the history', () => {
  test('tells what each revision changed, newest first, against the one before', async () => {
    const { configuration, history } = await TestControl.over(new MemoryStore());
    await configuration.apply(file(serviceOf('a')));
    await configuration.apply(file(deny));
    await configuration.apply(file(audit));
    await configuration.remove(file(deny));
    const list = await history.list();
    assert.deepEqual(
      list.map(({ revision, summary }) => [revision, summary]),
      [
        [4, 'AuthorizationPolicy default/deny removed'],
        [3, 'AuthorizationPolicy default/deny changed'],
        [2, 'AuthorizationPolicy default/deny added'],
        [1, 'Service default/a added, Deployment default/a-v1 added'],
      ],
    );
    const [diff] = (await history.changesOf(3))?.diff ?? [];
    assert.match(diff?.diff ?? '', /^-.*DENY.*\n\+.*AUDIT/m);
    assert.equal(await history.changesOf(9), undefined);
  });

  test('a text that only moved in its file is no change', async () => {
    const { configuration, history } = await TestControl.over(new MemoryStore());
    await configuration.apply(file(serviceOf('a')));
    await configuration.apply(file(deny));
    await configuration.apply([{ file: 'other.yaml', text: `\n\n${deny}` }]);
    const [newest] = await history.list();
    assert.deepEqual([newest?.revision, newest?.summary], [3, 'nothing changed']);
  });

  test('leaves documents alone that were not applied again, with the comments before them', async () => {
    const { configuration, history, publisher, store } = await TestControl.over(new MemoryStore());
    const service = `# What a is for.\n# And more.\n${serviceOf('a').trim()}\n---\n# Nobody.\n${deny}`;
    await configuration.apply(file(`# The mesh.\n\n---\n${service}`));
    const places = async () => {
      const manifest = await publisher.current();
      return manifest && readSources(store, manifest);
    };
    const before = await places();
    await configuration.apply(file(serviceOf('b')));
    const [newest] = await history.list();
    assert.equal(newest?.summary, 'Service default/b added, Deployment default/b-v1 added');
    const after = new Map(await places());
    for (const [source, place] of before ?? []) assert.deepEqual(after.get(source), place, source);
    assert.ok((before ?? []).length > 0);
  });

  test('is kept within 100 revisions; renewals go first, and texts that nobody names', async () => {
    const store = new MemoryStore();
    const history = new History(store, await testSeal());
    const base = named(deny, 'base');
    for (let revision = 1; revision <= 99; revision++)
      await history.record(published(revision), [...base, ...named(deny, `p${revision}`)]);
    await history.record(published(100), [...base, ...named(deny, 'p99')]);
    await history.record(published(101), [...base, ...named(deny, 'p101')]);
    const revisions = async () => (await history.list()).map(({ revision }) => revision);
    assert.equal((await revisions()).length, 100);
    assert.ok(!(await revisions()).includes(100), 'the renewal went');
    await history.record(published(102), [...base, ...named(deny, 'p102')]);
    assert.deepEqual([(await revisions()).at(0), (await revisions()).at(-1)], [102, 2]);
    const texts = await store.list('document/');
    assert.equal(texts.length, 101, 'base and one for each kept revision');
  });

  test('a record that cannot be read is left out', async () => {
    const store = new MemoryStore();
    const history = new History(store, await testSeal());
    await history.record(published(1), named(deny, 'a'));
    await store.put('history/0000000000000002', new TextEncoder().encode('{'));
    assert.deepEqual(
      (await history.list()).map(({ revision }) => revision),
      [1],
    );
  });
});

describe('a rollback', () => {
  const three = async () => {
    const control = await TestControl.over(new MemoryStore());
    await control.configuration.apply(file(serviceOf('a')));
    await control.configuration.apply(file(deny));
    await control.configuration.apply(file(serviceOf('b')), { replace: true });
    return control;
  };
  const manifestOf = async ({ publisher }: TestControl) => {
    const { targets, sources } = (await publisher.current()) ?? {};
    return { targets, sources };
  };

  test('publishes the same content under a new revision, and restores resources and their order', async () => {
    const control = await three();
    const { configuration, history, changes } = control;
    await configuration.apply(file(`${audit}\n---${serviceOf('a')}`), { replace: true });
    const change = await configuration.rollback(2);
    assert.equal(change?.revision, 5);
    assert.deepEqual(
      changes.at(-1)?.map(({ name }) => name),
      ['a', 'a-v1', 'deny'],
    );
    const stored = await configuration.stored();
    assert.deepEqual(
      stored.resources.map(({ name }) => name),
      ['a', 'a-v1', 'deny'],
    );
    const [newest] = await history.list();
    assert.match(newest?.summary ?? '', /^back to revision 2: /);
    const second = await history.at(2);
    const earlier = second && (await control.publisher.earlier(second));
    assert.deepEqual(await manifestOf(control), { targets: earlier?.targets, sources: earlier?.sources });
  });

  test('asked to run dry changes nothing and says what it would', async () => {
    const { configuration, publisher } = await three();
    const change = await configuration.rollback(2, { dryRun: true });
    assert.equal(change?.revision, undefined);
    assert.deepEqual(change?.removed, ['Service default/b', 'Deployment default/b-v1']);
    assert.deepEqual(change?.applied, [
      'Service default/a',
      'Deployment default/a-v1',
      'AuthorizationPolicy default/deny',
    ]);
    assert.equal((await publisher.current())?.revision, 3);
  });

  test('to a revision that is not kept is told', async () => {
    const { configuration } = await three();
    assert.equal(await configuration.rollback(77), undefined);
  });

  test('to what is in force keeps the revision', async () => {
    const { configuration, history } = await three();
    assert.equal((await configuration.rollback(3))?.revision, 3);
    const [newest] = await history.list();
    assert.doesNotMatch(newest?.summary ?? '', /back to/);
  });

  test('to texts that are damaged rejects and changes nothing', async () => {
    const { configuration, store, publisher, history } = await three();
    const text = (await history.at(1))?.documents[0]?.text;
    await store.put(`document/${text}`, new TextEncoder().encode('{}'));
    await assert.rejects(configuration.rollback(1), /lost or damaged/);
    assert.equal((await publisher.current())?.revision, 3);
  });
});
