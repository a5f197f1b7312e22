// Plain JavaScript for Node 20: runs before any dependency or pinned runtime is there.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Names of the pinned packages that are absent or of another version. */
export function missingPackages(directory = root) {
  const { dependencies, devDependencies } = readJson(join(directory, 'package.json'));
  const wanted = Object.entries({ ...dependencies, ...devDependencies });
  return wanted.filter(([name, version]) => !isInstalled(directory, name, version)).map(([name]) => name);
}

function isInstalled(directory, name, version) {
  const manifest = join(directory, 'node_modules', name, 'package.json');
  return existsSync(manifest) && readJson(manifest).version === version;
}

/** Installs what is missing, with progress on stderr. Rejects with a remedy when npm fails. */
export async function ensureInstalled() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  process.stderr.write(
    `weft: installing ${missing.length} packages and runtimes (first run only, about 800 MB)\n`,
  );
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const ticker = setInterval(() => process.stderr.write(`weft: still installing, ${seconds()} s\n`), 10_000);
  try {
    await npmInstall();
  } finally {
    clearInterval(ticker);
  }
  const still = missingPackages();
  if (still.length > 0) throw new Error(`npm finished but these are still missing: ${still.join(', ')}`);
  process.stderr.write(`weft: installed in ${seconds()} s\n`);
}

function npmInstall() {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error'];
  return new Promise((resolve, reject) => {
    const child = spawn(npm, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) =>
      reject(new Error(`cannot run npm: ${error.message}. Install Node with npm.`)),
    );
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`npm install failed (exit ${code}). Check the network and run it again.`));
    });
  });
}

/** The Node that runs TypeScript: the pinned one, or this one when it is new enough. */
export function findNode() {
  const pinned = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(pinned)) return pinned;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  throw new Error(
    `no Node that runs TypeScript: the pinned one has no build for ${process.platform}-${process.arch}; use Node 22.18 or later`,
  );
}

/** Runs `args` under the pinned Node, hands signals on, and exits as it does. */
export function runUnderPinnedNode(args) {
  const bin = join(root, 'node_modules', '.bin');
  const separator = process.platform === 'win32' ? ';' : ':';
  const env = { ...process.env, PATH: `${bin}${separator}${process.env.PATH ?? ''}` };
  const child = spawn(findNode(), args, { stdio: 'inherit', env });
  // A terminal sends Ctrl-C to the whole group; the child decides when to stop, this process waits.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
