import { KINDS, type Kind, writtenKind } from '../../src/config/resource/kinds.ts';
import { ControlClient } from '../control-client.ts';
import { CommandError } from '../exit-code.ts';
import { type ListedResource, statusText, withStatus } from '../get/listed-resource.ts';
import { table } from '../table.ts';

export interface GetFlags {
  readonly state: string;
  readonly namespace?: string;
  readonly output: string;
}

/**
 * `weft get [kind] [name]`: the resources in force, as a table or as the YAML that was applied, with the status that
 * the Gateway API's kinds have; Secrets without their keys.
 */
export async function get(
  kind: string | undefined,
  name: string | undefined,
  flags: GetFlags,
): Promise<void> {
  const all = await ControlClient.fromState(flags.state).get<ListedResource[]>('/v1/admin/resources');
  const found = all.filter(
    (resource) =>
      (kind === undefined || isKind(resource.kind, kind)) &&
      (name === undefined || resource.name === name) &&
      (flags.namespace === undefined || resource.namespace === flags.namespace),
  );
  if (found.length === 0) throw new CommandError(`no resources found${kind ? ` of kind ${kind}` : ''}`);
  process.stdout.write(`${renderResources(found, flags.output)}\n`);
}

/** Whether a wish such as `virtualservice`, `VirtualServices` or `gateway` names the kind; `gateway` names two. */
export function isKind(kind: string, wish: string): boolean {
  const asked = wish.toLowerCase();
  const names = [kind, shownKind(kind), isKnown(kind) ? KINDS[kind].plural : `${kind}s`];
  return names.some((name) => name.toLowerCase() === asked || `${name.toLowerCase()}s` === asked);
}

/** Resources in one of the forms of `-o`. */
export function renderResources(found: readonly ListedResource[], output: string): string {
  if (output === 'json') return JSON.stringify({ apiVersion: 'cli.weft.dev/v1', items: found }, null, 2);
  if (output === 'yaml') return found.map(withStatus).join('\n---\n');
  if (output === 'name')
    return found
      .map(({ kind, namespace, name }) => `${shownKind(kind).toLowerCase()}/${namespace}/${name}`)
      .join('\n');
  const wide = output === 'wide' || found.every(({ status }) => status !== undefined);
  const rows = found.map((one) => [
    shownKind(one.kind),
    one.namespace,
    one.name,
    ...(wide ? [statusText(one)] : []),
    `${one.file}:${one.line}`,
  ]);
  return table(['kind', 'namespace', 'name', ...(wide ? ['status'] : []), 'from'], rows);
}

const shownKind = (kind: string): string => (isKnown(kind) ? writtenKind(kind) : kind);

function isKnown(kind: string): kind is Kind {
  return Object.hasOwn(KINDS, kind);
}
