import * as z from 'zod';
import { portNumber } from '../resource/field.ts';

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The API group of the Gateway API's kinds. */
export const GATEWAY_GROUP = 'gateway.networking.k8s.io';

/** A host name; the first label may be `*`. */
export const hostname = z
  .string()
  .min(1)
  .max(253)
  .regex(/^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);

/** A host name without wildcard. */
export const preciseHostname = z.string().min(1).max(253).regex(SUBDOMAIN);

/** The name of a listener, a port or a rule. */
export const sectionName = z.string().min(1).max(253).regex(SUBDOMAIN);

/** An API group; empty for the core kinds. */
export const group = z
  .string()
  .max(253)
  .regex(/^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);

/** A kind's name, as it is written. */
export const kindName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/);

/** A resource's name. */
export const objectName = z.string().min(1).max(253);

/** A namespace's name. */
export const namespaceName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);

/** LocalObjectReference: something of the own namespace. */
export const localReference = z.strictObject({ group, kind: kindName, name: objectName });

/** ObjectReference: something of any namespace. */
export const objectReference = z.strictObject({
  group,
  kind: kindName,
  name: objectName,
  namespace: namespaceName.optional(),
});

/** SecretObjectReference: a Secret unless it says otherwise. */
export const secretReference = z.strictObject({
  group: group.default(''),
  kind: kindName.default('Secret'),
  name: objectName,
  namespace: namespaceName.optional(),
});

/** BackendObjectReference: a Service's port unless it says otherwise. */
const backendFields = {
  group: group.default(''),
  kind: kindName.default('Service'),
  name: objectName,
  namespace: namespaceName.optional(),
  port: portNumber.optional(),
};

const NEEDS_PORT = 'Must have port for Service reference';

interface ServicePort {
  readonly group: string;
  readonly kind: string;
  readonly port?: number | undefined;
}

function hasPort({ group: ofGroup, kind, port }: ServicePort): boolean {
  return ofGroup !== '' || kind !== 'Service' || port !== undefined;
}

/** Where something is sent. */
export const backendObjectReference = z.strictObject(backendFields).refine(hasPort, NEEDS_PORT);

const weightedFields = { ...backendFields, weight: z.int().min(0).max(1000000).default(1) };

/** BackendRef: where a share of the traffic is sent. */
export const backendReference = z.strictObject(weightedFields).refine(hasPort, NEEDS_PORT);

/** A BackendRef with filters of its own. */
export function filteredBackend<F extends z.ZodType>(filters: F) {
  return z.strictObject({ ...weightedFields, filters }).refine(hasPort, NEEDS_PORT);
}
