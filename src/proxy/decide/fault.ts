import type { Fault } from '../../snapshot/route.ts';
import type { Context } from './chain.ts';
import type { Reply } from './decision.ts';
import { localReply } from './reply.ts';

/** What a fault does to one request. */
export interface Injected {
  /** Ms; 0 = none. */
  readonly delayMs: number;
  /** The answer in place of the upstream's, its delay included. */
  readonly abort: Reply | undefined;
}

/** Draws what a route's fault does: two independent draws, the delay's first. */
export type InjectFault = (context: Context) => Injected;

/** Compiles a fault; `source` is the key of its route. */
export function compileFault({ delay, abort }: Fault, source: string): InjectFault {
  const reply = abort === undefined ? undefined : abortReply(abort, source);
  return (context) => {
    const delayMs = delay !== undefined && isDrawn(delay.percent, context) ? delay.ms : 0;
    if (delay !== undefined) tell(context, delayMs > 0, `delay of ${delay.ms} ms`, delay.percent, source);
    const aborts = abort !== undefined && isDrawn(abort.percent, context);
    if (abort !== undefined) tell(context, aborts, `abort with ${abortText(abort)}`, abort.percent, source);
    if (!aborts || reply === undefined) return { delayMs, abort: undefined };
    return { delayMs, abort: delayMs > 0 ? { ...reply, delayMs } : reply };
  };
}

/** Whether a request belongs to a share of all of them; everything needs no draw. */
export function isDrawn(percent: number, { inputs }: Context): boolean {
  return percent >= 100 || inputs.draw() * 100 < percent;
}

type Abort = NonNullable<Fault['abort']>;

function abortReply({ status, grpcStatus }: Abort, source: string): Reply {
  const reply: Reply = {
    ...localReply(status, 'FI', 'fault_filter_abort'),
    body: 'fault filter abort',
    route: source,
  };
  return grpcStatus === undefined ? reply : { ...reply, grpcStatus };
}

function abortText({ status, grpcStatus }: Abort): string {
  return grpcStatus === undefined ? String(status) : `grpc-status ${grpcStatus} (${status} without gRPC)`;
}

function tell({ trace }: Context, met: boolean, what: string, percent: number, source: string): void {
  const text = `${what} for ${percent} % of requests${met ? '' : '; not this one'}`;
  trace?.add({ step: 'fault', verdict: met ? 'match' : 'skip', text, source });
}
