import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { SIDECAR_VARIABLES } from '../../src/runtime/control/sidecar-variables.ts';
import { ControlProcess } from '../support/control-process.ts';
import { ask } from '../support/http-client.ts';
import { until } from '../support/until.ts';

const page = readFileSync('docs/sidecar.md', 'utf8');
const [first = '', ...commands] = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
  block.trim().split('\n'),
);

describe('the page about the sidecar', () => {
  let control: ControlProcess;
  let run: ReturnType<typeof spawn>;
  let output = '';
  before(async () => {
    control = await ControlProcess.start(readFileSync('examples/bookinfo/services.yaml', 'utf8'));
    const env = { ...process.env, WEFT_STATE: control.state };
    // A group of its own stands for the terminal that gets a Ctrl-C.
    run = spawn('bash', ['-c', first], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [run.stdout, run.stderr]) stream?.on('data', (chunk) => (output += chunk));
    await until('the sidecar is ready', async () => {
      const answer = await ask('http://127.0.0.1:15021/healthz/ready').catch(() => undefined);
      return answer?.status === 200 ? true : undefined;
    });
    await until('the application is up', () => (output.includes('I am spiffe://') ? true : undefined));
  });
  after(() => control.stop());

  test('begins with an application that learns who it is', () => {
    assert.match(first, / run .*-- node examples\/sidecar\/app\.mjs$/);
    assert.match(output, /I am spiffe:\/\/cluster\.local\/ns\/default\/sa\/bookinfo-reviews/);
    assert.ok(commands.length >= 15, String(commands.length));
  });

  for (const command of commands) {
    test(command, () => {
      const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      assert.ok((stdout + stderr).trim().length > 0, 'it prints something');
    });
  }

  test('ends with a Ctrl-C', async () => {
    const ended = new Promise((resolve) => run.once('close', resolve));
    process.kill(-(run.pid ?? 0), 'SIGINT');
    await ended;
    await assert.rejects(ask('http://127.0.0.1:15000/ready'));
  });

  test('names every variable that a sidecar under Deno may read', () => {
    const named = /--allow-env=([^\s\\]+)/.exec(page)?.[1]?.split(',');
    assert.deepEqual(named, ['WEFT_*', ...SIDECAR_VARIABLES]);
  });
});
