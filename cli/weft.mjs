#!/usr/bin/env node
// The bootstrap of `weft`: plain JavaScript that runs on Node 20 and finds the pinned runtimes.
import { join } from 'node:path';
import { ensureInstalled, root, runUnderPinnedNode } from './install.mjs';

try {
  await ensureInstalled();
  runUnderPinnedNode([
    '--disable-warning=ExperimentalWarning',
    join(root, 'cli', 'main.ts'),
    ...process.argv.slice(2),
  ]);
} catch (error) {
  process.stderr.write(`weft: ${error.message}\n`);
  process.exit(1);
}
