import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { appEnvironment } from '../../../cli/run/app-environment.ts';
import { denoPermissions } from '../../../cli/run/sidecar-command.ts';
import { sidecarEnvironment } from '../../../cli/run/sidecar-environment.ts';
import { SIDECAR_VARIABLES } from '../../../src/runtime/control/sidecar-variables.ts';
import { codeOnly, sourceFiles } from '../../support/source-tree.ts';

const ports = { identity: 'spiffe://m/ns/n/sa/a', inbound: 1, outbound: 2, admin: 3 };
const nothing = { join: undefined, net: undefined };
const secrets = {
  WEFT_CA_PASSPHRASE: 'p',
  WEFT_RATE_LIMIT_REDIS: 'redis://u:secret@h',
  WEFT_PROXY_CREDENTIAL: 'old',
};

test('the application gets its port, the proxy with this run’s credential, and nothing that is the sidecar’s', () => {
  const env = appEnvironment(
    { ...secrets, HOME: '/h', NO_PROXY: 'db.local' },
    { appPort: 8080, credential: 'c', ports },
  );
  assert.equal(env.PORT, '8080');
  for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy'])
    assert.equal(env[name], 'http://weft:c@127.0.0.1:2', name);
  assert.equal(env.NO_PROXY, 'db.local,localhost,127.0.0.1,::1');
  assert.deepEqual([env.HOME, env.NODE_USE_ENV_PROXY], ['/h', '1']);
  assert.deepEqual([env.WEFT_IDENTITY, env.WEFT_ADMIN_PORT], [ports.identity, '3']);
  for (const name of Object.keys(secrets)) assert.equal(name in env, false, name);
});

test('the sidecar gets its own variables, and no secret or proxy of the application', () => {
  const given = {
    ...secrets,
    PATH: '/bin',
    AWS_SECRET: 'x',
    HTTP_PROXY: 'http://corp',
    WEFT_STATE: '/mesh',
    WEFT_CA_KEK: 'k',
    WEFT_LOG: 'i',
  };
  const env = sidecarEnvironment(given, 'new');
  assert.deepEqual(
    [env.WEFT_PROXY_CREDENTIAL, env.WEFT_RATE_LIMIT_REDIS, env.PATH, env.WEFT_LOG],
    ['new', 'redis://u:secret@h', '/bin', 'i'],
  );
  for (const name of ['AWS_SECRET', 'HTTP_PROXY', 'WEFT_STATE', 'WEFT_CA_KEK'])
    assert.equal(name in env, false, name);
});

test('under Deno a sidecar may read its bundle, write its state, and neither run nor load anything', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'weft-permissions-')));
  const [bundle, state] = [join(folder, 'join.json'), join(folder, 'state')];
  writeFileSync(bundle, '{}');
  const flags = denoPermissions({ ...nothing, join: bundle, state });
  assert.deepEqual(flags.slice(0, 3), [
    '--allow-net',
    `--allow-read=${state},${bundle}`,
    `--allow-write=${state}`,
  ]);
  assert.match(flags[3] ?? '', /^--allow-env=WEFT_\*,/);
  assert.equal(flags.length, 4);
  assert.equal(statSync(state).mode & 0o077, 0);
  assert.equal(
    denoPermissions({ ...nothing, state, net: '127.0.0.1,ca:443' })[0],
    '--allow-net=127.0.0.1,ca:443',
  );
  const outputCerts = join(folder, 'certs');
  const [, read, write] = denoPermissions({ ...nothing, state, tokenFile: bundle, outputCerts });
  assert.equal(read, `--allow-read=${state},${outputCerts},${bundle},${folder}`);
  assert.equal(write, `--allow-write=${state},${outputCerts}`);
  rmSync(folder, { recursive: true });
});

test('every variable that the sidecar reads is one that it may read under Deno', () => {
  const files = ['sidecar', 'src/runtime'].flatMap((folder) => sourceFiles(folder));
  const read = files.flatMap(({ text }) =>
    [
      ...codeOnly(text).matchAll(
        /\benv\.([A-Z][A-Z_]+)|\(env, '([A-Z_]+)'|\{ ([A-Z_]+)(?:: \w+)? \}: Environment/g,
      ),
    ].map(([, ...names]) => names.find((name) => name !== undefined) ?? ''),
  );
  assert.ok(read.length >= 10, 'they are found');
  assert.deepEqual(
    [...new Set(read)].filter((name) => !name.startsWith('WEFT_') && !SIDECAR_VARIABLES.includes(name)),
    [],
  );
});
