import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runtimeCommand } from '../../cli/runtime-paths.ts';
import { LineWriter } from '../../src/runtime/line-writer.ts';

function place(t: { after: (done: () => void) => void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'weft-lines-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'log');
}

test('lines arrive whole and in order', async (t) => {
  const path = place(t);
  const file = openSync(path, 'w');
  const writer = new LineWriter(file);
  const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i} ß\n`);
  for (const line of lines) writer.write(line);
  await writer.flushed();
  closeSync(file);
  assert.equal(readFileSync(path, 'utf8'), lines.join(''));
  assert.equal(writer.dropped, 0);
});

test('a reader that stands still holds nobody up: what is too much is dropped and counted', async (t) => {
  const path = place(t);
  execFileSync('mkfifo', [path]);
  // Both ends here, so that opening does not wait; nobody reads until the end.
  const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const writer = new LineWriter(pipe, 1024 * 1024);
  const line = `${'x'.repeat(999)}\n`;
  let turns = 0;
  for (let i = 0; i < 3_000; i++) {
    writer.write(line);
    if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  assert.equal(turns, 3_000);
  const taken = 3_000 - writer.dropped;
  assert.ok(taken >= 1_048 && taken < 1_300, `${taken} lines were taken`);
  let read = 0;
  const buffer = new Uint8Array(1 << 20);
  while (read < taken * 1_000) {
    try {
      read += readSync(pipe, buffer);
    } catch {
      // Empty for the moment.
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await writer.flushed();
  assert.equal(read, taken * 1_000);
  closeSync(pipe);
});

test('a reader that is gone ends nobody', async () => {
  const script = `
    import { LineWriter } from ${JSON.stringify(join(import.meta.dirname, '../../src/runtime/line-writer.ts'))};
    const writer = new LineWriter(1);
    for (let i = 0; i < 5000; i++) { writer.write('x'.repeat(200) + '\\n'); await new Promise((r) => setImmediate(r)); }
    await writer.flushed();
    process.stderr.write('alive');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.once('data', () => child.stdout.destroy());
  let told = '';
  child.stderr.on('data', (chunk) => {
    told += chunk;
  });
  await new Promise((resolve) => child.once('close', resolve));
  assert.match(told, /alive/);
});

const runtimes = ['node', 'deno', 'bun'] as const;
for (const runtime of runtimes) {
  test(`a slow reader gets every line under ${runtime}`, async () => {
    const module = JSON.stringify(join(import.meta.dirname, '../../src/runtime/stdout-lines.ts'));
    const folder = mkdtempSync(join(tmpdir(), 'weft-lines-'));
    const file = join(folder, 'main.ts');
    writeFileSync(
      file,
      `import { stdoutAccessLog, stdoutFlushed } from ${module};
      const log = stdoutAccessLog('text');
      for (let i = 0; i < 5000; i++) log.write(i + 'x'.repeat(100) + '\\n');
      await stdoutFlushed();
      process.exit(0);`,
    );
    const [command, ...args] = runtimeCommand(runtime);
    const read = async (pauseMs: number) => {
      const child = spawn(command, [...args, file], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      let text = '';
      child.stdout.pause();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      child.stdout.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      const closed = new Promise((resolve) => child.stdout.once('close', resolve));
      child.stdout.resume();
      assert.equal(await ended, 0);
      await closed;
      return text;
    };
    const whole = Array.from({ length: 5000 }, (_, i) => `${i}${'x'.repeat(100)}\n`).join('');
    assert.equal(await read(50), whole);
    rmSync(folder, { recursive: true });
  });
}
