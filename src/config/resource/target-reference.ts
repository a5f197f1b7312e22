import * as z from 'zod';
import { problem } from './field.ts';

const TARGETS = new Set([
  'gateway.networking.k8s.io/Gateway',
  'gateway.networking.k8s.io/GatewayClass',
  'networking.istio.io/ServiceEntry',
  '/Service',
]);

/** PolicyTargetReference of the policy kinds. */
export const targetReference = z
  .strictObject({
    group: z
      .string()
      .max(253)
      .regex(/^$|^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/)
      .optional(),
    kind: z
      .string('targetRef kind must be set')
      .min(1, 'targetRef kind must be set')
      .max(63)
      .regex(/^[a-zA-Z](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/),
    name: z.string('targetRef name must be set').min(1, 'targetRef name must be set').max(253),
    namespace: z
      .string()
      .max(0, 'targetRef namespace must not be set: cross namespace referencing is not currently supported')
      .optional(),
  })
  .check((ctx) => {
    const { group = '', kind } = ctx.value;
    const core = group === 'core' ? '' : group;
    if (kind !== '' && !TARGETS.has(`${core}/${kind}`))
      ctx.issues.push(
        problem(
          ctx.value,
          'must be a Gateway or GatewayClass (gateway.networking.k8s.io), a Service, or a ServiceEntry (networking.istio.io)',
        ),
      );
  });

/** `targetRefs`, at most 16. */
export const targetReferences = z.array(targetReference).max(16);

interface Attached {
  readonly selector?: unknown;
  readonly targetRef?: unknown;
  readonly targetRefs?: unknown;
}

/** A check: a policy selects workloads or names its targets, in one way. */
export function checkAttachment(ctx: z.core.ParsePayload<Attached>): void {
  const { selector, targetRef, targetRefs } = ctx.value;
  const set = Object.entries({ selector, targetRef, targetRefs }).filter(([, value]) => value !== undefined);
  const last = set.at(-1);
  if (set.length > 1 && last !== undefined)
    ctx.issues.push(problem(ctx.value, 'only one of targetRefs or selector can be set', [last[0]]));
}
