import { connectionOptions } from './connection-options.ts';
import { HeaderList } from './header-list.ts';

const P = 0x70;

/**
 * Whether a field is for one connection only (RFC 9110 §7.6.1). Proxy-* counts, but for Proxy-Status (RFC
 * 9209), which is for the client.
 */
export function isHopByHop(name: string): boolean {
  switch (name) {
    case 'connection':
    case 'keep-alive':
    case 'te':
    case 'trailer':
    case 'transfer-encoding':
    case 'upgrade':
      return true;
    default:
      return name.charCodeAt(0) === P && name.startsWith('proxy-') && name !== 'proxy-status';
  }
}

/**
 * The fields without hop-by-hop ones and those that Connection nominates; the same object when there are
 * none. Content-Length is end-to-end and stays.
 */
export function stripHopByHop(headers: HeaderList): HeaderList {
  if (!anyHopByHop(headers)) return headers;
  const nominated = connectionOptions(headers);
  const kept = new HeaderList();
  for (const [name, value] of headers) {
    if (!isHopByHop(name) && !nominated?.includes(name)) kept.append(name, value);
  }
  return kept;
}

function anyHopByHop(headers: HeaderList): boolean {
  for (let i = 0; i < headers.end; i++) {
    const name = headers.nameAt(i);
    if (name !== undefined && isHopByHop(name)) return true;
  }
  return false;
}
