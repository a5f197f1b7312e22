import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Authority } from '../../../src/identity/authority/authority.ts';
import {
  type AuthorityFile,
  openAuthority,
  parseAuthorityFile,
  sealAuthority,
  wrapIntermediateKey,
} from '../../../src/identity/authority/authority-file.ts';
import type { KeyEncryptionKey } from '../../../src/identity/authority/key-wrap.ts';
import {
  newIntermediate,
  newMaterial,
  newRoot,
  type RootPair,
} from '../../../src/identity/authority/new-material.ts';
import {
  abortRotation,
  advanceRotation,
  beginRotation,
  rootHashes,
  takeCertificates,
} from '../../../src/identity/authority/root-rotation.ts';
import { decodePem, encodePem } from '../../../src/identity/pem.ts';
import { createCsr } from '../../../src/identity/x509/csr.ts';
import { exportPrivateKey, generateKey } from '../../../src/identity/x509/p256.ts';
import { verifySvidChain } from '../../../src/identity/x509/svid-chain.ts';
import { coded, NOON, TRUST_DOMAIN, testPorts, testSvid } from '../../support/identity-mesh.ts';

const ports = testPorts();
const kek: KeyEncryptionKey = { kind: 'secret', secret: new Uint8Array(32).fill(9) };

describe('the rotation of a root', () => {
  let old: RootPair;
  let next: RootPair;
  let idle: AuthorityFile;
  let begun: AuthorityFile;
  let taken: AuthorityFile;

  before(async () => {
    const material = await newMaterial(TRUST_DOMAIN, ports);
    old = { rootPem: material.rootsPem, keyPem: material.rootKeyPem ?? '' };
    next = await newRoot(TRUST_DOMAIN, ports);
    idle = await sealAuthority(material, kek, ports.random);
    const keys = await generateKey();
    const pem = encodePem('PRIVATE KEY', await exportPrivateKey(keys.privateKey));
    const key = await wrapIntermediateKey(pem, TRUST_DOMAIN, kek, ports.random);
    begun = await beginRotation(idle, { csr: await createCsr(keys), key }, NOON);
    taken = await takeCertificates(begun, { rootPem: next.rootPem, intermediatePem: await made(next) });
  });

  const made = (root: RootPair) => newIntermediate(begun.rotation?.csr ?? '', root, TRUST_DOMAIN, ports);
  const authorityOf = async (file: AuthorityFile) =>
    Authority.load(await openAuthority(parseAuthorityFile(JSON.stringify(file)), kek), ports);
  const advanced = async (...phases: readonly ('distribute' | 'activate' | 'retire')[]) => {
    let file = taken;
    for (const phase of phases) file = await advanceRotation(file, phase, NOON + 1);
    return file;
  };
  const pems = async (file: AuthorityFile) =>
    decodePem('CERTIFICATE', (await authorityOf(file)).bundle()).map((der) => encodePem('CERTIFICATE', der));

  test('changes nothing while the next root is prepared', async () => {
    for (const file of [begun, taken]) {
      assert.deepEqual(await pems(file), [old.rootPem]);
      assert.equal(file.rotation?.phase, 'prepare');
      assert.equal(file.rotation?.from, (await rootHashes(old.rootPem))[0]);
    }
  });

  test('distributes both roots while the old one issues', async () => {
    const file = await advanced('distribute');
    assert.deepEqual(await pems(file), [old.rootPem, next.rootPem]);
    await leadsTo(file, old);
  });

  test('then lets the new one issue while both are believed', async () => {
    const file = await advanced('distribute', 'activate');
    assert.deepEqual(await pems(file), [next.rootPem, old.rootPem]);
    assert.equal(file.rotation?.key, undefined);
    await leadsTo(file, next);
  });

  test('and leaves the new one alone in the end', async () => {
    const file = await advanced('distribute', 'activate', 'retire');
    assert.deepEqual(await pems(file), [next.rootPem]);
    assert.equal(file.rotation, undefined);
    await leadsTo(file, next);
  });

  test('is adopted by a running authority', async () => {
    const authority = await authorityOf(idle);
    await authority.adopt(await openAuthority(await advanced('distribute', 'activate'), kek));
    assert.equal(authority.rootHash(), (await rootHashes(next.rootPem))[0]);
    assert.deepEqual(
      [...authority.rootHashes()].sort(),
      [...(await rootHashes(old.rootPem + next.rootPem))].sort(),
    );
    const other = await newMaterial('other.example', ports);
    await assert.rejects(authority.adopt(other), coded('authority_material'));
    assert.equal(authority.root(), next.rootPem);
  });

  test('is given up as long as the old root issues', async () => {
    for (const file of [begun, taken, await advanced('distribute')]) {
      const back = await abortRotation(file);
      assert.deepEqual(await pems(back), [old.rootPem]);
      assert.equal(back.rotation, undefined);
    }
    await assert.rejects(
      abortRotation(await advanced('distribute', 'activate')),
      coded('authority_rotation'),
    );
    await assert.rejects(abortRotation(idle), coded('authority_rotation'));
  });

  test('takes a new intermediate of the root in use at once', async () => {
    const intermediatePem = await made(old);
    const file = await takeCertificates(begun, { rootPem: old.rootPem, intermediatePem });
    assert.equal(file.rotation, undefined);
    assert.equal((await authorityOf(file)).intermediates(), intermediatePem);
    await leadsTo(file, old);
  });

  test('goes from phase to phase in their order, and no other way', async () => {
    const twice = { csr: 'x', key: idle.intermediateKey };
    const wrong: [string, () => Promise<unknown>][] = [
      ['begun twice', () => beginRotation(begun, twice, NOON)],
      ['distributed without certificates', () => advanceRotation(begun, 'distribute', NOON)],
      ['activated first', () => advanceRotation(taken, 'activate', NOON)],
      ['retired first', () => advanceRotation(taken, 'retire', NOON)],
      ['prepared by a step', () => advanceRotation(taken, 'prepare', NOON)],
      ['not begun', () => advanceRotation(idle, 'distribute', NOON)],
      [
        'certificates without a request',
        () => takeCertificates(idle, { rootPem: next.rootPem, intermediatePem: '' }),
      ],
    ];
    for (const [what, step] of wrong) await assert.rejects(step(), coded('authority_rotation'), what);
  });

  async function leadsTo(file: AuthorityFile, root: RootPair): Promise<void> {
    const { svid } = await testSvid(await authorityOf(file), 'reviews');
    const chain = decodePem('CERTIFICATE', svid.chainPem);
    const roots = decodePem('CERTIFICATE', root.rootPem);
    await verifySvidChain({ chain, roots, trustDomain: TRUST_DOMAIN, now: NOON });
  }
});
