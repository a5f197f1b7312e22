import { type Command, InvalidArgumentError, Option } from 'commander';
import { TEST_FORMATS } from './test/test-report.ts';

type Wrap = (command: Command) => Command;

/** Commands that ask what a configuration does with requests, each loaded when it is called. */
export function addRoutingCommands(program: Command, withState: Wrap): void {
  addExplain(program, withState);
  addTest(program, withState);
  addComparisons(program, withState);
}

function addExplain(program: Command, withState: Wrap): void {
  withState(program.command('explain'))
    .description('tell what the mesh does with a request, step by step, and which YAML line says so')
    .argument('[request...]', 'METHOD URL as the client would send it, or after --, a curl command')
    .option('-H, --header <line>', "header line, 'name: value' (repeat for more)", collect, [])
    .option('--curl <command>', 'a curl command as one text, as browsers copy it')
    .option(
      '--from <workload>',
      'calling workload, name or namespace/name; without it the request comes through the gateway',
    )
    .option(
      '--target <workload>',
      'ask the sidecar of this workload alone, as if the request came straight to it',
    )
    .option(
      '--as <principal>',
      'identity of the caller; without --from, also the workload of that account, else a client of the gateway',
    )
    .option('--jwt <claims>', 'claims as JSON, or a token: taken as given, no signature is looked at')
    .addOption(
      new Option('--authorizer <answer>', 'what external authorizers are taken to say')
        .choices(['allow', 'deny'])
        .default('allow'),
    )
    .option('--at <revision>', 'as of a revision of weft history', wholeRevision)
    .option('-f, --filename <path>', 'explain these manifests in place of the running mesh', collect, [])
    .addOption(gatewayOption())
    .addOption(new Option('-o, --output <form>').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      "\nExamples:\n  weft explain GET http://shop.example/productpage\n  weft explain GET http://reviews:9080/reviews/0 -H 'end-user: jason' --from productpage-v1\n  weft explain GET http://details:9080/ --target details-v1 --as cluster.local/ns/default/sa/web\n  weft explain --at 3 -- curl -X POST -H 'end-user: jason' http://shop.example/login",
    )
    .action(async (words, flags) => (await import('./command/explain.ts')).explainCommand(words, flags));
}

function addTest(program: Command, withState: Wrap): void {
  withState(program.command('test'))
    .description('run unit tests of the configuration: requests, and what must become of them')
    .argument('[tests...]', 'files of tests, or directories that hold some; else those among what -f gives')
    .option(
      '-f, --filename <path>',
      'configuration in place of the running mesh (repeat for more)',
      collect,
      [],
    )
    .option('--fail-under <percent>', 'fail when less of the routes and rules is hit', percent)
    .addOption(gatewayOption())
    .addOption(new Option('-o, --output <form>').choices(TEST_FORMATS).default('log'))
    .addHelpText(
      'after',
      '\nFiles have cases (see docs/testing.md) or the testCases of istio-config-validator.\nExit codes: 0 all passed, 80 a case failed or the coverage is too low, 65 a mistake in a file.\n\nExamples:\n  weft test -f examples/bookinfo examples/bookinfo/tests\n  weft test -f mesh/ tests/ --fail-under 90 -o junit > report.xml',
    )
    .action(async (paths, flags) => (await import('./command/test.ts')).testCommand(paths, flags));
}

function addComparisons(program: Command, withState: Wrap): void {
  withSides(withState(program.command('replay')))
    .description('send recorded requests through two configurations, and tell what differs')
    .argument('<recording>', 'access log (JSON or text), HAR, or - for standard input')
    .option('--from <workload>', 'the log is of the outbound side of its sidecar')
    .option('--target <workload>', 'the log is of the inbound side of its sidecar')
    .option('--as <principal>', 'identity of the caller')
    .addOption(failOnOption('regression'))
    .addHelpText(
      'after',
      '\nExit codes: 0 no regression, 81 requests that were served are served no more, 65 no request in the recording.\n\nExamples:\n  weft replay access.ndjson -f mesh/            (the running mesh, and mesh/)\n  weft replay shop.har --old mesh/ --new next/\n  weft replay access.log --old 7 --new 9        (revisions of weft history)',
    )
    .action(async (file, flags) => (await import('./command/replay.ts')).replayCommand(file, flags));
  withSides(withState(program.command('diff')))
    .description('tell which requests change meaning between two configurations')
    .addOption(failOnOption('never'))
    .addHelpText(
      'after',
      '\nRequests are made from both configurations, around every edge of what is not the same.\nExit codes: 0, and 81 as --fail-on says.\n\nExamples:\n  weft diff -f mesh/                 (the running mesh, and mesh/)\n  weft diff --old mesh/ --new next/ --fail-on regression\n  weft diff --old 7 --new 9          (revisions of weft history)',
    )
    .action(async (flags) => (await import('./command/diff.ts')).diffCommand(flags));
}

/** Which two configurations are compared. */
function withSides(command: Command): Command {
  return command
    .option(
      '--old <configuration>',
      'files or a revision; else the running mesh (repeat for more)',
      collect,
      [],
    )
    .option(
      '--new <configuration>',
      'files or a revision; else the running mesh (repeat for more)',
      collect,
      [],
    )
    .option('-f, --filename <path>', 'like --new', collect, [])
    .addOption(gatewayOption())
    .addOption(new Option('-o, --output <form>').choices(['text', 'json']).default('text'));
}

function failOnOption(fallback: string): Option {
  return new Option('--fail-on <what>', 'what makes the exit code 81')
    .choices(['regression', 'change', 'never'])
    .default(fallback);
}

/** Collects an option that may be repeated. */
export const collect = (value: string, earlier: readonly string[] = []): string[] => [...earlier, value];

/** What runs the gateway decides how requests reach the services behind it. */
export function gatewayOption(): Option {
  return new Option(
    '--gateway <kind>',
    'the gateway Worker in workerd (plaintext to services), or the self-hosted one on sockets (mutual TLS)',
  )
    .choices(['workerd', 'sockets'])
    .default('workerd');
}

function percent(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 100) return value;
  throw new InvalidArgumentError('it must be a number from 0 to 100');
}

function wholeRevision(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('it must be a number of weft history');
}
