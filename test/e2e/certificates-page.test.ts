import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ControlClient } from '../../cli/control-client.ts';
import type { JoinBundle } from '../../src/identity/join-bundle.ts';
import { WorkloadIdentity } from '../../src/runtime/control/workload-identity.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import { ProgramProcess } from '../support/child-process.ts';
import { RememberedLog, serviceOf } from '../support/control-parts.ts';
import { type CommandResult, freshState } from '../support/running-mesh.ts';

const page = readFileSync('docs/certificates.md', 'utf8');
const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
  block.trim().split('\n'),
);
const [init = '', ...later] = commands;

describe('the page about certificates', () => {
  const home = freshState();
  const state = join(home, 'mesh');
  const passphrase = join(home, 'passphrase');
  const { WEFT_CA_PASSPHRASE, WEFT_CA_KEK, WEFT_CA_PASSPHRASE_FILE, ...inherited } = process.env;
  const env = { ...inherited, HOME: home, WEFT_STATE: state };
  let control: ProgramProcess | undefined;

  const run = (command: string): Promise<CommandResult> =>
    ended(
      command.replace('npm run -s weft --', '"$NODE" --disable-warning=ExperimentalWarning cli/main.ts'),
      env,
    );

  before(() => {
    mkdirSync(home, { recursive: true });
    writeFileSync(passphrase, 'a passphrase of the test\n', { mode: 0o600 });
  });
  after(async () => {
    await control?.end('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  });

  test('has its commands in blocks', () => assert.ok(commands.length >= 13, String(commands.length)));

  test('nothing is made without something to wrap it with, or with too little of it', async () => {
    const bare = `npm run -s weft -- ca init --root-out "$HOME/none.json"`;
    assert.equal((await run(bare)).code, 64);
    const short = await run(`WEFT_CA_PASSPHRASE=short ${bare}`);
    assert.equal(short.code, 65);
    assert.match(short.stderr, /must have 12 characters at least/);
    assert.ok(!existsSync(join(home, 'none.json')) && !existsSync(state));
  });

  test(init, async () => {
    const { code, stdout, stderr } = await run(init);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /the authority of cluster\.local is made/);
    for (const file of [join(home, 'weft-root.json'), join(state, 'authority.json')]) {
      assert.equal(statSync(file).mode & 0o077, 0);
      assert.doesNotMatch(readFileSync(file, 'utf8'), /PRIVATE KEY/);
    }
    assert.ok(!existsSync(join(state, 'authority.kek')));
    const again = await run(init);
    assert.equal(again.code, 65);
    assert.match(again.stderr, /a mesh has one authority/);
  });

  test('control says what it misses, and starts with it', async () => {
    const without = await ended(`"$NODE" control/main.ts --state "$WEFT_STATE"`, env);
    assert.equal(without.code, 1);
    assert.match(without.stderr, /wrapped by a passphrase: give it in WEFT_CA_PASSPHRASE/);
    const wrong = { ...env, WEFT_CA_PASSPHRASE: 'another passphrase' };
    assert.match(
      (await ended(`"$NODE" control/main.ts --state "$WEFT_STATE"`, wrong)).stderr,
      /cannot be opened/,
    );
    // Nobody hears of the workload below: the old root is not retired before its certificate is over.
    const options = ['--state', state, '--fresh', '--svid-ttl', '20'];
    control = new ProgramProcess('node', 'control/main.ts', options, {
      WEFT_CA_PASSPHRASE_FILE: passphrase,
    });
    await control.ready();
    await enrolled(state);
  });

  for (const command of later)
    test(command, async () => {
      const { code, stdout, stderr } = await run(command);
      assert.equal(code, 0, stderr);
      if (!command.includes('--out')) assert.ok((stdout + stderr).trim().length > 0, 'it prints something');
    });

  test('a certificate of a root that is gone is not taken for the next one', async () => {
    const flags = `--intermediate --root-key "$HOME/weft-root.json" --passphrase-file "$HOME/passphrase"`;
    const { code, stderr } = await run(`npm run -s weft -- ca rotate ${flags}`);
    assert.equal(code, 65, stderr);
    assert.match(stderr, /is not the one in use/);
    assert.match((await run('npm run -s weft -- ca rotate --status')).stdout, /no rotation is under way/);
  });
});

/** A workload `reviews` with a certificate. */
async function enrolled(state: string): Promise<void> {
  const client = ControlClient.fromState(state);
  await client.post('/v1/admin/apply', {
    files: [{ file: 'a.yaml', text: serviceOf('reviews') }],
    replace: true,
  });
  const grant = { namespace: 'default', workload: 'reviews-v1' };
  const bundle = await client.post<JoinBundle>('/v1/admin/join-bundles', grant);
  await WorkloadIdentity.join(bundle, { clock, random, log: new RememberedLog() });
}

/** A command of a shell, to its end. */
async function ended(command: string, env: NodeJS.ProcessEnv): Promise<CommandResult> {
  const child = spawn('bash', ['-c', command], {
    env: { ...env, NODE: process.execPath },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}
