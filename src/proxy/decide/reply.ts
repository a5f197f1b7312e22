import type { Reply, ResponseFlag } from './decision.ts';

/** A local answer without headers, body or route. */
export function localReply(status: number, flag: ResponseFlag, details: string): Reply {
  return { kind: 'reply', status, headers: [], body: '', flag, details, route: '' };
}
