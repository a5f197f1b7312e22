import type { Http2Session } from 'node:http2';

/**
 * Has a session end in a turn of its own. The runtime ends it by its methods in the middle of reading a GOAWAY, and
 * Deno 2.9 frees there what it is still reading; the goodbye of one client could crash the process.
 */
export function endInOwnTurn(session: Http2Session): void {
  if (!('Deno' in globalThis)) return;
  const { close, destroy } = session;
  session.close = (callback) => {
    setImmediate(() => close.call(session, callback));
  };
  session.destroy = (error, code) => {
    setImmediate(() => destroy.call(session, error, code));
  };
}
