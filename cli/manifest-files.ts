import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, exitCode } from './exit-code.ts';

export interface ManifestFile {
  /** As given on the command line, so that errors are clickable from where the user stands. */
  readonly file: string;
  readonly text: string;
}

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
  const names = readdirSync(path)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort();
  if (names.length === 0)
    throw new CommandError(`${path}: no .yaml file in this directory`, exitCode.badInput);
  return names.map((name) => join(path, name)).map((file) => ({ file, text: readFileSync(file, 'utf8') }));
}
