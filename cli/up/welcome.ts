import { table } from '../table.ts';
import type { ProcessRow } from './mesh-processes.ts';

/** A mesh that serves; also written to `mesh.json` in its state directory. */
export interface Mesh {
  readonly gateway: string;
  readonly control: string;
  /** With the admin token in its fragment. */
  readonly dashboard: string;
  readonly rows: readonly ProcessRow[];
  readonly demo: boolean;
  readonly revision: number;
}

/** What `weft up` prints once everything serves. */
export function welcome({ gateway, control, dashboard, rows, demo, revision }: Mesh): string {
  const cells = rows
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, runtime, identity, ports, pid }) => [name, runtime, identity || '-', ports, String(pid)]);
  return [
    '',
    table(['process', 'runtime', 'identity', 'ports', 'pid'], cells),
    '',
    `  gateway   ${gateway}${demo ? '/productpage' : ''}`,
    `  control   ${control}  (revision ${revision})`,
    `  dashboard ${dashboard}`,
    '',
    ...(demo ? suggestions(gateway) : []),
    '  Ctrl-C stops everything.',
    '',
  ].join('\n');
}

function suggestions(gateway: string): string[] {
  return [
    '  Try next, in another terminal:',
    `    curl -s ${gateway}/api/v1/products/0/reviews`,
    `    npm run -s weft -- explain GET ${gateway}/productpage`,
    "    npm run -s weft -- explain GET http://reviews:9080/reviews/0 -H 'end-user: jason' --from productpage-v1",
    '    npm run -s weft -- get',
    '    npm run -s weft -- apply -f examples/bookinfo/try/reviews-v3.yaml',
    '',
  ];
}
