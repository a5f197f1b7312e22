import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Credentials } from '../../control/credentials.ts';
import { SecretSeal } from '../../control/secret-seal.ts';
import { shownText } from '../../control/shown-text.ts';
import { workloadId } from '../../src/identity/spiffe.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { TestControl, testSeal } from '../support/control-parts.ts';
import { EdgeCa, type PemPair } from '../support/edge-certificate.ts';

let pair: PemPair;
let next: PemPair;

before(async () => {
  const ca = await EdgeCa.create('edge');
  [pair, next] = [await ca.server('a.example'), await ca.server('a.example')];
});

const base64 = (text: string) => Buffer.from(text).toString('base64');
const gateway = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge }
spec:
  selector: { istio: ingressgateway }
  servers:
    - port: { number: 443, name: https, protocol: HTTPS }
      hosts: [a.example]
      tls: { mode: SIMPLE, credentialName: shop }
---
`;
const secretOf = ({ cert, key }: PemPair, name = 'shop') => `
apiVersion: v1
kind: Secret
metadata:
  name: ${name}
  namespace: istio-system
  annotations: { kubectl.kubernetes.io/last-applied-configuration: '${base64(key)}' }
type: kubernetes.io/tls
data: { tls.crt: ${base64(cert + key)}, tls.key: ${base64(key)}, note: ${base64('hidden')} }
---
`;
const file = (text: string) => [{ file: 'shop.yaml', text }];

/** Pieces of a key as it is written anywhere. */
const traces = ({ key }: PemPair): string[] => {
  const body = key.split('\n').slice(1, -2).join('');
  return [body.slice(30, 60), base64(key).slice(80, 120), base64(key).slice(81, 120)];
};

async function everything(store: MemoryStore): Promise<string> {
  const values = await Promise.all((await store.list('')).map((key) => store.get(key)));
  return values.map((value) => new TextDecoder().decode(value)).join('\n');
}

describe('a Secret in control', () => {
  test('is in no value of the store as plain text, and of no copy for the gateway', async () => {
    const store = new MemoryStore();
    const control = await TestControl.over(store);
    const { revision } = await control.configuration.apply(file(gateway + secretOf(pair)));
    assert.ok(revision);
    const copied = [...control.writer.written.values()].map((value) => new TextDecoder().decode(value));
    for (const text of [await everything(store), copied.join('\n')]) {
      assert.ok(text.length > 0);
      for (const trace of traces(pair)) assert.ok(!text.includes(trace));
    }
  });

  test('is read again by a control with the same key, and by no other', async () => {
    const store = new MemoryStore();
    await (await TestControl.over(store)).configuration.apply(file(secretOf(pair)));
    const { resources } = await (await TestControl.over(store)).configuration.stored();
    assert.equal(resources[0]?.kind, 'Secret');
    const sealed = await (await testSeal()).seal('text');
    const stranger = await SecretSeal.of(new Uint8Array(32).fill(8));
    await assert.rejects(stranger.open(sealed), /cannot be opened/);
    const altered = sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA');
    await assert.rejects((await testSeal()).open(altered), /cannot be opened/);
  });

  test('that did not change is no change of a revision, and comes back with a rollback', async () => {
    const store = new MemoryStore();
    const { configuration, history } = await TestControl.over(store);
    await configuration.apply(file(gateway + secretOf(pair)));
    await configuration.apply(file(secretOf(next)));
    const [second] = await history.list();
    assert.equal(second?.summary, 'Secret istio-system/shop changed');
    await configuration.rollback(1);
    const { resources } = await configuration.stored();
    assert.ok(
      resources.some(({ kind, origin }) => kind === 'Secret' && origin.text.includes(base64(pair.key))),
    );
    const [third] = await history.list();
    assert.match(third?.summary ?? '', /rolled back to 1|revision 1/i);
  });

  test('has diffs without values', async () => {
    const { configuration, history } = await TestControl.over(new MemoryStore());
    await configuration.apply(file(gateway + secretOf(pair)));
    await configuration.apply(file(secretOf(next)));
    const text = JSON.stringify(await history.changesOf(2));
    for (const trace of [...traces(pair), ...traces(next)]) assert.ok(!text.includes(trace));
    assert.match(text, /Secret/);
  });

  test('is shown with its certificate and without its keys; what is shown cannot be applied', async () => {
    const shown = shownText('Secret', secretOf(pair).replace(/---\n$/, ''));
    for (const trace of [...traces(pair), base64('hidden')]) assert.ok(!shown.includes(trace), trace);
    assert.match(shown, /weft\.dev\/redacted/);
    const certificate = /tls\.crt: (\S+)/.exec(shown)?.[1] ?? '';
    assert.equal(Buffer.from(certificate, 'base64').toString().trim(), pair.cert.trim());
    const { configuration } = await TestControl.over(new MemoryStore());
    const change = await configuration.apply(file(shown));
    assert.deepEqual(
      change.diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code),
      ['WFT0114'],
    );
    assert.equal(change.revision, undefined);
  });
});

describe('credentials', () => {
  test('are handed to the gateway that names them, and to nobody else', async () => {
    const store = new MemoryStore();
    const control = await TestControl.over(store);
    const credentials = new Credentials({ publisher: control.publisher, store });
    const apply = async (yaml: string) => {
      await control.configuration.apply(file(yaml), { replace: true });
      credentials.configure(control.changes.at(-1) ?? []);
    };
    const id = workloadId('cluster.local', 'istio-system', 'istio-ingressgateway-service-account');
    assert.deepEqual(await credentials.for(id), []);
    await apply(gateway + secretOf(pair) + secretOf(next, 'other'));
    const [one, ...more] = await credentials.for(id);
    assert.equal(more.length, 0, 'no Secret that nothing names');
    assert.equal(one?.certificate, 'Secret/istio-system/shop');
    assert.equal(one?.key, pair.key);
    assert.equal(one?.roots, '');
    for (const [namespace, account] of [
      ['default', 'istio-ingressgateway-service-account'],
      ['istio-system', 'default'],
    ] as const)
      assert.deepEqual(await credentials.for(workloadId('cluster.local', namespace, account)), []);
    const stranger = workloadId('other.example', 'istio-system', 'istio-ingressgateway-service-account');
    assert.deepEqual(await credentials.for(stranger), []);
    await apply(gateway);
    assert.deepEqual(
      (await credentials.for(id)).map(({ version, chain, key }) => [version, chain, key]),
      [['', '', '']],
    );
  });
});
