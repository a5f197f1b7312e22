import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { caApi } from '../../../control/ca/ca-api.ts';
import { CertificateAuthority } from '../../../control/ca/certificate-authority.ts';
import { NotReady } from '../../../control/ca/rotation-desk.ts';
import type { Known } from '../../../control/ca/trust-holders.ts';
import type { TrustContent } from '../../../control/ca/trust-publisher.ts';
import { recordIssuance } from '../../../src/identity/authority/issuance-log.ts';
import { newIntermediate, newMaterial, newRoot } from '../../../src/identity/authority/new-material.ts';
import { parseSpiffeId, workloadId } from '../../../src/identity/spiffe.ts';
import { createCsr } from '../../../src/identity/x509/csr.ts';
import { generateKey } from '../../../src/identity/x509/p256.ts';
import type { ReportedTrust } from '../../../src/proxy/telemetry/report.ts';
import { MemoryStore } from '../../../src/runtime/store/memory.ts';
import { StateDirectory } from '../../../src/runtime/store/state-directory.ts';
import { RememberedLog } from '../../support/control-parts.ts';
import { coded, NOON, TRUST_DOMAIN, testPorts } from '../../support/identity-mesh.ts';
import { ManualClock } from '../../support/scripted-transport.ts';

const id = 'spiffe://cluster.local/ns/default/sa/reviews';
const { random } = testPorts();

