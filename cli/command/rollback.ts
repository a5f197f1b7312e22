import type { Diagnostic } from '../../src/config/diagnostic.ts';
import { ControlClient } from '../control-client.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import type { ResourceDiff } from '../mesh-state.ts';
import { diffText } from './history.ts';

export interface RollbackFlags {
  readonly state: string;
  readonly dryRun?: boolean;
}

interface Rollback {
  readonly revision?: number;
  readonly diagnostics: readonly Diagnostic[];
  readonly applied: readonly string[];
  readonly removed: readonly string[];
  readonly diff: readonly ResourceDiff[];
}

/** `weft rollback <revision>`: publishes what was in force then under a new revision. */
export async function rollback(revision: number, { state, dryRun = false }: RollbackFlags): Promise<void> {
  const control = ControlClient.fromState(state);
  const back = await control.post<Rollback>('/v1/admin/rollback', { revision, dryRun });
  const failed = back.diagnostics.some(({ severity }) => severity === 'error');
  if (failed) {
    printDiagnostics(back.diagnostics, []);
    throw new CommandError(
      `revision ${revision} is not valid any more; nothing was changed`,
      exitCode.badInput,
    );
  }
  const told = back.diff.length > 0 ? back.diff.map(diffText).join('\n\n') : nothing(revision);
  process.stdout.write(`${told}\n\n${outcome(back, revision)}\n`);
}

const nothing = (revision: number): string => `revision ${revision} has the resources that are in force`;

function outcome({ revision, diff }: Rollback, wanted: number): string {
  const count = `${diff.length} resource${diff.length === 1 ? '' : 's'}`;
  if (revision === undefined) return `${count} would change (dry run)`;
  return `${count} changed; revision ${revision} published, with the content of revision ${wanted}`;
}
