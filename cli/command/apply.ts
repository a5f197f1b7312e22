import type { Diagnostic } from '../../src/config/diagnostic.ts';
import { ControlClient } from '../control-client.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { readManifests } from '../manifest-files.ts';

export interface ChangeFlags {
  readonly filename: string[];
  readonly state: string;
  readonly dryRun?: boolean;
}

interface Change {
  readonly revision?: number;
  readonly diagnostics: readonly Diagnostic[];
  readonly applied: readonly string[];
  readonly removed: readonly string[];
}

/** `weft apply -f`: adds or replaces resources and publishes; an error changes nothing. */
export async function apply({ filename, state, dryRun = false }: ChangeFlags): Promise<void> {
  const files = readManifests(filename);
  const change = await ControlClient.fromState(state).post<Change>('/v1/admin/apply', { files, dryRun });
  if (printDiagnostics(change.diagnostics, files))
    throw new CommandError('nothing was changed', exitCode.badInput);
  for (const name of change.applied)
    process.stdout.write(`${name} ${dryRun ? 'valid (dry run)' : 'configured'}\n`);
  tellRevision(change);
}

/** `weft delete -f`: removes the resources that the files name. */
export async function remove({ filename, state, dryRun = false }: ChangeFlags): Promise<void> {
  const files = readManifests(filename);
  const change = await ControlClient.fromState(state).post<Change>('/v1/admin/delete', { files, dryRun });
  if (printDiagnostics(change.diagnostics, files))
    throw new CommandError('nothing was changed', exitCode.badInput);
  if (change.removed.length === 0) throw new CommandError('none of these resources is there');
  for (const name of change.removed)
    process.stdout.write(`${name} ${dryRun ? 'would be deleted' : 'deleted'}\n`);
  tellRevision(change);
}

function tellRevision({ revision }: Change): void {
  if (revision !== undefined) process.stdout.write(`revision ${revision} published\n`);
}
