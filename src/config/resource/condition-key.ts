/** The keys of AuthorizationPolicy `when` that take no name in brackets. */
export const plainConditionKeys = [
  'source.ip',
  'remote.ip',
  'source.namespace',
  'source.principal',
  'source.serviceAccount',
  'source.trustDomain',
  'request.auth.principal',
  'request.auth.audiences',
  'request.auth.presenter',
  'destination.ip',
  'destination.port',
  'connection.sni',
] as const;

/** What a request is asked for besides, where requests are told apart (RateLimit `key`). */
export const requestKeys = ['request.path', 'request.method', 'request.host'] as const;

const PLAIN: ReadonlySet<string> = new Set<string>([...plainConditionKeys, ...requestKeys]);
const KEY_WITH_NAME = /^(?:request\.headers\[[^[\]]+\]|request\.auth\.claims(?:\[[^[\]]+\])+)$/;

/** Whether it is a key with a name in brackets: `request.headers[x]`, `request.auth.claims[a][b]`. */
export function isNamedKey(key: string): boolean {
  return KEY_WITH_NAME.test(key);
}

/** Why requests cannot be told apart by a key, if they cannot. */
export function rateLimitKeyProblem(key: string): string | undefined {
  if (PLAIN.has(key) || isNamedKey(key)) return undefined;
  return `unknown key "${key}"; write one of ${[...PLAIN].join(', ')}, request.headers[NAME], request.auth.claims[NAME]`;
}
