import * as z from 'zod';

const LABELS = '[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?';
const NAME = new RegExp(`^(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?/)?${LABELS}$`, 'i');

/** Names of gateways: `name`, `namespace/name` or `mesh`. */
export const gatewayNames = z.array(
  z
    .string()
    .max(512)
    .refine((name) => NAME.test(name), 'must be a gateway: name, namespace/name or mesh'),
);
