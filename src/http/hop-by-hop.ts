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
  if (!headers.names.some(isHopByHop)) return headers;
  const nominated = connectionOptions(headers);
  const kept = new HeaderList();
  for (let i = 0; i < headers.size; i++) {
    const name = headers.names[i] as string;
    if (!isHopByHop(name) && !nominated?.includes(name)) kept.append(name, headers.values[i] as string);
  }
  return kept;
}
