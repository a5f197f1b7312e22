import type { CanonicalRequest } from '../../src/http/message.ts';
import { explainHops, type Hop } from '../../src/proxy/explain/explain-hops.ts';
import { isUnreadable, readRequest } from '../../src/proxy/explain/read-request.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { hopText } from '../explain/hop-text.ts';
import { type MeshView, meshOfFiles, runningMesh } from '../explain/mesh-view.ts';

export interface ExplainFlags {
  readonly header: readonly string[];
  readonly from?: string;
  readonly filename: readonly string[];
  readonly output: string;
  readonly state: string;
}

/** `weft explain GET http://…`: what every proxy on the way does with the request, and why. */
export async function explainCommand(method: string, url: string, flags: ExplainFlags): Promise<void> {
  const view = flags.filename.length > 0 ? meshOfFiles(flags.filename) : await runningMesh(flags.state);
  const caller = callerSnapshot(view, flags.from);
  const hops = explainHops(parseRequest(method, url, flags.header, caller), caller, view.snapshots);
  process.stdout.write(`${flags.output === 'json' ? json(hops, view) : text(hops, view)}\n`);
}

function text(hops: readonly Hop[], view: MeshView): string {
  const revision = view.revision > 0 ? `revision ${view.revision}` : 'not published';
  return [...hops.map((hop) => hopText(hop, view)), revision].join('\n\n');
}

function json(hops: readonly Hop[], { revision, sources }: MeshView): string {
  const located = hops.map(({ proxy, direction, decision, destinations, entries }) => ({
    proxy,
    direction,
    decision,
    destinations,
    steps: entries.map((entry) => ({
      ...entry,
      place: entry.source ? sources.get(entry.source) : undefined,
    })),
  }));
  return JSON.stringify({ apiVersion: 'cli.weft.dev/v1', revision, hops: located }, null, 2);
}

/** The gateway, or the sidecar of the workload that `--from` names. */
function callerSnapshot({ snapshots }: MeshView, from: string | undefined): Snapshot {
  const found = [...snapshots.values()].find(({ target: { kind, namespace, name } }) =>
    from === undefined
      ? kind === 'gateway'
      : kind === 'sidecar' && [name, `${namespace}/${name}`].includes(from),
  );
  if (found) return found;
  const names = [...snapshots.values()]
    .filter(({ target }) => target.kind === 'sidecar')
    .map(({ target }) => target.name);
  throw new CommandError(`no workload ${from}; there are: ${names.join(', ')}`, exitCode.usage);
}

/** The request as the proxy's door would make it, from what a user writes on a command line. */
export function parseRequest(
  method: string,
  url: string,
  headers: readonly string[],
  caller: Snapshot,
): CanonicalRequest {
  const request = readRequest({ method, url, headers }, caller);
  if (!isUnreadable(request)) return request;
  throw new CommandError(request.message, request.cause === 'syntax' ? exitCode.usage : exitCode.badInput);
}
