import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import type { Publication } from '../control-api.ts';

/** A request as the form has it. */
export interface Question {
  readonly method: string;
  readonly url: string;
  /** Lines of `name: value`. */
  readonly headers: string;
  /** `namespace/workload` of the caller; empty = through the gateway. */
  readonly from: string;
}

export const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** The question that an address asks; what it leaves out is asked about the first route of the gateway. */
export function readQuestion(settings: ReadonlyMap<string, string>, publication: Publication): Question {
  const from = settings.get('from') ?? '';
  return {
    method: settings.get('method') ?? 'GET',
    url: settings.get('url') ?? firstUrl(publication, from),
    headers: settings.get('headers') ?? '',
    from,
  };
}

/** The settings of an address that asks this. */
export function questionSettings({ method, url, headers, from }: Question): [string, string][] {
  return [
    ['method', method],
    ['url', url],
    ['headers', headers],
    ['from', from],
  ];
}

/** Who can ask: the gateway as `''`, and every workload. */
export function callers({ targets }: Publication): string[] {
  const names = targets
    .filter(([, { target }]) => target.kind === 'sidecar')
    .map(([, { target }]) => `${target.namespace}/${target.name}`);
  return ['', ...names.sort()];
}

/** The snapshot of who asks. */
export function callerSnapshot({ targets }: Publication, from: string): Snapshot | undefined {
  return targets.find(([, { target }]) =>
    from === ''
      ? target.kind === 'gateway'
      : target.kind === 'sidecar' && `${target.namespace}/${target.name}` === from,
  )?.[1];
}

/** URLs that some route of the caller is about, for suggestions. */
export function knownUrls(publication: Publication, from: string): string[] {
  const snapshot = callerSnapshot(publication, from);
  if (!snapshot) return [];
  const hosts = [
    ...(snapshot.gateway?.virtualHosts ?? []).map((host) => ({ host, port: 80 })),
    ...snapshot.outbound.flatMap(({ port, virtualHosts }) => virtualHosts.map((host) => ({ host, port }))),
  ];
  const urls = hosts.flatMap(({ host, port }) => {
    const [name = '*'] = host.domains;
    const authority = `${name.replace('*.', 'www.').replace('*', 'bookinfo.example')}${port === 80 ? '' : `:${port}`}`;
    return host.routes.flatMap(({ matches }) => {
      const paths = matches.flatMap(({ path }) =>
        path && path.kind !== 'regex' && 'value' in path ? [path.value] : [],
      );
      return (paths.length > 0 ? paths : ['/']).map((path) => `http://${authority}${path}`);
    });
  });
  return [...new Set(urls)].slice(0, 200);
}

function firstUrl(publication: Publication, from: string): string {
  return knownUrls(publication, from)[0] ?? 'http://example.test/';
}
