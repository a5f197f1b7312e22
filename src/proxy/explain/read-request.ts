import { canonicalRequest, isRefusal } from '../../http/canonical-request.ts';
import { HeaderList } from '../../http/header-list.ts';
import type { CanonicalRequest } from '../../http/message.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';

/** A request as a person writes it. */
export interface RequestText {
  readonly method: string;
  /** Absolute, of http or https. */
  readonly url: string;
  /** `name: value` each. */
  readonly headers: readonly string[];
}

/** Why there is no request: it is not written as one, or the proxy's door refuses it. */
export interface Unreadable {
  readonly cause: 'syntax' | 'refused';
  readonly message: string;
  /** Of the door's answer; 0 for `syntax`. */
  readonly status: number;
}

/** The request as the door of the caller's proxy would make it. */
export function readRequest(
  { method, url, headers: lines }: RequestText,
  caller: Snapshot,
): CanonicalRequest | Unreadable {
  const [, scheme = '', rest = ''] = /^(https?):\/\/(.*)$/.exec(url) ?? [];
  if (!scheme) return syntax(`${url} is not a URL of http or https`);
  const wrong = lines.find((line) => !isHeaderLine(line));
  if (wrong !== undefined) return syntax(`'${wrong}' is not a header; write 'name: value'`);
  const slash = rest.search(/[/?#]/);
  const [host, path] = slash < 0 ? [rest, '/'] : [rest.slice(0, slash), rest.slice(slash)];
  const headers = HeaderList.from(lines.map(headerLine));
  // As curl does: a Host header given by hand takes the place of the URL's.
  if (!headers.has('host')) headers.append('host', host);
  const target = path.startsWith('/') ? path : `/${path}`;
  const head = { method: method.toUpperCase(), target, headers };
  const request = canonicalRequest(head, scheme === 'https' ? 'https' : 'http', caller.pathNormalization);
  return isRefusal(request) ? refused(request.status, request.reason) : request;
}

/** Whether `readRequest` found no request. */
export function isUnreadable(read: CanonicalRequest | Unreadable): read is Unreadable {
  return 'cause' in read;
}

const syntax = (message: string): Unreadable => ({ cause: 'syntax', message, status: 0 });

const refused = (status: number, reason: string): Unreadable => ({
  cause: 'refused',
  message: `the proxy refuses this request: ${status} ${reason}`,
  status,
});

function isHeaderLine(line: string): boolean {
  const name = line.slice(0, Math.max(0, line.indexOf(':'))).trim();
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name);
}

function headerLine(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}
