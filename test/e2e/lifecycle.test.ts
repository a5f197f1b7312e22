import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ask } from '../support/http-client.ts';
import { commandsWith, descendants, type SeenProcess, stillRunning } from '../support/process-tree.ts';
import { freshState, RunningMesh, weft, weftProcess } from '../support/running-mesh.ts';
import { root } from '../support/source-tree.ts';
import { until } from '../support/until.ts';

const exampleConfig = 'examples/bookinfo';

const redVirtualService = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: red
  namespace: default
spec:
  hosts: [red.example]
  gateways: [bookinfo-gateway]
  http:
    - directResponse: {status: 200, body: {string: red}}
`;

/** A mesh that cannot be: wrong on the line and column that the message must name. */
const wrongManifests: readonly (readonly [what: string, text: string, said: RegExp])[] = [
  [
    'an unknown field',
    redVirtualService.replace('    - directResponse', '    - direct_answer: 1\n      directResponse'),
    /wrong\.yaml:10:7[\s\S]*direct_answer/,
  ],
  [
    'an unknown kind',
    redVirtualService.replace('kind: VirtualService', 'kind: VirtualServce'),
    /wrong\.yaml:2:7[\s\S]*VirtualServce[\s\S]*VirtualService/,
  ],
  ['text that is no YAML', 'kind: [', /wrong\.yaml:1:\d+/],
];

describe('weft that is used wrongly', () => {
  let folder: string;
  before(() => {
    folder = freshState();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  test('an unknown command, option or an absent argument is a usage error', async () => {
    for (const args of [
      ['frobnicate'],
      ['get', '--frobnicate'],
      ['validate'],
      ['up', '--port', 'http'],
      ['explain', 'GET'],
    ]) {
      const { code, stderr } = await weft(...args);
      assert.equal(code, 64, args.join(' '));
      assert.match(stderr, /weft --help lists the commands/);
    }
    assert.equal((await weft('--help')).code, 0);
    const throughTheDoor = spawnSync(process.execPath, [join(root, 'cli', 'weft.mjs'), 'frobnicate']);
    assert.equal(throughTheDoor.status, 64);
  });

  test('a busy port is named, and nothing is started', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const state = join(folder, 'busy');
    const { code, stderr } = await weft('up', '--demo', '--state', state, '--port', String(port));
    server.close();
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`port ${port} is in use\\. Choose another with --port`));
    assert.deepEqual(commandsWith(state), []);
  });

  for (const [what, text, said] of wrongManifests) {
    test(`up with ${what} ends with 65, says where and starts nothing`, async () => {
      const state = join(folder, 'wrong');
      const { code, stderr } = await weft(
        'up',
        '--demo',
        '--state',
        state,
        '--config',
        exampleConfig,
        '--config',
        file('wrong.yaml', text),
      );
      assert.equal(code, 65, stderr);
      assert.match(stderr, said);
      assert.deepEqual(commandsWith(state), []);
      for (const left of ['control.json', 'mesh.json', 'up.pid'])
        assert.equal(existsSync(join(state, left)), false, left);
    });
  }

  test('validate ends with 0 for what is right and with 79 for what is not', async () => {
    const right = await weft('validate', '-f', exampleConfig);
    assert.equal(right.code, 0, right.stderr);
    assert.match(right.stdout, /resources in 4 files are valid/);
    const wrong = await weft(
      'validate',
      '-f',
      exampleConfig,
      '-f',
      file('wrong.yaml', wrongManifests[0]?.[1] ?? ''),
    );
    assert.equal(wrong.code, 79);
    assert.match(wrong.stderr, /wrong\.yaml:10:7/);
    assert.equal((await weft('validate', '-f', join(folder, 'absent.yaml'))).code, 65);
  });

  test('commands for a running mesh say that none runs', async () => {
    for (const args of [
      ['get'],
      ['apply', '-f', exampleConfig],
      ['delete', '-f', exampleConfig],
      ['explain', 'GET', 'http://x/'],
    ]) {
      const { code, stderr } = await weft(...args, '--state', join(folder, 'nowhere'));
      assert.equal(code, 69, args.join(' '));
      assert.match(stderr, /no mesh is running here[\s\S]*npm start/);
    }
  });
});

describe('Ctrl-C while the mesh is booting', () => {
  // At each of these something is about to be started.
  const moments: readonly (readonly [
    when: string,
    come: (state: string, seen: readonly SeenProcess[]) => boolean,
  ])[] = [
    ['control is up', (state) => existsSync(join(state, 'control.json'))],
    ['sidecars are starting', (state) => existsSync(join(state, 'logs', 'details-v1-sidecar.log'))],
    ['the gateway is there', (_, seen) => seen.some(({ name }) => name.includes('workerd'))],
  ];
  for (const [when, come] of moments) {
    test(`when ${when} leaves nothing behind`, async () => {
      const state = freshState();
      const child = weftProcess(['up', '--demo', '--state', state]);
      child.stdout?.resume();
      child.stderr?.resume();
      const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
      let seen: SeenProcess[] = [];
      await until(when, () => {
        seen = descendants(child.pid ?? 0);
        return come(state, seen) ? true : undefined;
      });
      child.kill('SIGINT');
      assert.equal(await ended, 0);
      assert.deepEqual(stillRunning(seen), []);
      assert.deepEqual(commandsWith(state), []);
      assert.equal(existsSync(join(state, 'up.pid')), false);
      rmSync(state, { recursive: true });
    });
  }
});

test('what a killed run left behind is ended by the next one', async () => {
  const state = freshState();
  const child = weftProcess(['up', '--state', state]);
  child.stdout?.resume();
  child.stderr?.resume();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await until('control is up', () => existsSync(join(state, 'control.json')) || undefined);
  const seen = descendants(child.pid ?? 0);
  child.kill('SIGKILL');
  await ended;
  assert.notDeepEqual(stillRunning(seen), []);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { stderr } = await weft('up', '--state', state, '--port', String(port));
  server.close();
  assert.match(stderr, /ended \d+ processes that an earlier run left behind/);
  await until('they are gone', () => stillRunning(seen).length === 0 || undefined);
  rmSync(state, { recursive: true });
});

describe('a mesh from its start to its end', () => {
  let mesh: RunningMesh;
  before(async () => {
    mesh = await RunningMesh.boot();
  });
  after(() => mesh.stop());

  test('a second up in the same state directory is refused and does the first no harm', async () => {
    const { code, stderr } = await weft('up', '--demo', '--state', mesh.state);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`a mesh already runs from \\S+ \\(process ${mesh.pid}\\).*--state`));
    assert.equal((await ask(`${mesh.gateway}/productpage`)).status, 200);
    assert.equal((await mesh.weft('get')).code, 0);
  });

  test('secrets of the state directory are for its owner alone', () => {
    assert.equal(statSync(mesh.state).mode & 0o077, 0);
    for (const name of ['authority.json', 'signing-key.json', 'control.json', 'store.db', 'mesh.json'])
      assert.equal(statSync(join(mesh.state, name)).mode & 0o077, 0, name);
    assert.deepEqual(readdirSync(join(mesh.state, 'join')), [], 'used join bundles are gone');
  });

  test('get lists, filters and prints what is in force', async () => {
    const all = await mesh.weft('get');
    assert.match(all.stdout, /^KIND +NAMESPACE +NAME +FROM/);
    assert.match(all.stdout, /^VirtualService +default +reviews +examples\/bookinfo\/routing\.yaml:\d+$/m);
    const names = await mesh.weft('get', 'virtualservices', '-o', 'name');
    assert.equal(names.stdout, 'virtualservice/default/bookinfo\nvirtualservice/default/reviews\n');
    const yaml = await mesh.weft('get', 'virtualservice', 'reviews', '-o', 'yaml');
    const source = readFileSync(join(root, exampleConfig, 'routing.yaml'), 'utf8');
    assert.ok(source.includes(yaml.stdout.trim()), 'the text that was applied, comments and all');
    const { items } = JSON.parse((await mesh.weft('get', 'gateway', '-o', 'json')).stdout);
    assert.deepEqual(
      items.map(({ name }: { name: string }) => name),
      ['bookinfo-gateway'],
    );
    assert.equal((await mesh.weft('get', 'serviceentry')).code, 1);
    assert.equal((await mesh.weft('get', '-o', 'xml')).code, 64);
  });

  test('explain names the YAML line of each decision and both destinations of a split', async () => {
    const { code, stdout } = await mesh.weft(
      'explain',
      'GET',
      'http://reviews:9080/reviews/0',
      '--from',
      'productpage-v1',
    );
    assert.equal(code, 0);
    assert.match(stdout, /routing\.yaml:\d+/);
    assert.match(stdout, /outbound\|9080\|v1\|reviews\.default\.svc\.cluster\.local 80/);
    assert.match(stdout, /outbound\|9080\|v3\|reviews\.default\.svc\.cluster\.local 20/);
    const denied = await mesh.weft(
      'explain',
      'GET',
      'http://ratings:9080/ratings/0',
      '--from',
      'productpage-v1',
    );
    assert.match(denied.stdout, /403[\s\S]*RBAC: access denied/);
    assert.equal((await mesh.weft('explain', 'GET', 'http://x/', '--from', 'nobody')).code, 64);
  });

  test('apply and delete change what the gateway does; a dry run changes nothing', async () => {
    const file = join(mesh.state, 'red.yaml');
    writeFileSync(file, redVirtualService);
    const answer = async () => (await ask(`${mesh.gateway}/`, { headers: { host: 'red.example' } })).status;
    const dry = await mesh.weft('apply', '--dry-run', '-f', file);
    assert.deepEqual([dry.code, dry.stdout], [0, 'VirtualService default/red valid (dry run)\n'], dry.stderr);
    assert.equal((await mesh.weft('get', 'virtualservice', 'red')).code, 1);
    const applied = await mesh.weft('apply', '-f', file);
    assert.match(applied.stdout, /^VirtualService default\/red configured\nrevision \d+ published\n$/);
    await until('the gateway answers by itself', async () => ((await answer()) === 200 ? true : undefined));
    const deleted = await mesh.weft('delete', '-f', file);
    assert.match(deleted.stdout, /^VirtualService default\/red deleted\nrevision \d+ published\n$/);
    await until('the gateway forgot it', async () => ((await answer()) === 404 ? true : undefined));
    assert.equal((await mesh.weft('delete', '-f', file)).code, 1);
  });

  test('Ctrl-C stops every process, and leaves nothing that says a mesh runs', async () => {
    const seen = descendants(mesh.pid);
    const pids = new Set(seen.map(({ pid }) => pid));
    for (const { name, pid } of mesh.info.rows)
      assert.ok(pids.has(pid), `${name} is not among the processes`);
    assert.ok(
      seen.some(({ name }) => name.includes('workerd')),
      'the gateway itself is among them',
    );
    const code = await mesh.stop('SIGINT');
    assert.equal(code, 0);
    assert.deepEqual(stillRunning(seen), []);
    assert.deepEqual(commandsWith(mesh.state), []);
    await assert.rejects(ask(`${mesh.gateway}/productpage`));
  });
});
