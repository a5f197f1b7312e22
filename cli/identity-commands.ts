import type { Command } from 'commander';

/** Commands around the identities of workloads, each loaded when it is called. */
export function addIdentityCommands(program: Command, withState: (command: Command) => Command): void {
  withState(program.command('join-bundle'))
    .description(
      'make what a sidecar of a workload starts from: a secret until its token is used, ten minutes at most',
    )
    .argument('<workload>', 'name of its Deployment, or of the gateway')
    .option('-n, --namespace <name>', 'of the workload', 'default')
    .option('--no-token', 'leave the token out, for a workload that is attested by something else')
    .option('-o, --output <file>', 'write a new file for its owner alone (default: stdout)')
    .addHelpText(
      'after',
      '\nExamples:\n  weft join-bundle reviews-v1 -o reviews.json\n  weft join-bundle reviews-v1 --no-token -o reviews.json',
    )
    .action(async (workload, flags) =>
      (await import('./command/join-bundle.ts')).joinBundle(workload, flags),
    );
}
