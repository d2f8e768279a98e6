import type { JsonSchema } from './openapi.ts';

/** One field of a schema, in words. */
export interface SchemaLine {
  name: string;
  /** 0 at the top; fields inside fields are deeper. */
  depth: number;
  required: boolean;
  type: string;
  note: string;
}

/** What a schema says of one value: its kind, and its limits and default as a note. */
export function describeSchema(schema: JsonSchema): Pick<SchemaLine, 'type' | 'note'> {
  const notes = [
    schema.description,
    schema.default === undefined ? undefined : `Default ${JSON.stringify(schema.default)}.`,
    limits('At least', schema.minimum ?? schema.minLength ?? schema.minItems, unitOf(schema)),
    limits('At most', tooLarge(schema.maximum) ?? schema.maxLength ?? schema.maxItems, unitOf(schema)),
    schema.pattern ? `Pattern ${String(schema.pattern)}` : undefined,
  ];
  return { type: kindOf(schema), note: notes.filter(Boolean).join(' ') };
}

/** The largest exact integer is no limit anybody needs to read. */
function tooLarge(maximum: unknown): unknown {
  return maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
}

function unitOf(schema: JsonSchema): string {
  if (schema.type === 'string') return ' characters';
  return schema.type === 'array' ? ' items' : '';
}

function limits(words: string, limit: unknown, unit: string): string | undefined {
  if (limit === undefined || limit === Number.MIN_SAFE_INTEGER) return undefined;
  return `${words} ${String(limit)}${unit}.`;
}

function kindOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined;
  if (choices) return choices.map(kindOf).join(' | ');
  const type = Array.isArray(schema.type) ? schema.type.join(' | ') : schema.type;
  if (type === 'array') return `list of ${kindOf((schema.items ?? {}) as JsonSchema)}`;
  if (type === 'string' && typeof schema.format === 'string') return schema.format;
  if (type === 'object' && schema.additionalProperties && !schema.properties) {
    return `map of ${kindOf(schema.additionalProperties as JsonSchema)}`;
  }
  return typeof type === 'string' ? type : 'any';
}
