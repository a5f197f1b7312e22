import { anyKindSchema, kindNamed, kindSchema } from '../../src/config/json-schema.ts';
import { closest } from '../../src/config/reading/suggestion.ts';
import { KINDS } from '../../src/config/resource/kinds.ts';
import { CommandError, exitCode } from '../exit-code.ts';

/** `weft schema [kind]`: the JSON Schema of one kind, or one schema for files of any kind. */
export function schema(name: string | undefined): void {
  process.stdout.write(`${JSON.stringify(name === undefined ? anyKindSchema() : schemaOf(name), null, 2)}\n`);
}

function schemaOf(name: string) {
  const kind = kindNamed(name);
  if (kind !== undefined)
    return { $schema: 'https://json-schema.org/draft/2020-12/schema', ...kindSchema(kind) };
  const kinds = Object.keys(KINDS);
  const meant = closest(name, kinds);
  throw new CommandError(
    `there is no kind ${name}${meant ? ` (did you mean ${meant}?)` : ''}; kinds: ${kinds.join(', ')}`,
    exitCode.usage,
  );
}
