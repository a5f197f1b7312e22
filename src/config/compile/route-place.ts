import type { Target } from '../../snapshot/target.ts';

/** Where routes will run: decides which match items apply and which port a destination means. */
export interface RoutePlace {
  readonly target: Target;
  /** `mesh`, or the `namespace/name` of the gateways that the routes are compiled for. */
  readonly gateways: ReadonlySet<string>;
  /** The service port, or the server ports that serve the host; at least one. */
  readonly ports: readonly number[];
}
