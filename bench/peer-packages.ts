import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The exact versions of the packages that only benchmarks compare with. */
const versions = JSON.parse(
  readFileSync(fileURLToPath(new URL('./peers.json', import.meta.url)), 'utf8'),
) as Readonly<Record<string, string>>;

/** Names and versions, for the notes. */
export const peerPackages: readonly string[] = Object.entries(versions).map((pair) => pair.join(' '));

/** A folder of the user's own outside the project: what lies in a shared one could be somebody else's. */
const FOLDER = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'weft', 'bench-peers');

/** The folder where the packages are, installed on first use without their scripts. Rejects with a remedy. */
export async function installPeerPackages(progress: (text: string) => void): Promise<string> {
  const wanted = JSON.stringify({ private: true, dependencies: versions }, null, 2);
  if (isInstalled(wanted)) return FOLDER;
  progress(`installing ${peerPackages.join(', ')} into ${FOLDER}`);
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
  writeFileSync(join(FOLDER, 'package.json'), wanted);
  await npmInstall();
  if (!isInstalled(wanted)) throw new Error(`npm finished but not all packages are in ${FOLDER}`);
  return FOLDER;
}

function isInstalled(wanted: string): boolean {
  const manifest = join(FOLDER, 'package.json');
  return (
    existsSync(manifest) &&
    readFileSync(manifest, 'utf8') === wanted &&
    Object.entries(versions).every(([name, version]) => installedVersion(name) === version)
  );
}

function installedVersion(name: string): unknown {
  const file = join(FOLDER, 'node_modules', name, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown }).version : null;
}

function npmInstall(): Promise<void> {
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, { cwd: FOLDER, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-500);
    });
    const remedy = 'Check the network, or leave these peers out with --only.';
    child.on('error', (error) => reject(new Error(`cannot run npm: ${error.message}. ${remedy}`)));
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`npm install failed (exit ${code}). ${remedy}\n${errors}`)),
    );
  });
}
