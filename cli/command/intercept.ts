import { applyRuleset, listTable, removeTable } from '../intercept/nft.ts';
import { type InterceptFlags, readInterception } from '../intercept/read-flags.ts';
import { ruleset } from '../intercept/ruleset.ts';

/** `weft intercept apply`: the connections of this network namespace go through the sidecar from now on. */
export function applyInterception({
  dryRun,
  ...flags
}: InterceptFlags & { readonly dryRun?: boolean }): void {
  const interception = readInterception(flags);
  const script = ruleset(interception);
  if (dryRun) {
    process.stdout.write(script);
    return;
  }
  applyRuleset(script);
  const { proxyPort, inboundPort, dnsPort, redirectDns, proxyUid } = interception;
  const dns = redirectDns ? `, DNS to port ${dnsPort}` : '';
  process.stdout.write(
    `intercepted: outbound TCP to port ${proxyPort}, inbound to port ${inboundPort}${dns}; user ${proxyUid} is left alone\n`,
  );
}

/** `weft intercept remove`: takes back what `apply` did. */
export function removeInterception(): void {
  process.stdout.write(removeTable() ? 'interception removed\n' : 'there was no interception here\n');
}

/** `weft intercept show`: the rules in force, each with why it is there. */
export function showInterception(): void {
  process.stdout.write(listTable() ?? 'no interception in this network namespace\n');
}
