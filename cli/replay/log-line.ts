import type { Question } from '../explain/question.ts';

/** What a log or a HAR tells of a request. */
export interface RecordedRequest extends Pick<Question, 'method' | 'url' | 'headers'> {
  readonly remoteAddress?: string;
}

/** Why a line tells of no request: `malformed` should be looked at, `other` is about something else. */
export interface NoRequest {
  readonly kind: 'malformed' | 'other';
  readonly reason: string;
}

/** Reads a line of an access log in Istio's JSON keys or in Envoy's default text format. Never throws. */
export function readLogLine(line: string): RecordedRequest | NoRequest {
  return line.startsWith('{') ? readJson(line) : readText(line);
}

/** Whether a line tells of no request. */
export function isNoRequest(read: RecordedRequest | NoRequest): read is NoRequest {
  return 'kind' in read;
}

type Fields = Readonly<Record<string, unknown>>;

function readJson(line: string): RecordedRequest | NoRequest {
  try {
    const fields: unknown = JSON.parse(line);
    if (typeof fields === 'object' && fields !== null && 'method' in fields)
      return recorded(fields as Fields);
    return malformed('no access log line: it has no method');
  } catch {
    return malformed('not JSON');
  }
}

/** Envoy's default format as Istio has it: 23 fields, some of them in quotes. */
const TEXT =
  /^\[[^\]]*\] "(\S+) (\S+) [^"]*" \S+ \S+ \S+ \S+ "[^"]*" \S+ \S+ \S+ \S+ "[^"]*" "([^"]*)" "[^"]*" "([^"]*)" "[^"]*" (\S+) \S+ \S+ (\S+) (\S+) \S+\s*$/;

function readText(line: string): RecordedRequest | NoRequest {
  const found = TEXT.exec(line);
  if (found === null) return malformed("not a line of Envoy's default format");
  const [, method, path, agent, authority, cluster, remote, serverName] = found.map(unescaped);
  return recorded({
    method,
    path,
    user_agent: agent,
    authority,
    upstream_cluster: cluster,
    downstream_remote_address: remote,
    requested_server_name: serverName,
  });
}

/** `-` is nothing; `\xHH` and `\uHHHH` stand for what would end the line or its quotes. */
function unescaped(field: string): string | null {
  if (field === '-') return null;
  if (!field.includes('\\')) return field;
  return field.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4}))/g, (_, short?: string, long?: string) =>
    String.fromCharCode(Number.parseInt(short ?? long ?? '', 16)),
  );
}

function recorded(fields: Fields): RecordedRequest | NoRequest {
  const text = (key: string) => (typeof fields[key] === 'string' ? (fields[key] as string) : '');
  const [method, path, authority] = [text('method'), text('path'), text('authority')];
  if (method === '') return { kind: 'other', reason: 'a connection without requests' };
  if (authority === '') return malformed('it names no authority');
  if (!path.startsWith('/') && path !== '*') return malformed('its path does not begin with /');
  const scheme = text('requested_server_name') === '' ? 'http' : 'https';
  const agent = text('user_agent');
  const address = withoutPort(text('downstream_remote_address'));
  return {
    method,
    url: `${scheme}://${authority}${path}`,
    headers: agent === '' ? [] : [`user-agent: ${agent}`],
    ...(address !== '' && { remoteAddress: address }),
  };
}

/** Istio logs `10.0.0.1:4711` and `[::1]:4711`, Weft the address alone. */
function withoutPort(address: string): string {
  const bracketed = /^\[(.*)\](?::\d+)?$/.exec(address)?.[1];
  return bracketed ?? address.replace(/^([^:]*):\d+$/, '$1');
}

function malformed(reason: string): NoRequest {
  return { kind: 'malformed', reason };
}
