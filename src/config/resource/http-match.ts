import * as z from 'zod';
import { portNumber, stringMap } from './field.ts';
import { fullMatch, namedMatches, stringMatch } from './string-match.ts';

/** HTTPMatchRequest: all conditions hold. Header names are lower-cased when they are compiled. */
export const httpMatch = z.strictObject({
  name: z.string().optional(),
  uri: stringMatch.optional(),
  ignoreUriCase: z.boolean().default(false),
  scheme: fullMatch.optional(),
  method: fullMatch.optional(),
  authority: fullMatch.optional(),
  headers: namedMatches.optional(),
  withoutHeaders: namedMatches.optional(),
  queryParams: namedMatches.optional(),
  port: portNumber.optional(),
  sourceLabels: stringMap.optional(),
  sourceNamespace: z.string().optional(),
  gateways: z.array(z.string()).default([]),
  statPrefix: z.string().optional(),
});
