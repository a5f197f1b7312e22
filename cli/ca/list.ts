import { stringify } from 'yaml';
import { ControlClient } from '../control-client.ts';
import { CommandError } from '../exit-code.ts';
import { jsonText, lifeText } from '../mesh-state.ts';
import { table } from '../table.ts';
import { caPath, type ListedIssuance } from './ca-state.ts';

export interface ListFlags {
  readonly state: string;
  readonly output: string;
  readonly id?: string;
  readonly who?: string;
  readonly valid?: boolean;
  readonly limit: number;
  readonly verify?: boolean;
}

/** `weft ca list`: the certificates that were issued, newest first; `--verify` follows the log's hashes. */
export async function list(flags: ListFlags): Promise<void> {
  const control = ControlClient.fromState(flags.state);
  if (flags.verify) await verify(control);
  const { id, who, valid, limit } = flags;
  const query = new URLSearchParams({ limit: String(limit) });
  if (id !== undefined) query.set('id', id);
  if (who !== undefined) query.set('who', who);
  if (valid) query.set('valid', 'true');
  const found = await control.get<ListedIssuance[]>(`${caPath}/issuances?${query}`);
  if (found.length === 0 && flags.output === 'table')
    process.stderr.write('no certificate was issued that these words find\n');
  else process.stdout.write(`${issuanceText(found, flags.output, Date.now())}\n`);
}

/** Issuances in one of the forms of `-o`. */
export function issuanceText(found: readonly ListedIssuance[], output: string, now: number): string {
  if (output === 'json') return jsonText({ items: found });
  if (output === 'yaml') return stringify({ apiVersion: 'cli.weft.dev/v1', items: found }).trimEnd();
  const rows = found.map(({ what, serial, who, when, notAfter, denied }) => [
    what,
    serial,
    who,
    `${lifeText(now - when)} ago`,
    denied ? 'REVOKED' : notAfter > now ? `${lifeText(notAfter - now)} left` : 'expired',
  ]);
  return table(['identity', 'serial', 'attested by', 'issued', 'state'], rows);
}

async function verify(control: ControlClient): Promise<void> {
  const { entries, broken } = await control.get<{ entries: number; broken?: string }>(
    `${caPath}/issuances/verify`,
  );
  if (broken !== undefined) throw new CommandError(`the log of issuances is not whole: ${broken}`);
  process.stderr.write(`weft: ${entries} entries, each with the hash of the one before\n`);
}
