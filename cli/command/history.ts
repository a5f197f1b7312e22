import { ControlClient } from '../control-client.ts';
import { CommandError } from '../exit-code.ts';
import { jsonText, type ResourceDiff, type Revision } from '../mesh-state.ts';
import { table } from '../table.ts';

export interface HistoryFlags {
  readonly state: string;
  readonly output: string;
}

/** `weft history [revision]`: what was published, newest first, or what one revision changed. */
export async function history(revision: number | undefined, flags: HistoryFlags): Promise<void> {
  const control = ControlClient.fromState(flags.state);
  const text =
    revision === undefined
      ? listText(await control.get<Revision[]>('/v1/admin/history'), flags.output)
      : oneText(
          await control.get<Revision & { diff: ResourceDiff[] }>(`/v1/admin/history/${revision}`),
          flags.output,
        );
  process.stdout.write(`${text}\n`);
}

function listText(revisions: readonly Revision[], output: string): string {
  if (output === 'json') return jsonText({ items: revisions });
  if (revisions.length === 0) throw new CommandError('nothing has been published yet');
  const rows = revisions.map(({ revision, created, inForce, summary }) => [
    `${revision}${inForce ? ' *' : ''}`,
    timeText(created),
    summary,
  ]);
  return `${table(['revision', 'published', 'changes'], rows)}\n* in force`;
}

function oneText(one: Revision & { diff: ResourceDiff[] }, output: string): string {
  if (output === 'json') return jsonText({ ...one });
  const { revision, created, inForce, summary, diff } = one;
  const head = `revision ${revision}, ${timeText(created)}${inForce ? ', in force' : ''}: ${summary}`;
  return [head, ...diff.map(diffText)].join('\n\n');
}

/** A change as a unified diff under the resource's name. */
export function diffText({ kind, namespace, name, change, diff }: ResourceDiff): string {
  return `${kind} ${namespace}/${name} ${change}\n${diff}`;
}

const timeText = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
