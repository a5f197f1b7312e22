import type { Edit } from './decision.ts';
import type { Arrival } from './evidence.ts';
import { requestField } from './request-field.ts';

/** A header value of a VirtualService, its `%COMMANDS%` compiled. */
export interface ValueTemplate {
  /** The value, when it is the same for every request. */
  readonly constant: string | undefined;
  /** The value for this request after the edits so far; a command without a value gives nothing. */
  render(arrival: Arrival, edits: readonly Edit[]): string;
}

/**
 * Compiles `%REQ(name?other):length%`, `%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%` and friends, and `%%`.
 * Anything else between percent signs stands for itself.
 */
export function compileTemplate(text: string): ValueTemplate {
  const parts = parse(oneLine(text));
  if (parts.every((part) => typeof part === 'string')) {
    const constant = parts.join('');
    return { constant, render: () => constant };
  }
  return {
    constant: undefined,
    render(arrival, edits) {
      let value = '';
      for (const part of parts) value += typeof part === 'string' ? part : part(arrival, edits);
      return value;
    },
  };
}

type Command = (arrival: Arrival, edits: readonly Edit[]) => string;

function parse(text: string): (string | Command)[] {
  const parts: (string | Command)[] = [];
  let literal = '';
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '%') {
      literal += text[i];
      continue;
    }
    const end = text.indexOf('%', i + 1);
    const name = end < 0 ? undefined : text.slice(i + 1, end);
    const command = name ? compileCommand(name) : undefined;
    if (command !== undefined) {
      parts.push(literal, command);
      literal = '';
      i = end;
    } else {
      literal += '%';
      if (name === '') i = end;
    }
  }
  parts.push(literal);
  return parts;
}

function compileCommand(text: string): Command | undefined {
  const request = /^REQ\(([^()?]+)(?:\?([^()?]+))?\)(?::(\d{1,5}))?$/.exec(text);
  if (request !== null) {
    const [, name = '', other, length] = request;
    return requestHeader(
      name.toLowerCase(),
      other?.toLowerCase(),
      length === undefined ? undefined : Number(length),
    );
  }
  switch (text) {
    case 'DOWNSTREAM_REMOTE_ADDRESS':
    case 'DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT':
    case 'DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT':
      return ({ connection }) => connection.remoteAddress;
    case 'DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT':
      return ({ connection }) => connection.localAddress;
    case 'DOWNSTREAM_PEER_URI_SAN':
      return ({ connection: { peer } }) => (peer ? `spiffe://${peer.id.trustDomain}${peer.id.path}` : '');
    case 'DOWNSTREAM_LOCAL_PORT':
      return ({ connection }) => String(connection.port);
    case 'PROTOCOL':
      return ({ connection }) => (connection.http2 === true ? 'HTTP/2' : 'HTTP/1.1');
    case 'REQUESTED_SERVER_NAME':
      return ({ connection }) => connection.serverName ?? '';
    default:
      return undefined;
  }
}

function requestHeader(name: string, other: string | undefined, length: number | undefined): Command {
  return ({ request }, edits) => {
    let value = requestField(request, edits, name);
    if (value === undefined && other !== undefined) value = requestField(request, edits, other);
    return length === undefined ? (value ?? '') : (value ?? '').slice(0, length);
  };
}

/** A value must never end its own line. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\0]/g, ' ');
}
