import * as z from 'zod';
import {
  checkCondition,
  checkIpBlock,
  checkPathPattern,
  checkServiceAccount,
} from './authorization-values.ts';
import { problem } from './field.ts';

const list = z.array(z.string().min(1, 'must not be empty')).min(1, 'must not be empty').optional();
const ipBlocks = z.array(z.string().superRefine(checkIpBlock)).min(1, 'must not be empty').optional();
const paths = z.array(z.string().superRefine(checkPathPattern)).min(1, 'must not be empty').optional();
const serviceAccounts = z
  .array(z.string().max(320).superRefine(checkServiceAccount))
  .min(1, 'must not be empty')
  .max(16)
  .optional();
const ports = z
  .array(
    z
      .string()
      .refine((port) => /^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65535, 'must be a port in quotes'),
  )
  .min(1, 'must not be empty')
  .optional();

/** Source: all fields that are set must hold. */
export const source = z
  .strictObject({
    principals: list,
    notPrincipals: list,
    requestPrincipals: list,
    notRequestPrincipals: list,
    namespaces: list,
    notNamespaces: list,
    serviceAccounts,
    notServiceAccounts: serviceAccounts,
    trustDomains: list,
    notTrustDomains: list,
    ipBlocks,
    notIpBlocks: ipBlocks,
    remoteIpBlocks: ipBlocks,
    notRemoteIpBlocks: ipBlocks,
  })
  .check((ctx) => {
    const from = ctx.value;
    const accounts = from.serviceAccounts ?? from.notServiceAccounts;
    const others = from.principals ?? from.notPrincipals ?? from.namespaces ?? from.notNamespaces;
    if (accounts !== undefined && others !== undefined)
      ctx.issues.push(problem(from, 'Cannot set serviceAccounts with namespaces or principals'));
    requireOne(ctx);
  });

/** What an operation may ask of a request. Ports are strings. */
export const operationFields = {
  hosts: list,
  notHosts: list,
  ports,
  notPorts: ports,
  methods: list,
  notMethods: list,
  paths,
  notPaths: paths,
};

/** Operation: all fields that are set must hold. */
export const operation = z.strictObject(operationFields).check(requireOne);

/** Condition of `when`: the key's values, any of `values` and none of `notValues`. */
export const condition = z
  .strictObject({
    key: z.string().min(1, 'key is required'),
    values: z.array(z.string()).default([]),
    notValues: z.array(z.string()).default([]),
  })
  .check(checkCondition);

function requireOne(ctx: z.core.ParsePayload<object>): void {
  if (Object.values(ctx.value).every((field) => field === undefined))
    ctx.issues.push(problem(ctx.value, 'must set at least one field; an empty one would match everything'));
}
