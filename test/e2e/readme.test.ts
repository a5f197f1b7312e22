import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { missingRedis, RedisServer } from '../support/redis-server.ts';
import { RunningMesh } from '../support/running-mesh.ts';
import { limitCases } from './limit-cases.ts';
import { keyHost, keys, tokenCases } from './token-cases.ts';

const readme = readFileSync('README.md', 'utf8');
const commands = [...readme.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
  block.trim().split('\n'),
);
const scripts: Record<string, string> = JSON.parse(readFileSync('package.json', 'utf8')).scripts;

/** Commands that are themselves what runs this test, or that boot what it boots. */
const elsewhere = new Set([
  'npm start',
  'npm test',
  'npm run check',
  'npm run conformance -- --data ../shared/conformance',
]);

let mesh: RunningMesh;
let redis: RedisServer | undefined;
before(async () => {
  await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve));
  // What `weft up` hands on to its proxies: keys come from this machine here.
  process.env.WEFT_JWKS_HOSTS = keyHost();
  if (missingRedis() === false) {
    redis = await RedisServer.start('secret');
    process.env.WEFT_RATE_LIMIT_REDIS = redis.url;
  }
  mesh = await RunningMesh.boot();
});
after(async () => {
  keys.close();
  await mesh?.stop();
  await redis?.stop();
});

test('the README has its commands in blocks', () =>
  assert.ok(commands.length >= 12, String(commands.length)));

for (const command of commands.filter((line) => !elsewhere.has(line))) {
  test(`README: ${command}`, () => {
    const line = command.replaceAll('http://127.0.0.1:8080', mesh.gateway);
    const env = { ...process.env, WEFT_STATE: mesh.state };
    const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { env, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.ok(stdout.trim().length > 0, 'it prints something');
  });
}

test('the other commands of the README are scripts of the package', () => {
  const named = [...elsewhere].map((line) => line.replace(/^npm (run )?/, '').split(' ')[0] ?? '');
  assert.deepEqual(
    named.filter((name) => scripts[name] === undefined),
    [],
  );
});

/** What the mesh started with is in force again. */
async function goBack(): Promise<void> {
  const { stdout, stderr } = await mesh.weft('rollback', '1');
  const revision = Number(/revision (\d+) published/.exec(stdout)?.[1] ?? assert.fail(stdout + stderr));
  await Promise.all([mesh.untilSidecars(revision), mesh.untilGateway(revision)]);
}

// They need no mesh of their own.
describe('policies of a live mesh', () => {
  describe('that ask for tokens', () => {
    before(goBack);
    tokenCases(() => mesh);
  });
  describe('that count', () => {
    before(goBack);
    limitCases(
      () => mesh,
      () => redis ?? assert.fail('no Redis'),
    );
  });
});
