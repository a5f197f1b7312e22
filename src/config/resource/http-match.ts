import * as z from 'zod';
import { labelMap, portNumber } from './field.ts';
import { gatewayNames } from './gateway-reference.ts';
import { fullMatch, headerMatches, namedMatches, stringMatch } from './string-match.ts';

/** HTTPMatchRequest: all conditions hold. Header names are lower-cased when they are compiled. */
export const httpMatch = z.strictObject({
  name: z.string().optional(),
  uri: stringMatch.optional(),
  ignoreUriCase: z.boolean().default(false),
  scheme: fullMatch.optional(),
  method: fullMatch.optional(),
  authority: fullMatch.optional(),
  headers: headerMatches.optional(),
  withoutHeaders: headerMatches.optional(),
  queryParams: namedMatches.optional(),
  port: portNumber.optional(),
  sourceLabels: labelMap.optional(),
  sourceNamespace: z.string().optional(),
  gateways: gatewayNames.default([]),
  statPrefix: z.string().optional(),
});
