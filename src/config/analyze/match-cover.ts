import type { Resource } from '../resource/resource.ts';

/** HTTPMatchRequest. */
export type HttpMatch = Resource<'VirtualService'>['spec']['http'][number]['match'][number];

type StringSpec = HttpMatch['uri'];
type NamedSpec = HttpMatch['headers'];

/** Whether every request that `narrow` takes, `wide` takes too; false when it cannot be told. Absent takes all. */
export function covers(wide: HttpMatch | undefined, narrow: HttpMatch | undefined): boolean {
  if (wide === undefined) return true;
  if (narrow === undefined) return isUnconditional(wide);
  return (
    uriCovers(wide, narrow) &&
    (['scheme', 'method', 'authority'] as const).every((field) => textCovers(wide[field], narrow[field])) &&
    namedCover(wide.headers, narrow.headers) &&
    namedCover(wide.queryParams, narrow.queryParams) &&
    sameNamed(wide.withoutHeaders, narrow.withoutHeaders) &&
    (wide.port === undefined || wide.port === narrow.port) &&
    (!wide.sourceNamespace || wide.sourceNamespace === narrow.sourceNamespace) &&
    [...(wide.sourceLabels ?? [])].every(([key, value]) => narrow.sourceLabels?.get(key) === value) &&
    gatewaysCover(wide.gateways, narrow.gateways)
  );
}

const ANYTHING: HttpMatch = { ignoreUriCase: false, gateways: [] };

function isUnconditional(match: HttpMatch): boolean {
  return covers(match, ANYTHING);
}

function uriCovers(wide: HttpMatch, narrow: HttpMatch): boolean {
  if (isAnyPath(wide.uri)) return true;
  if (narrow.ignoreUriCase && !wide.ignoreUriCase) return false;
  if (!wide.ignoreUriCase) return textCovers(wide.uri, narrow.uri);
  return textCovers(lowered(wide.uri), lowered(narrow.uri));
}

/** Paths begin with a slash. */
function isAnyPath(uri: StringSpec): boolean {
  return (
    uri === undefined || uri.prefix === '/' || uri.prefix === '' || uri.regex === '.*' || uri.regex === '/.*'
  );
}

function textCovers(wide: StringSpec, narrow: StringSpec): boolean {
  if (wide === undefined) return true;
  if (wide.exact !== undefined) return narrow?.exact === wide.exact;
  if (wide.prefix !== undefined) return (narrow?.exact ?? narrow?.prefix)?.startsWith(wide.prefix) ?? false;
  if (wide.regex === undefined) return true;
  return wide.regex === '.*' || narrow?.regex === wide.regex;
}

/** A regex keeps its case: it is compared with itself only. */
function lowered(spec: StringSpec): StringSpec {
  if (spec?.exact !== undefined) return { exact: spec.exact.toLowerCase() };
  return spec?.prefix === undefined ? spec : { prefix: spec.prefix.toLowerCase() };
}

/** A condition without a text, and the regexes `*` and `.*`, ask for presence only. */
function namedCover(wide: NamedSpec, narrow: NamedSpec): boolean {
  return [...(wide ?? [])].every(([name, condition]) => {
    const other = named(narrow, name);
    if (other === undefined) return false;
    return condition.regex === '*' || textCovers(condition, other);
  });
}

function named(spec: NamedSpec, name: string): StringSpec {
  return spec?.get(name) ?? [...(spec ?? [])].find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

/** `withoutHeaders` holds for fewer requests the more it names. */
function sameNamed(wide: NamedSpec, narrow: NamedSpec): boolean {
  return [...(wide ?? [])].every(([name, condition]) => {
    const other = narrow?.get(name);
    return (
      other !== undefined &&
      other.exact === condition.exact &&
      other.prefix === condition.prefix &&
      other.regex === condition.regex
    );
  });
}

function gatewaysCover(wide: readonly string[], narrow: readonly string[]): boolean {
  return wide.length === 0 || (narrow.length > 0 && narrow.every((name) => wide.includes(name)));
}
