import * as z from 'zod';
import { parseAddress } from '../../match/address.ts';
import { parentReferences } from './parent-reference.ts';
import { backendReference, hostname, sectionName } from './reference.ts';

const fields = {
  parentRefs: parentReferences,
  rules: z
    .array(
      z.strictObject({
        name: sectionName.optional(),
        backendRefs: z.array(backendReference).min(1).max(16),
      }),
    )
    .min(1)
    .max(1),
  useDefaultGateways: z.enum(['All', 'None']).optional(),
};

/** TCPRoute and UDPRoute spec. */
export const l4Route = z.strictObject(fields);

const serverNames = z
  .array(hostname.refine((name) => parseAddress(name) === undefined, 'Hostnames cannot contain an IP'))
  .max(1024);

/** TLSRoute spec: by server name. */
export const kubernetesTlsRoute = z.strictObject({ ...fields, hostnames: serverNames.min(1) });

/** TLSRoute spec of v1alpha2, where no host name means every one. */
export const anyHostTlsRoute = z.strictObject({ ...fields, hostnames: serverNames.default([]) });
