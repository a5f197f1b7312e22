import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ControlClient } from '../../cli/control-client.ts';
import type { RuntimeName } from '../../cli/runtime-paths.ts';
import { parseAttestorFile } from '../../control/attest/read-attestor-file.ts';
import type { Issuance } from '../../src/identity/authority/issuance-log.ts';
import { ProgramProcess } from '../support/child-process.ts';
import { serviceOf } from '../support/control-parts.ts';
import { ask } from '../support/http-client.ts';
import { weft } from '../support/running-mesh.ts';
import { type TokenIssuer, tokenIssuer } from '../support/token-issuer.ts';
import { until } from '../support/until.ts';

const RUNTIMES: readonly RuntimeName[] = ['deno', 'bun', 'node'];
const credential = 'of-this-run';
const bearer = { headers: { authorization: `Bearer ${credential}` } };
const id = 'spiffe://cluster.local/ns/default/sa/reviews';

const policies = `
issuers:
  - name: cluster
    issuer: https://cluster.example
    audiences: [weft]
    jwksFile: keys.json
    rules:
      - namespace: '{[kubernetes.io][namespace]}'
        serviceAccount: '{[kubernetes.io][serviceaccount][name]}'
        namespaces: [default]
        serviceAccounts: ['*']
`;

let folder: string;
let issuer: TokenIssuer;
let control: ProgramProcess;
const sidecars: ProgramProcess[] = [];
const at = (name: string) => join(folder, name);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weft-attest-'));
  issuer = await tokenIssuer('RS256');
  writeFileSync(at('keys.json'), issuer.keySet());
  writeFileSync(at('attestors.yaml'), policies);
  const flags = [
    '--state',
    at('control'),
    '--fresh',
    '--svid-ttl',
    '10',
    '--attestors',
    at('attestors.yaml'),
    '--attest-development',
  ];
  control = new ProgramProcess('node', 'control/main.ts', flags);
  await control.ready();
  const files = [{ file: 'mesh.yaml', text: serviceOf('reviews') }];
  await ControlClient.fromState(at('control')).post('/v1/admin/apply', { files, replace: true });
  const made = await weft(
    'join-bundle',
    'reviews-v1',
    '--no-token',
    '-o',
    at('reviews.json'),
    '--state',
    at('control'),
  );
  assert.equal(made.code, 0, made.stderr);
  await writeToken('token', issuer);
});
after(async () => {
  await Promise.all([...sidecars, control].map((one) => one.end('SIGKILL')));
  rmSync(folder, { recursive: true });
});

async function writeToken(name: string, by: TokenIssuer): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const account = { namespace: 'default', serviceaccount: { name: 'reviews' } };
  const claims = { iss: 'https://cluster.example', aud: ['weft'], iat: now, exp: now + 600 };
  writeFileSync(at(name), `${await by.sign({ ...claims, 'kubernetes.io': account })}\n`);
}

/** `certs` is the folder of the application's files, one for each sidecar. */
function startSidecar(runtime: RuntimeName, token: string, certs: string = runtime): ProgramProcess {
  const args = [
    '--join',
    at('reviews.json'),
    '--app-port',
    '1',
    '--attest-token-file',
    at(token),
    '--spiffe-port',
    '0',
  ];
  const env = { WEFT_PROXY_CREDENTIAL: credential, OUTPUT_CERTS: at(certs) };
  const sidecar = new ProgramProcess(runtime, 'sidecar/main.ts', args, env);
  sidecars.push(sidecar);
  return sidecar;
}

