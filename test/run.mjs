// The door to every check: plain JavaScript for Node 20 that installs what is missing first.
import { join } from 'node:path';
import { ensureInstalled, root, runUnderPinnedNode } from '../cli/install.mjs';

const [command = 'test', ...rest] = process.argv.slice(2);
const programs = {
  test: ['test/support/run-tests.ts', 'test'],
  check: ['test/support/run-tests.ts', 'check'],
  full: ['test/full/main.ts'],
  conformance: ['test/conformance/main.ts'],
  bench: ['bench/main.ts'],
};

try {
  const program = programs[command];
  if (!program) throw new Error(`unknown command ${command}; there are ${Object.keys(programs).join(', ')}`);
  await ensureInstalled();
  process.chdir(root);
  const [script, ...args] = program;
  runUnderPinnedNode(['--disable-warning=ExperimentalWarning', join(root, script), ...args, ...rest]);
} catch (error) {
  process.stderr.write(`weft: ${error.message}\n`);
  process.exit(1);
}
