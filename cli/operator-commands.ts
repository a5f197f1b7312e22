import { type Command, InvalidArgumentError, Option } from 'commander';

/** Commands that look at the running mesh and its history, each loaded when it is called. */
export function addOperatorCommands(program: Command, withState: (command: Command) => Command): void {
  addProxyCommands(program, withState);
  addHistoryCommands(program, withState);
  withState(program.command('stat'))
    .description('tell rate, success and latency of workloads, or of the edges between them')
    .addArgument(
      program
        .createArgument('[what]', 'workloads or edges')
        .choices(['workloads', 'edges'])
        .default('workloads'),
    )
    .option('--seconds <number>', 'how far back, 5 to 600', within(5, 600), 60)
    .option('-w, --watch', 'tell anew every five seconds')
    .addOption(output('table', 'json'))
    .addHelpText('after', '\nExamples:\n  weft stat\n  weft stat edges --seconds 300\n  weft stat edges -w')
    .action(async (what, flags) => (await import('./command/stat.ts')).stat(what, flags));
  withState(program.command('gateway-key'))
    .description('make a key for the gateway Worker to sign requests with, have it certified, and print it')
    .addHelpText(
      'after',
      '\nExample:\n  weft gateway-key | wrangler secret put WEFT_PROOF_KEY\n\nThe secret is printed once and kept nowhere.',
    )
    .action(async (flags) => (await import('./command/gateway-key.ts')).gatewayKey(flags));
  withState(program.command('check'))
    .description(
      'judge the running mesh: control, keys, configuration, proxies, certificates, clocks, gateway',
    )
    .option('--wait <seconds>', 'how long the mesh may take to become as it should be', within(0, 600), 10)
    .addOption(output('text', 'json'))
    .addHelpText(
      'after',
      '\nExit codes: 0 all is well, 69 control does not answer, 79 the configuration has errors, 82 proxies run another revision,\n83 a certificate was not renewed, 1 anything else. That of the first failure counts.',
    )
    .action(async (flags) => (await import('./command/check.ts')).check(flags));
}

function addProxyCommands(program: Command, withState: (command: Command) => Command): void {
  withState(program.command('proxy-status').alias('ps'))
    .description('list the proxies, the revision that each runs, and how long its certificate lives')
    .addOption(output('table', 'wide', 'json'))
    .action(async (flags) => (await import('./command/proxy-status.ts')).proxyStatus(flags));
  withState(program.command('proxy-config').alias('pc'))
    .description('tell what one proxy runs')
    .addArgument(program.createArgument('<part>', 'which part').choices([...parts]))
    .argument('<proxy>', 'workload, workload.namespace, or the name of an instance')
    .addOption(output('table', 'json'))
    .addHelpText(
      'after',
      '\nExamples:\n  weft proxy-config route productpage-v1\n  weft pc endpoint istio-ingressgateway.istio-system\n  weft pc secret reviews-v1 -o json',
    )
    .action(async (part, name, flags) =>
      (await import('./command/proxy-config.ts')).proxyConfig(part, name, flags),
    );
}

function addHistoryCommands(program: Command, withState: (command: Command) => Command): void {
  withState(program.command('history'))
    .description('list what was published, newest first, or tell what one revision changed')
    .argument('[revision]', 'a number of the list', wholeRevision)
    .addOption(output('table', 'json'))
    .action(async (revision, flags) => (await import('./command/history.ts')).history(revision, flags));
  withState(program.command('rollback'))
    .description('bring the resources of an earlier revision back, under a new revision')
    .argument('<revision>', 'a number of weft history', wholeRevision)
    .option('--dry-run', 'tell what would change')
    .addHelpText('after', '\nExamples:\n  weft history\n  weft rollback 3 --dry-run\n  weft rollback 3')
    .action(async (revision, flags) => (await import('./command/rollback.ts')).rollback(revision, flags));
}

const parts = ['route', 'cluster', 'endpoint', 'secret', 'listener', 'policy'] as const;

const output = (...forms: [string, ...string[]]): Option =>
  new Option('-o, --output <form>').choices(forms).default(forms[0]);

const wholeRevision = (text: string): number => within(1, Number.MAX_SAFE_INTEGER)(text);

function within(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`it must be a whole number ${range}`);
  };
}
