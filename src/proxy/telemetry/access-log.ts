import type { CanonicalRequest } from '../../http/message.ts';
import type { Connection } from '../decide/connection.ts';
import type { ConnectionOutcome } from '../forward/forward-connection.ts';
import type { Outcome } from '../forward/outcome.ts';
import { plainJson, plainText, redactedQuery } from './plain-text.ts';

/** `text` is Envoy's default format as Istio has it, `json` has Istio's keys. */
export type AccessLogFormat = 'text' | 'json';

/** What `--access-log` and WEFT_ACCESS_LOG may say; undefined writes none. Throws on anything else. */
export function accessLogFormat(text: string): AccessLogFormat | undefined {
  if (text === 'text' || text === 'json') return text;
  if (text === 'off' || text === '') return undefined;
  throw new Error(`--access-log (WEFT_ACCESS_LOG) is off, text or json, not ${text}`);
}

/** Takes whole lines, each with its line end; must neither block nor throw. */
export type WriteLine = (line: string) => void;

/** Where a line for every request goes. */
export interface AccessLog {
  readonly format: AccessLogFormat;
  readonly write: WriteLine;
  /** Lines that were too many for their reader. */
  readonly dropped: () => number;
}

/** One line for a request, as the proxy's log tells it. `request` is the one that was judged. */
export function requestLine(
  format: AccessLogFormat,
  outcome: Outcome,
  request: CanonicalRequest | undefined,
  connection: Connection,
): string {
  return line(format, { ...connectionFields(connection), ...requestFields(outcome, request, connection) });
}

/** One line for a connection whose bytes were passed on unread. */
export function connectionLine(
  format: AccessLogFormat,
  outcome: ConnectionOutcome,
  connection: Connection,
): string {
  const { startedAt, durationMs, flag, details, sent, received, cluster, endpoint, failure } = outcome;
  const upstream = details === 'via_upstream';
  return line(format, {
    ...connectionFields(connection),
    start_time: timeText(startedAt),
    response_code: 0,
    response_flags: flag,
    connection_termination_details: upstream ? null : orNull(details),
    bytes_received: sent,
    bytes_sent: received,
    duration: Math.round(durationMs),
    upstream_host: orNull(endpoint),
    upstream_cluster: orNull(cluster),
    upstream_transport_failure_reason: orNull(failure),
  });
}

type Value = string | number | null;

/** Istio's keys of its JSON log. */
type Key = (typeof JSON_KEYS)[number];

type Fields = Partial<Record<Key, Value>>;

const JSON_KEYS = [
  'start_time',
  'method',
  'path',
  'protocol',
  'response_code',
  'response_flags',
  'response_code_details',
  'connection_termination_details',
  'upstream_transport_failure_reason',
  'bytes_received',
  'bytes_sent',
  'duration',
  'upstream_service_time',
  'x_forwarded_for',
  'user_agent',
  'request_id',
  'authority',
  'upstream_host',
  'upstream_cluster',
  'upstream_local_address',
  'downstream_local_address',
  'downstream_remote_address',
  'requested_server_name',
  'route_name',
] as const;

function connectionFields(connection: Connection): Fields {
  const { localAddress, port, original, remoteAddress, serverName, direction } = connection;
  return {
    downstream_local_address: localAddress === '' ? null : hostPort(localAddress, original?.port ?? port),
    downstream_remote_address: orNull(remoteAddress),
    requested_server_name: serverName ?? null,
    route_name: direction === 'inbound' ? 'default' : null,
  };
}

function requestFields(
  outcome: Outcome,
  request: CanonicalRequest | undefined,
  connection: Connection,
): Fields {
  const { status, flags, details, failure, cluster, endpoint, startedAt, durationMs } = outcome;
  const sent = outcome.forwarded ?? request;
  // The edge believes no client's id, and an answer of its own has none.
  const named = outcome.forwarded !== undefined || connection.direction !== 'gateway';
  return {
    start_time: timeText(startedAt),
    method: request?.method ?? null,
    path: request === undefined ? null : request.path + redactedQuery(request.query),
    protocol: connection.http2 === true ? 'HTTP/2' : 'HTTP/1.1',
    response_code: status,
    response_flags: flags,
    response_code_details: orNull(details),
    upstream_transport_failure_reason: orNull(failure),
    bytes_received: outcome.requestBytes ?? 0,
    bytes_sent: outcome.responseBytes ?? 0,
    duration: Math.round(durationMs),
    x_forwarded_for: sent?.headers.get('x-forwarded-for') ?? null,
    user_agent: sent?.headers.get('user-agent') ?? null,
    request_id: (named && sent?.headers.get('x-request-id')) || null,
    authority: sent?.authority ?? null,
    upstream_host: orNull(endpoint),
    upstream_cluster: details === BLOCKED ? 'BlackHoleCluster' : orNull(cluster),
    ...routeName(outcome),
  };
}

/** How Istio calls the routes of hosts that nobody declared. */
const BLOCKED = 'block_all';
const PASSED = 'allow_any';

function routeName({ route, cluster, details }: Outcome): Fields {
  if (details === BLOCKED) return { route_name: BLOCKED };
  if (cluster === 'PassthroughCluster') return { route_name: PASSED };
  return route === '' ? {} : { route_name: route };
}

function line(format: AccessLogFormat, fields: Fields): string {
  return format === 'json' ? jsonLine(fields) : textLine(fields);
}

function jsonLine(fields: Fields): string {
  const record = JSON_KEYS.map((key): [Key, Value] => [key, capped(fields[key] ?? null)]);
  return `${plainJson(Object.fromEntries(record))}\n`;
}

function textLine(fields: Fields): string {
  const bare = (key: Key) =>
    fields[key] == null || fields[key] === '' ? '-' : plainText(String(fields[key]));
  const quoted = (key: Key) => `"${bare(key)}"`;
  const request = `"${bare('method')} ${bare('path')} ${bare('protocol')}"`;
  const parts = [`[${bare('start_time')}]`, request];
  for (const key of TEXT_KEYS) parts.push(QUOTED.has(key) ? quoted(key) : bare(key));
  return `${parts.join(' ')}\n`;
}

/** Envoy's order is that of the keys. */
const TEXT_KEYS = JSON_KEYS.slice(4);

const QUOTED: ReadonlySet<Key> = new Set<Key>([
  'upstream_transport_failure_reason',
  'x_forwarded_for',
  'user_agent',
  'request_id',
  'authority',
  'upstream_host',
]);

function capped(value: Value): Value {
  return typeof value === 'string' && value.length > 4096 ? `${value.slice(0, 4096)}…` : value;
}

function orNull(text: string): string | null {
  return text === '' ? null : text;
}

function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