describe('the authority as control runs it', () => {
  let folder: string;
  let made = 0;
  let clock: ManualClock;
  let store: MemoryStore;
  let known: Known[];
  let signers: boolean;
  let state: StateDirectory;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'weft-ca-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    clock = new ManualClock();
    clock.time = NOON;
    [store, known, signers] = [new MemoryStore(), [], false];
    state = new StateDirectory(join(folder, String(made++)));
  });

  const opened = (env: Record<string, string> = {}) =>
    CertificateAuthority.open({
      ...{ state, store, clock, random, env, trustDomain: TRUST_DOMAIN, log: new RememberedLog() },
      known: () => known,
      signers: async () => signers,
    });
  /** With all that was told of whom the mesh believes. */
  const telling = async () => {
    const ca = await opened();
    const told: TrustContent[] = [];
    await ca.publishBy(async (content) => told.push(content));
    return { ca, told };
  };
  const reporting = (instance: string, trust: ReportedTrust, silentMs = 0): Known => ({
    silentMs,
    heard: {
      ...{ kind: 'sidecar', namespace: 'default', workload: instance, owner: id, receivedAt: 0, skewMs: 0 },
      report: {
        ...{ instance, startedAt: 0, sentAt: 0, revision: 1, runtime: 'node', version: '0', trust },
      },
    },
  });
  const prepared = async (ca: CertificateAuthority) => {
    const csr = await ca.rotation.begin();
    const root = await newRoot(TRUST_DOMAIN, { clock, random });
    const intermediatePem = await newIntermediate(csr, root, TRUST_DOMAIN, { clock, random });
    assert.equal(await ca.rotation.take({ rootPem: root.rootPem, intermediatePem }), false);
    return (await ca.rotation.status())?.to ?? '';
  };

  test('makes a development authority once, its keys wrapped by a key beside it', async () => {
    const first = await opened();
    assert.equal(first.keys, 'development');
    for (const name of ['authority.json', 'authority-root.json', 'authority.kek'])
      assert.equal(statSync(state.file(name)).mode & 0o077, 0, name);
    for (const name of ['authority.json', 'authority-root.json'])
      assert.doesNotMatch(readFileSync(state.file(name), 'utf8'), /PRIVATE KEY/);
    assert.equal((await opened()).authority.bundle(), first.authority.bundle());
  });

  test('wraps the keys of a file in which they lay in the clear', async () => {
    const material = await newMaterial(TRUST_DOMAIN, { clock, random });
    state.write('authority.json', JSON.stringify(material));
    assert.equal((await opened()).authority.bundle(), material.rootsPem);
    assert.doesNotMatch(readFileSync(state.file('authority.json'), 'utf8'), /PRIVATE KEY/);
  });

  test('opens its key by what wrapped it, and says what it misses', async () => {
    const kek = Buffer.alloc(32, 7).toString('base64');
    assert.equal((await opened({ WEFT_CA_KEK: kek })).keys, 'secret');
    assert.equal((await opened({ WEFT_CA_KEK: kek })).keys, 'secret');
    const wrong: readonly (readonly [Record<string, string>, RegExp])[] = [
      [{}, /is wrapped by a secret: give it in WEFT_CA_KEK/],
      [{ WEFT_CA_KEK: Buffer.alloc(32, 8).toString('base64') }, /cannot be opened/],
      [{ WEFT_CA_KEK: 'short' }, /must be 32 bytes in base64/],
      [{ WEFT_CA_PASSPHRASE: 'a long passphrase' }, /was wrapped by a secret, and a passphrase was given/],
      [{ WEFT_CA_PASSPHRASE: 'short' }, /must have 12 characters/],
      [{ WEFT_CA_PASSPHRASE: 'a long passphrase', WEFT_CA_KEK: kek }, /give one of/],
      [{ WEFT_CA_PASSPHRASE_FILE: join(folder, 'nowhere') }, /there is no file/],
    ];
    for (const [env, message] of wrong) await assert.rejects(opened(env), message);
  });

  test('opens its key by a passphrase in a file', async () => {
    const file = join(folder, 'passphrase');
    writeFileSync(file, 'correct horse battery\n');
    assert.equal((await opened({ WEFT_CA_PASSPHRASE_FILE: file })).keys, 'passphrase');
    assert.equal((await opened({ WEFT_CA_PASSPHRASE: 'correct horse battery' })).keys, 'passphrase');
  });

  test('lets no root issue before every proxy has it, nor the old one go while one lives by it', async () => {
    const { ca, told } = await telling();
    const from = ca.authority.rootHash();
    const to = await prepared(ca);
    clock.time += 10_000;
    const holds = (roots: readonly string[], certificateRoot: string) => ({
      sequence: 1,
      roots,
      certificateRoot,
    });
    known = [reporting('a', holds([from], from)), reporting('b', holds([from], from), 20_000)];
    await ca.rotation.advance('distribute', false);
    assert.deepEqual([told.at(-1)?.roots.length, told.at(-1)?.issuing], [2, from]);
    assert.deepEqual(
      (await ca.rotation.status())?.awaited.map(({ instance, reason }) => [instance, reason]),
      [
        ['a', 'has not got the root'],
        ['b', 'silent for 20 s'],
      ],
    );
    await assert.rejects(ca.rotation.advance('activate', false), NotReady);
    assert.equal(ca.authority.rootHash(), from);

    known = [reporting('a', holds([from, to], from)), reporting('b', holds([from, to], from), 20_000)];
    await ca.rotation.advance('activate', false);
    assert.deepEqual([told.at(-1)?.roots.length, told.at(-1)?.issuing], [2, to]);
    await assert.rejects(ca.rotation.advance('retire', false), NotReady);

    known = [reporting('a', holds([from, to], to)), reporting('b', holds([from, to], to))];
    await ca.rotation.advance('retire', false);
    assert.deepEqual([told.at(-1)?.roots.length, told.at(-1)?.issuing], [1, to]);
    assert.equal(await ca.rotation.status(), undefined);
    assert.equal((await opened()).authority.rootHash(), to);
  });

  test('goes on in its phase after a restart, and waits for reports first', async () => {
    const { ca } = await telling();
    const to = await prepared(ca);
    await ca.rotation.advance('distribute', false);
    const again = await opened();
    assert.equal((await again.rotation.status())?.to, to);
    await assert.rejects(again.rotation.advance('activate', false), NotReady);
    clock.time += 10_000;
    await again.rotation.advance('activate', false);
    assert.equal(again.authority.rootHash(), to);
  });

  test('gives gateway Workers time to read their certificates, and nobody where it is forced', async () => {
    const { ca } = await telling();
    await prepared(ca);
    clock.time += 10_000;
    await ca.rotation.advance('distribute', false);
    await ca.rotation.advance('activate', false);
    signers = true;
    await assert.rejects(ca.rotation.advance('retire', false), NotReady);
    clock.time += 120_000;
    assert.deepEqual((await ca.rotation.status())?.awaited, []);
    clock.time -= 120_000;
    await ca.rotation.advance('retire', true);
    assert.equal(await ca.rotation.status(), undefined);
  });

  test('retires no root while somebody who is not heard of holds a certificate of it', async () => {
    const { ca } = await telling();
    const issued = (account: string, serial: string, who = 'join', notAfter = NOON + 3_600_000) => {
      const what = `spiffe://${TRUST_DOMAIN}/ns/default/sa/${account}`;
      return recordIssuance(store, { when: NOON, who, what, serial, notAfter });
    };
    await issued('asleep', '0a');
    await issued('reviews', '0b');
    await issued('denied', '0c');
    await issued('gone', '0d', 'join', NOON + 1000);
    await issued('edge', '0e', 'edge');
    await ca.deny({ kind: 'serial', value: '0c' }, 'lost');
    const to = await prepared(ca);
    clock.time += 10_000;
    await ca.rotation.advance('distribute', false);
    await ca.rotation.advance('activate', false);
    known = [reporting('a', { sequence: 1, roots: [to], certificateRoot: to })];
    await issued('reviews', '0f');
    await assert.rejects(ca.rotation.advance('retire', false), ({ awaited }: NotReady) => {
      assert.deepEqual(
        awaited.map(({ proxy }) => proxy),
        [`spiffe://${TRUST_DOMAIN}/ns/default/sa/asleep`],
      );
      return true;
    });
    clock.time += 3_600_000;
    await ca.rotation.advance('retire', false);
    assert.equal(await ca.rotation.status(), undefined);
  });

  test('takes no certificate of another request, and stays as it was', async () => {
    const ca = await opened();
    const other = await newMaterial(TRUST_DOMAIN, { clock, random });
    await ca.rotation.begin();
    const made = { rootPem: other.rootsPem, intermediatePem: other.intermediatePem };
    await assert.rejects(ca.rotation.take(made), coded('certificate_signature'));
    assert.equal((await ca.rotation.status())?.to, '');
    await assert.rejects(ca.rotation.advance('distribute', true), coded('authority_rotation'));
    await ca.rotation.abort();
    assert.equal(await ca.rotation.status(), undefined);
  });

  test('denies and believes again, tells it at once, and keeps it', async () => {
    const { ca, told } = await telling();
    const before = ca.bundle();
    assert.equal(ca.bundle(), before);
    await ca.deny({ kind: 'id', value: id }, 'lost');
    assert.deepEqual(told.at(-1)?.denied, [{ kind: 'id', value: id }]);
    assert.ok(ca.isDenied(parseSpiffeId(id)));
    assert.notEqual(ca.bundle(), before);
    assert.ok((await opened()).isDenied(parseSpiffeId(id)));
    assert.equal(await ca.allow({ kind: 'id', value: id }), true);
    assert.deepEqual(told.at(-1)?.denied, []);
  });

  test('issues by the root in use, also while that changes, eight at a time', async () => {
    const { ca } = await telling();
    await prepared(ca);
    clock.time += 10_000;
    const csr = await createCsr(await generateKey());
    const who = workloadId(TRUST_DOMAIN, 'default', 'reviews');
    const issued = Array.from({ length: 40 }, () => ca.gate.run(() => ca.authority.issue(csr, who, 60_000)));
    await ca.rotation.advance('distribute', false);
    await ca.rotation.advance('activate', false);
    assert.equal(new Set((await Promise.all(issued)).map(({ serial }) => serial)).size, 40);
    assert.ok(ca.gate.load.mostInFlight <= 8);
  });

  describe('and its API', () => {
    const call = async (ca: CertificateAuthority, path: string, body?: unknown) => {
      const api = caApi({ ca, store, clock });
      const init = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      };
      const answer = await api.request(path, body === undefined ? {} : init);
      const text = await answer.text();
      return {
        status: answer.status,
        text,
        body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
      };
    };

    test('tells everything about the authority that is no secret', async () => {
      const ca = await opened();
      const { body, text } = await call(ca, '/ca');
      assert.equal(body.rootInUse, body.roots[0].hash);
      assert.equal(body.intermediates[0].key, 'P-256');
      assert.doesNotMatch(text, /PRIVATE|sealed/);
      assert.equal((await call(ca, '/ca/bundle')).body.pem, ca.authority.bundle());
    });

    test('lists what was issued by the words that are given, and marks what is denied', async () => {
      const ca = await opened();
      const entry = { when: NOON, who: 'join', what: id, serial: 'ab12', notAfter: NOON + 1 };
      await recordIssuance(store, entry);
      await ca.deny({ kind: 'serial', value: 'ab12' }, 'x');
      assert.deepEqual((await call(ca, '/ca/issuances?serial=ab12')).body, [{ ...entry, denied: true }]);
      assert.deepEqual((await call(ca, '/ca/issuances?who=renew')).body, []);
      assert.deepEqual((await call(ca, '/ca/issuances/verify')).body, { entries: 1 });
      assert.equal(ca.denials.all[0]?.until, NOON + 1);
    });

    const subjects: readonly (readonly [string, unknown])[] = [
      [id, { kind: 'id', value: id }],
      ['00:AB:12', { kind: 'serial', value: 'ab12' }],
      ['0xab12', { kind: 'serial', value: 'ab12' }],
      ['spiffe://cluster.local', 409],
      ['spiffe://cluster.local/ns/../sa', 409],
      ['reviews', 409],
    ];
    for (const [subject, expected] of subjects)
      test(`takes "${subject}" as ${JSON.stringify(expected)}`, async () => {
        const { status, body } = await call(await opened(), '/ca/deny', { subject, reason: 'x' });
        assert.deepEqual(status === 200 ? body : status, expected);
      });

    test('says who is waited for, and why a step cannot be taken', async () => {
      const ca = await opened();
      const early = await call(ca, '/ca/rotation/phase', { phase: 'activate' });
      assert.equal(early.status, 409);
      assert.match(early.text, /begin with prepare/);
      await prepared(ca);
      assert.deepEqual((await call(ca, '/ca/rotation/phase', { phase: 'distribute' })).body, {
        done: true,
        awaited: [],
      });
      const waiting = await call(ca, '/ca/rotation/phase', { phase: 'activate' });
      assert.equal(waiting.body.done, false);
      assert.match(waiting.body.awaited[0].reason, /waits for reports/);
    });
  });
});
