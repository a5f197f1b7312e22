/** `weft`: the commands, each loaded when it is called. */
import { Command, InvalidArgumentError, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { REPORT_FORMATS } from './analyze/report-format.ts';
import { addCaCommands } from './ca-commands.ts';
import { CommandError, exitCode } from './exit-code.ts';
import { addIdentityCommands } from './identity-commands.ts';
import { addInterceptCommands } from './intercept-commands.ts';
import { addOperatorCommands } from './operator-commands.ts';
import { addPrecheckCommand } from './precheck-command.ts';
import { addRoutingCommands, collect } from './routing-commands.ts';
import { addRunCommand } from './run-command.ts';

function portOption(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65536) return port;
  throw new InvalidArgumentError('a port is a whole number from 1 to 65535, or 0 for any free one');
}

const program = new Command('weft')
  .description('A service mesh for web-standard runtimes, configured by Istio YAML.')
  .version(packageJson.version)
  .showHelpAfterError('(weft --help lists the commands)')
  .configureHelp({ showGlobalOptions: true })
  // Commands take these settings over when they are added, so they come first.
  .exitOverride(({ exitCode: code }) => process.exit(code === 0 ? 0 : exitCode.usage));

const withState = (command: Command): Command =>
  command.option('--state <dir>', 'state directory of the mesh', process.env.WEFT_STATE ?? '.weft');

const FILES = 'file, directory or - (repeat for more)';

const withFiles = (command: Command): Command =>
  command.requiredOption('-f, --filename <path>', FILES, collect);

const withAnalysis = (command: Command): Command =>
  withState(command)
    .option('-n, --namespace <name>', 'of resources that name none')
    .addOption(new Option('-o, --output <form>').choices(REPORT_FORMATS).default('log'))
    .option(
      '--failure-threshold <level>',
      'exit with 79 on findings of this level: Info, Warning, Error',
      'Error',
    )
    .option('--output-threshold <level>', 'show findings of this level and above', 'Info')
    .option(
      '-S, --suppress <code=resource>',
      '"IST0101=VirtualService default/*" (repeat for more)',
      collect,
      [],
    )
    .option('--target <platform>', 'say what it cannot do: workers, deno, bun, node (repeat)', collect, [])
    .option('--kubernetes', 'say too what matters only where Istio runs the manifests', false);

withState(program.command('up'))
  .description('boot a whole mesh on this machine: control, gateway, and with --demo the Bookinfo services')
  .option('--demo', 'start the demo application of each Deployment, with a sidecar', false)
  .option(
    '--config <path>',
    'manifests in place of examples/bookinfo (repeat for more; later documents win)',
    collect,
    [],
  )
  .option('--port <number>', 'port of the gateway (default: 8080, or a free one)', portOption)
  .addOption(
    new Option('--gateway <kind>', 'the gateway Worker in workerd, or the self-hosted one on sockets')
      .choices(['workerd', 'sockets'])
      .default('workerd'),
  )
  .addOption(
    new Option('--gateway-runtime <name>', 'what runs the self-hosted gateway')
      .choices(['bun', 'deno', 'node'])
      .default('bun'),
  )
  .action(async ({ demo, config, port, state, gateway: kind, gatewayRuntime: runtime }) =>
    (await import('./up/up.ts')).up({ demo, config, port, state, gateway: { kind, runtime } }),
  );

withAnalysis(program.command('analyze').alias('vet').option('-f, --filename <path>', FILES, collect))
  .description('find what is wrong or doubtful in manifests, or in the running mesh where none is named')
  .argument('[paths...]', 'like -f')
  .action(async (paths, flags) => (await import('./command/analyze.ts')).analyzeCommand(paths, flags));

withAnalysis(withFiles(program.command('validate')))
  .description('check manifests without a mesh')
  .action(async (flags) => (await import('./command/analyze.ts')).analyzeCommand([], flags));

program
  .command('schema')
  .description('print the JSON Schema of a kind, or of every kind, for editors')
  .argument('[kind]', 'e.g. virtualservice')
  .addHelpText(
    'after',
    '\nweft schema > weft.schema.json, and as the first line of a YAML file:\n# yaml-language-server: $schema=./weft.schema.json',
  )
  .action(async (kind) => (await import('./command/schema.ts')).schema(kind));

withState(withFiles(program.command('apply')))
  .description('add or replace resources, and publish')
  .option('--dry-run', 'judge only')
  .action(async (flags) => (await import('./command/apply.ts')).apply(flags));

withState(withFiles(program.command('delete')))
  .description('remove the resources that the manifests name, and publish')
  .option('--dry-run', 'judge only')
  .action(async (flags) => (await import('./command/apply.ts')).remove(flags));

program
  .command('convert')
  .description('write what the gateway serves as Gateway API resources, or as those of Istio')
  .argument('[files...]')
  .option('-f, --filename <path>', FILES, collect, [])
  .option('-n, --namespace <name>', 'of resources that name none')
  .addOption(new Option('--to <form>').choices(['istio', 'gateway-api']).makeOptionMandatory())
  .action(async (paths, flags) => (await import('./command/convert.ts')).convertCommand(paths, flags));

withState(program.command('get'))
  .description('list the resources in force')
  .argument('[kind]', 'e.g. virtualservice')
  .argument('[name]')
  .option('-n, --namespace <name>')
  .addOption(
    new Option('-o, --output <form>').choices(['table', 'wide', 'yaml', 'json', 'name']).default('table'),
  )
  .action(async (kind, name, flags) => (await import('./command/get.ts')).get(kind, name, flags));

addRoutingCommands(program, withState);
addOperatorCommands(program, withState);
addCaCommands(program, withState);
addIdentityCommands(program, withState);
addRunCommand(program, withState);
addInterceptCommands(program);
addPrecheckCommand(program);

// Whoever reads the output may have read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

await program.parseAsync().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`weft: ${message}\n`);
  // What is not a CommandError is a fault of ours or of the machine: the place helps to report it.
  if (!(error instanceof CommandError) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exitCode = error instanceof CommandError ? error.exitCode : exitCode.error;
});
