import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ManifestText } from '../src/config/read-configuration.ts';
import { CommandError, exitCode } from './exit-code.ts';

/** `file` is as given on the command line, so that errors are clickable from where the user stands. */
export type ManifestFile = ManifestText;

/** Reads files, directories (their .yaml and .yml files, sorted) and `-` for standard input. */
export function readManifests(paths: readonly string[]): ManifestFile[] {
  return paths.flatMap(readPath);
}

function readPath(path: string): ManifestFile[] {
  if (path === '-') return [{ file: 'stdin', text: readFileSync(0, 'utf8') }];
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new CommandError(`${path}: no such file or directory`, exitCode.badInput);
  return stat.isDirectory() ? readDirectory(path) : [{ file: path, text: readFileSync(path, 'utf8') }];
}

function readDirectory(path: string): ManifestFile[] {
  const names = readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map(({ name }) => name)
    .sort();
  if (names.length === 0)
    throw new CommandError(`${path}: no .yaml file in this directory`, exitCode.badInput);
  return names.map((name) => join(path, name)).map((file) => ({ file, text: readFileSync(file, 'utf8') }));
}
