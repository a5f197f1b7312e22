import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

interface LockEntry {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock: { packages: Record<string, LockEntry> } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const entries = Object.entries(lock.packages);

test('the lock file names every optional package of every platform, so that npm ci accepts it', () => {
  const missing = entries.flatMap(([parent, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).filter(
      (name) => !lock.packages[`node_modules/${name}`] && !lock.packages[`${parent}/node_modules/${name}`],
    ),
  );
  assert.deepEqual(missing, [], 'run: node .ci/complete-lock.mjs');
});

test('the lock file names no registry host', () => {
  assert.deepEqual(
    entries.filter(([, entry]) => entry.resolved?.startsWith('http')).map(([path]) => path),
    [],
  );
});
