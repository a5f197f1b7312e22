import type { Policy } from '../../src/snapshot/policy.ts';
import { buildPolicy, condition, exact, prefix } from './snapshot.ts';

/** `/admin`, the role `root` and the host `internal.example` are denied; only GET and HEAD are allowed. */
export const guards: readonly Policy[] = [
  buildPolicy('DENY', [
    { to: [[condition('request.path', [prefix('/admin')])]] },
    { when: [condition({ kind: 'request.header', name: 'x-role' }, [exact('root')])] },
    { to: [[condition('request.host', [exact('internal.example')])]] },
  ]),
  buildPolicy('ALLOW', [{ to: [[condition('request.method', [exact('GET'), exact('HEAD')])]] }]),
];

/** A request line and header lines besides Host. */
export type Sent = readonly [method: string, path: string, ...lines: string[]];

/** What the guards refuse, in many spellings; paths are decoded and their slashes merged. */
export const deniedRequests: readonly Sent[] = [
  ['GET', '/admin'],
  ['GET', '/admin/x?y'],
  ['GET', '/x/../admin'],
  ['GET', '/x/%2e%2E/admin'],
  ['GET', '/./admin'],
  ['GET', '//admin'],
  ['GET', '/%61dmin'],
  ['GET', '/x\\..\\admin'],
  ['GET', '/x%2f..%2Fadmin'],
  ['GET', '/x%5c..%5Cadmin'],
  ['GET', '/admin#x'],
  ['GET', 'http://reviews/admin'],
  ['GET', 'http://reviews/x/../admin'],
  ['GET', '/admin%00'],
  ['POST', '/'],
  ['get', '/'],
  ['Get', '/'],
  ['GET', '/', 'x-role: root'],
  ['GET', '/', 'X-ROLE: root'],
  ['GET', '/', 'x-role: guest', 'x-role: root'],
  ['GET', '/', 'x-role: root', 'x-role: guest'],
  ['GET', '/', 'x-role:\troot \t'],
  ['GET', '/', 'x-role : root'],
  ['GET', 'http://internal.example/'],
  ['GET', 'http://INTERNAL.example:80/'],
  ['GET', 'http://internal.example./'],
  ['GET', '/', 'Host: internal.example'],
];

/** What they let through, and the path that arrives. */
export const allowedRequests: readonly (readonly [
  method: string,
  path: string,
  arrives: string,
  ...lines: string[],
])[] = [
  // What the client nominates for this hop alone is neither judged nor forwarded.
  ['GET', '/', '/', 'x-role: root', 'connection: x-role'],
  ['GET', '/public', '/public'],
  ['GET', '/x//y/./z', '/x/y/z'],
  ['GET', '/Admin', '/Admin'],
  ['GET', '/?q=/admin', '/?q=/admin'],
  ['GET', '/', '/', 'x-role: rooted'],
];
