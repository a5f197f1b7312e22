import { spawnSync } from 'node:child_process';
import { CommandError, exitCode } from '../exit-code.ts';
import { TABLE } from './ruleset.ts';

/** Gives a script to nftables, which takes all of it or nothing. Throws a CommandError that says what to do. */
export function applyRuleset(script: string): void {
  const { status, stderr } = nft(['-f', '-'], script);
  if (status !== 0) throw refused('nft did not take the rules', stderr);
}

/** Deletes our table; false when there was none. */
export function removeTable(): boolean {
  if (listTable() === undefined) return false;
  const { status, stderr } = nft(['delete', 'table', 'inet', TABLE]);
  if (status !== 0) throw refused('nft did not delete the table', stderr);
  return true;
}

/** Our table as nft writes it, or undefined when there is none. */
export function listTable(): string | undefined {
  const { status, stdout, stderr } = nft(['--stateless', 'list', 'table', 'inet', TABLE]);
  if (status === 0) return stdout;
  if (/No such file or directory/.test(stderr)) return undefined;
  throw refused('nft cannot list its tables', stderr);
}

function nft(args: readonly string[], input = '') {
  const done = spawnSync('nft', args, { input, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  if (done.error !== undefined) {
    throw new CommandError(
      'nft is not on PATH; interception needs nftables (Debian: apt-get install nftables)',
      exitCode.unavailable,
    );
  }
  return done;
}

function refused(what: string, stderr: string): CommandError {
  const isDenied = /Operation not permitted|must be root/.test(stderr);
  const remedy = isDenied ? '\nRun it as root, or with CAP_NET_ADMIN in this network namespace.' : '';
  return new CommandError(`${what}:\n${stderr.trim()}${remedy}`);
}
