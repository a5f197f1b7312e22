import { gatewayName } from './gateway-name.ts';
import type { HttpMatch } from './spec-parts.ts';

/** Match items, and the namespace in which their gateways are named. */
export interface MatchesOf {
  readonly matches: readonly HttpMatch[];
  readonly namespace: string;
}

/**
 * The match items of a delegate's rule within those of the rule that delegates: every pair that can hold together.
 * Undefined where an item of the delegate fits none, which drops its rule.
 */
export function mergeMatches(root: MatchesOf, delegate: MatchesOf): HttpMatch[] | undefined {
  const outer = root.matches.map((match) => withGateways(match, root.namespace));
  const inner = delegate.matches.map((match) => withGateways(match, delegate.namespace));
  if (outer.length === 0) return inner;
  if (inner.length === 0) return outer;
  const merged = inner.map((own) =>
    outer.filter((one) => !conflicts(one, own)).map((one) => merge(one, own)),
  );
  return merged.some((pairs) => pairs.length === 0) ? undefined : merged.flat();
}

type Conditions = HttpMatch['headers'];
type Condition = HttpMatch['uri'];

/** Names with their namespace mean the same wherever the item goes. */
function withGateways(match: HttpMatch, namespace: string): HttpMatch {
  return { ...match, gateways: match.gateways.map((name) => gatewayName(name, namespace)) };
}

function merge(root: HttpMatch, own: HttpMatch): HttpMatch {
  const name = [root.name, own.name].filter(Boolean).join('-');
  return {
    ...root,
    ...own,
    ...(name !== '' && { name }),
    gateways: own.gateways.length > 0 ? own.gateways : root.gateways,
    ...union('headers', root, own),
    ...union('withoutHeaders', root, own),
    ...union('queryParams', root, own),
    ...union('sourceLabels', root, own),
  };
}

function union<K extends 'headers' | 'withoutHeaders' | 'queryParams' | 'sourceLabels'>(
  field: K,
  root: HttpMatch,
  own: HttpMatch,
): Partial<HttpMatch> {
  const entries = [...(root[field] ?? []), ...(own[field] ?? [])];
  return entries.length > 0 ? { [field]: new Map<string, unknown>(entries) } : {};
}

function conflicts(root: HttpMatch, own: HttpMatch): boolean {
  return (
    outside(root.uri, own.uri) ||
    outside(root.scheme, own.scheme) ||
    outside(root.method, own.method) ||
    outside(root.authority, own.authority) ||
    someOutside(root.headers, own.headers) ||
    someOutside(root.withoutHeaders, own.withoutHeaders) ||
    someOutside(root.queryParams, own.queryParams) ||
    root.ignoreUriCase !== own.ignoreUriCase ||
    differ(root.port, own.port) ||
    differ(root.sourceNamespace, own.sourceNamespace) ||
    [...(own.sourceLabels ?? [])].some(([key, value]) => differ(root.sourceLabels?.get(key), value)) ||
    (root.gateways.length > 0 && own.gateways.some((name) => !root.gateways.includes(name)))
  );
}

/** Both are written, and not alike. */
function differ<T>(root: T | undefined, own: T | undefined): boolean {
  return Boolean(root) && Boolean(own) && root !== own;
}

function someOutside(root: Conditions, own: Conditions): boolean {
  return [...(own ?? [])].some(([name, condition]) => outside(root?.get(name), condition));
}

/** Whether the delegate's condition is not within the root's; nobody can tell of a regular expression. */
function outside(root: Condition, own: Condition): boolean {
  if (root === undefined || own === undefined) return false;
  if (root.regex || own.regex) return true;
  if (root.exact) return own.exact !== root.exact;
  const value = own.exact || own.prefix;
  if (root.prefix) return Boolean(value) && !value?.startsWith(root.prefix);
  return !value;
}
