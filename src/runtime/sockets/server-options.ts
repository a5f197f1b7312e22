import type { Handler } from '../../proxy/exchange.ts';
import type { Log } from '../ports.ts';
import type { BodySource } from './body.ts';
import type { Deadlines } from './deadlines.ts';

/** What every connection of a listener shares. */
export interface ServerOptions {
  readonly handler: Handler<BodySource>;
  readonly deadlines: Deadlines;
  readonly log: Log;
  /** Whether responses ask the client not to come back (`Connection: close`). */
  readonly retired: () => boolean;
}
