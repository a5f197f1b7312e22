import { type Command, InvalidArgumentError } from 'commander';
import { defaultInterception as defaults } from './intercept/interception.ts';

/** The commands that make a network namespace send its connections through the sidecar. */
export function addInterceptCommands(program: Command): void {
  const intercept = program
    .command('intercept')
    .description('send the connections of this network namespace through the sidecar (Linux, nftables)');
  addApply(intercept.command('apply'));
  intercept
    .command('remove')
    .description('take back what apply did; nothing of it is left')
    .action(async () => (await import('./command/intercept.ts')).removeInterception());
  intercept
    .command('show')
    .description('tell the rules in force, and why each is there')
    .action(async () => (await import('./command/intercept.ts')).showInterception());
}

function addApply(command: Command): void {
  const { proxyPort, inboundPort, dnsPort, proxyUid, proxyGid } = defaults;
  command
    .description('redirect outbound and inbound TCP, and DNS; what was applied before is replaced')
    .option('-p, --proxy-port <port>', 'where the sidecar takes outbound connections', port, proxyPort)
    .option('-z, --inbound-port <port>', 'where it takes inbound connections', port, inboundPort)
    .option('--dns-port <port>', 'where it answers DNS', port, dnsPort)
    .option('-u, --uid <number>', 'the user it runs as; its own connections are left alone', id, proxyUid)
    .option('-g, --gid <number>', 'the same for its group', id, proxyGid)
    .option('-b, --inbound-ports <list>', 'ports of the application, such as 80,8000-8100; * = all', '*')
    .option('-d, --exclude-inbound-ports <list>', 'beside 15020, 15021 and 15090', '')
    .option('-q, --outbound-ports <list>', 'ports that the application calls; * = all', '*')
    .option('-o, --exclude-outbound-ports <list>', 'ports that are called directly', '')
    .option('-i, --outbound-ranges <list>', 'addresses that it calls, such as 10.0.0.0/8; * = all', '*')
    .option('-x, --exclude-outbound-ranges <list>', 'addresses that are called directly', '')
    .option('-c, --exclude-interfaces <list>', 'interfaces whose traffic is left alone', '')
    .option('--no-dns', 'leave DNS alone')
    .option('--dry-run', 'print the rules instead')
    .addHelpText(
      'after',
      `\nThe sidecar must run as user ${proxyUid}, or it would be sent to itself, with WEFT_INTERCEPTION=redirect.\n\nExamples:\n  weft intercept apply --exclude-outbound-ports 5432\n  weft intercept apply --dry-run\n  weft intercept remove`,
    )
    .action(async (flags) => (await import('./command/intercept.ts')).applyInterception(flags));
}

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value < 65_536) return value;
  throw new InvalidArgumentError('a port is a whole number from 1 to 65535');
}

function id(text: string): number {
  const value = Number(text);
  if (/^[0-9]+$/.test(text) && value < 2 ** 32) return value;
  throw new InvalidArgumentError('a user or group is a whole number');
}
