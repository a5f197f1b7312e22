import { ControlClient } from '../control-client.ts';
import { CommandError } from '../exit-code.ts';
import { table } from '../table.ts';

export interface GetFlags {
  readonly state: string;
  readonly namespace?: string;
  readonly output: string;
}

interface Listed {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** `weft get [kind] [name]`: the resources in force, as a table or as the YAML that was applied. */
export async function get(
  kind: string | undefined,
  name: string | undefined,
  flags: GetFlags,
): Promise<void> {
  const all = await ControlClient.fromState(flags.state).get<Listed[]>('/v1/admin/resources');
  const found = all.filter(
    (resource) =>
      (kind === undefined || sameKind(resource.kind, kind)) &&
      (name === undefined || resource.name === name) &&
      (flags.namespace === undefined || resource.namespace === flags.namespace),
  );
  if (found.length === 0) throw new CommandError(`no resources found${kind ? ` of kind ${kind}` : ''}`);
  process.stdout.write(`${render(found, flags.output)}\n`);
}

/** `VirtualService`, `virtualservice` and `virtualservices` are one kind. */
function sameKind(kind: string, wish: string): boolean {
  const asked = wish.toLowerCase();
  const singular = kind.toLowerCase();
  return asked === singular || asked === `${singular}s` || asked === singular.replace(/y$/, 'ies');
}

function render(found: readonly Listed[], output: string): string {
  if (output === 'json') return JSON.stringify({ apiVersion: 'cli.weft.dev/v1', items: found }, null, 2);
  if (output === 'yaml') return found.map(({ text }) => text.trim()).join('\n---\n');
  if (output === 'name')
    return found.map(({ kind, namespace, name }) => `${kind.toLowerCase()}/${namespace}/${name}`).join('\n');
  const rows = found.map(({ kind, namespace, name, file, line }) => [
    kind,
    namespace,
    name,
    `${file}:${line}`,
  ]);
  return table(['kind', 'namespace', 'name', 'from'], rows);
}
