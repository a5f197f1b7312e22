import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { SvidFiles } from '../../../src/runtime/control/svid-files.ts';
import { RememberedLog } from '../../support/control-parts.ts';
import { testAuthority, testBundle, testSvid } from '../../support/identity-mesh.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-certs-'));
after(() => rmSync(folder, { recursive: true }));
const authority = await testAuthority();
const bundle = testBundle(authority);
const [first, second] = [await testSvid(authority, 'a'), await testSvid(authority, 'a')];
const at = (name: string) => join(folder, 'out', name);
const read = (name: string) => readFileSync(at(name), 'utf8');

describe('the certificates of an application', () => {
  const log = new RememberedLog();
  const files = new SvidFiles(join(folder, 'out'), log);

  test('are chain, key and roots under the names of Istio’s agent, the key for its owner alone', () => {
    files.write(first.svid, bundle);
    assert.deepEqual(readdirSync(join(folder, 'out')).sort(), ['cert-chain.pem', 'key.pem', 'root-cert.pem']);
    assert.equal(statSync(at('key.pem')).mode & 0o777, 0o600);
    assert.ok(new X509Certificate(read('cert-chain.pem')).checkPrivateKey(createPrivateKey(read('key.pem'))));
    assert.equal(read('root-cert.pem'), bundle.rootsPem);
  });

  test('follow every rotation, and leave alone what has not changed', () => {
    const before = statSync(at('root-cert.pem'));
    files.write(second.svid, bundle);
    assert.equal(read('cert-chain.pem'), second.svid.chainPem);
    assert.equal(read('key.pem'), second.svid.keyPem);
    assert.equal(statSync(at('root-cert.pem')).ino, before.ino);
    assert.equal(statSync(at('key.pem')).mode & 0o777, 0o600);
  });

  test('follow the roots, those of partners among them', () => {
    const federated = [{ trustDomain: 'partner.example', rootsPem: 'partner\n' }];
    files.write(second.svid, { ...bundle, federated });
    assert.equal(read('root-cert.pem'), `${bundle.rootsPem}partner\n`);
  });

  test('that cannot be written are told of, and written with the next change', () => {
    rmSync(join(folder, 'out'), { recursive: true });
    writeFileSync(join(folder, 'out'), 'in the way');
    files.write(first.svid, bundle);
    assert.deepEqual(log.events, ['error certificates not written for the application']);
    rmSync(join(folder, 'out'));
    mkdirSync(join(folder, 'out'));
    files.write(first.svid, bundle);
    assert.equal(read('cert-chain.pem'), first.svid.chainPem);
  });
});