describe('a workload with a token of its cluster', { concurrency: RUNTIMES.length + 2 }, () => {
  for (const runtime of RUNTIMES)
    test(`is attested on ${runtime}, and its application has SVIDs, tokens and files`, async () => {
      const { identity, spiffe } = await startSidecar(runtime, 'token').ready();
      assert.equal(identity, id);
      const get = async (path: string) =>
        JSON.parse((await ask(`http://127.0.0.1:${spiffe}${path}`, bearer)).body);
      const [svid] = (await get('/x509-svid')).svids;
      assert.equal(svid.spiffe_id, id);
      const written = (name: string) => readFileSync(join(at(runtime), name), 'utf8');
      const [chain, key] = [written('cert-chain.pem'), written('key.pem')];
      assert.ok(new X509Certificate(chain).checkPrivateKey(createPrivateKey(key)));
      assert.equal(written('root-cert.pem'), svid.bundle);
      const [{ svid: token }] = (await get('/jwt-svid?audience=db')).svids;
      assert.equal((await get(`/validate-jwt-svid?audience=db&svid=${token}`)).spiffe_id, id);
      assert.equal((await ask(`http://127.0.0.1:${spiffe}/x509-svid`)).status, 401);
      await until('the files to follow a renewal', () => written('cert-chain.pem') !== chain || undefined);
      assert.notEqual(written('key.pem'), key);
    });

  test('is believed without one in development mode, of which control tells loudly', async () => {
    const told = control.events.filter(({ event }) => String(event).startsWith('DEVELOPMENT ATTESTATION'));
    assert.equal(told.length, 1);
    const args = ['--join', at('reviews.json'), '--app-port', '1', '--attest-development'];
    const sidecar = new ProgramProcess('bun', 'sidecar/main.ts', args, {
      WEFT_PROXY_CREDENTIAL: credential,
    });
    sidecars.push(sidecar);
    assert.equal((await sidecar.ready()).identity, id);
  });

  test('finds all that the page about identity says', async () => {
    const page = readFileSync('docs/identity.md', 'utf8');
    const [, policy = ''] = /^```yaml\n([\s\S]*?)^```/m.exec(page) ?? [];
    assert.equal(parseAttestorFile(policy, 'docs/identity.md').issuers.length, 3);
    const { spiffe } = await startSidecar('bun', 'token', 'page').ready();
    const endpoint = {
      WEFT_SPIFFE_ENDPOINT: `http://127.0.0.1:${spiffe}`,
      WEFT_SPIFFE_CREDENTIAL: credential,
    };
    const env = { ...process.env, ...endpoint, WEFT_STATE: at('control') };
    const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
      block.trim().split('\n'),
    );
    assert.equal(commands.length, 6);
    for (const command of commands) {
      const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { env, encoding: 'utf8' });
      assert.equal(status, 0, `${command}\n${stderr}`);
      assert.match(stdout, /reviews|x509-svid/);
    }
  });
});

describe('a token of a cluster', () => {
  test('starts from a bundle that is written for its owner alone, and never over another file', async () => {
    const bundle = (...args: string[]) => weft('join-bundle', ...args, '--state', at('control'));
    const file = ['-o', at('reviews.json')];
    assert.equal(statSync(at('reviews.json')).mode & 0o777, 0o600);
    assert.ok(!readFileSync(at('reviews.json'), 'utf8').includes('"token"'));
    const [again, nobody] = await Promise.all([bundle('reviews-v1', ...file), bundle('nobody')]);
    assert.equal(again.code, 64);
    assert.match(again.stderr, /reviews\.json is there already/);
    assert.notEqual(nobody.code, 0);
    assert.match(nobody.stderr, /there is no Deployment or gateway default\/nobody/);
  });

  test('stands in the log of issuances with its issuer', async () => {
    const { stdout } = await weft('ca', 'list', '--who', 'token', '-o', 'json', '--state', at('control'));
    const { items } = JSON.parse(stdout) as { items: Issuance[] };
    assert.ok(items.length >= RUNTIMES.length);
    for (const { who, what } of items) assert.deepEqual([who, what], ['token/cluster', id]);
  });

  test('by another key is nobody’s, and the sidecar does not start', async () => {
    await writeToken('forged', await tokenIssuer('RS256'));
    const sidecar = startSidecar('bun', 'forged', 'forged');
    await assert.rejects(sidecar.ready(), /ended with 1[\s\S]*403/);
    assert.ok(
      control.events.some(({ event, code }) => event === 'identity refused' && code === 'token_signature'),
    );
  });
});
