import { z } from 'zod';
import { ALIASES, gatewayBlock } from './gateway.ts';

type Json = Record<string, unknown>;

/** The JSON Schema (draft 2020-12) of the configuration file, for editors. */
export function gatewayJsonSchema(): Json {
  const { $schema, ...rest } = z.toJSONSchema(gatewayBlock, {
    target: 'draft-2020-12',
    io: 'input',
    override: ({ jsonSchema }) => {
      const json = jsonSchema as Json;
      if ('preset' in json) json.default = json.preset;
      for (const key of ['preset', 'secret', 'form']) delete json[key];
      if (json.description === '') delete json.description;
      // A name of one letter case for both says the same to an editor.
      if ('enum' in json) delete json.type;
    },
  }) as Json;
  const properties = rest.properties as Record<string, Json>;
  const aliases = [...ALIASES].map(([alias, name]) => [
    alias,
    { ...properties[name], description: `The same as ${name}.` },
  ]);
  return {
    $schema,
    title: 'Configuration of unclog gateway',
    ...rest,
    properties: { ...properties, ...Object.fromEntries(aliases) },
  };
}
