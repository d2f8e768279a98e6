import { z } from 'zod';
import { type FileAnswer, type FileBody, isFile, type Operation } from './operation.ts';

/** A JSON Schema, as OpenAPI 3.1 takes it. */
export type JsonSchema = { [key: string]: unknown };

export interface OpenApiParameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: JsonSchema;
}

type Content = Record<string, { schema: JsonSchema; example?: unknown }>;

export interface OpenApiOperation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  'x-permission': string;
  parameters?: OpenApiParameter[];
  requestBody?: { required: boolean; description?: string; content: Content };
  responses: Record<string, { description: string; content?: Content } | { $ref: string }>;
}

export interface OpenApiDocument {
  openapi: '3.1.0';
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  security: Record<string, string[]>[];
  tags: { name: string }[];
  paths: Record<string, Record<string, OpenApiOperation>>;
  components: JsonSchema;
}

/** The schema of what a caller sends (`input`) or gets (`output`), without the marks zod adds. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  // A plain copy: the library's answer carries its own property, which is no part of the document.
  const { $schema: _, ...made } = JSON.parse(
    JSON.stringify(
      z.toJSONSchema(schema, {
        target: 'draft-2020-12',
        io,
        unrepresentable: 'any',
        override: ({ zodSchema, jsonSchema: own }) => {
          if (zodSchema._zod.def.type === 'date') Object.assign(own, { type: 'string', format: 'date-time' });
        },
      }),
    ),
  ) as JsonSchema;
  return made;
}

function parametersOf(row: Operation): OpenApiParameter[] {
  const made: OpenApiParameter[] = [];
  for (const place of ['path', 'query'] as const) {
    const schema = place === 'path' ? row.params : row.query;
    if (!schema) continue;
    const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
      properties?: Record<string, JsonSchema>;
      required?: string[];
    };
    for (const [name, { description, ...own }] of Object.entries(properties)) {
      made.push({
        name,
        in: place,
        required: place === 'path' || required.includes(name),
        ...(typeof description === 'string' ? { description } : {}),
        schema: own,
      });
    }
  }
  if (row.method !== 'GET') {
    made.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description: 'Any text of your own, e.g. a UUID: the same request with the same key is done once.',
      schema: { type: 'string', minLength: 1, maxLength: 200 },
    });
  }
  return made;
}

function contentOf(body: z.ZodType | FileBody | FileAnswer, io: 'input' | 'output', example?: unknown): Content {
  if (isFile(body)) {
    return Object.fromEntries(
      body.mediaTypes.map((type) => [type, { schema: { type: 'string', contentEncoding: 'binary' } }]),
    );
  }
  const schema = jsonSchema(body as z.ZodType, io);
  return { 'application/json': example === undefined ? { schema } : { schema, example } };
}

/** `POST /keys/:id/revoke` → `postKeysIdRevoke`: unique, because method and path are. */
function operationIdOf(row: Operation): string {
  const words = row.path.split(/[^a-zA-Z0-9]+/).filter(Boolean);
  return row.method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function describe(row: Operation): OpenApiOperation {
  const parameters = parametersOf(row);
  const permission = [row.permission].flat().join(' or ');
  const errors: Record<string, { $ref: string }> = {
    '401': { $ref: '#/components/responses/NotSignedIn' },
    '403': { $ref: '#/components/responses/NotAllowed' },
    '422': { $ref: '#/components/responses/Refused' },
  };
  if (row.params) errors['404'] = { $ref: '#/components/responses/NotFound' };
  if (row.method !== 'GET') errors['409'] = { $ref: '#/components/responses/InTheWay' };
  return {
    operationId: operationIdOf(row),
    tags: [row.tag],
    summary: row.summary,
    description: `${row.description} ${permission === 'any' ? 'Any key may ask.' : `Scope: ${permission}.`}`,
    'x-permission': permission,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(row.body
      ? {
          requestBody: {
            required: true,
            ...(isFile(row.body) ? { description: row.body.description } : {}),
            content: contentOf(row.body, 'input', row.example?.body),
          },
        }
      : {}),
    responses: {
      [String(row.status ?? 200)]: {
        description: isFile(row.answer) ? row.answer.description : 'Done.',
        content: contentOf(row.answer, 'output'),
      },
      ...errors,
    },
  };
}

const problemSchema: JsonSchema = {
  type: 'object',
  description: 'RFC 9457, with a code that programs may rely on.',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What is wrong and how to mend it, for people.' },
    code: { type: 'string', description: 'The reason, for programs.' },
    params: { type: 'object', additionalProperties: { type: ['string', 'number'] } },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['in', 'pointer', 'detail'],
        properties: {
          in: { enum: ['path', 'query', 'body'] },
          pointer: { type: 'string', description: 'JSON pointer (RFC 6901) to the place.' },
          detail: { type: 'string' },
        },
      },
    },
  },
};

/** The OpenAPI 3.1 document of these operations. */
export function openApiDocument(rows: readonly Operation[]): OpenApiDocument {
  const paths: OpenApiDocument['paths'] = {};
  for (const row of rows) {
    const path = row.path.replace(/:([a-zA-Z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [row.method.toLowerCase()]: describe(row) };
  }
  const failure = (description: string) => ({
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  });
  return {
    openapi: '3.1.0',
    info: {
      title: 'Fieldfix',
      version: '1',
      description:
        'Field safety corrective actions from the first notice to the last verified fix. Send an API key as a bearer ' +
        'token. Errors are application/problem+json. Writes take an Idempotency-Key.',
    },
    servers: [{ url: '/api/v1' }],
    security: [{ key: [] }],
    tags: [...new Set(rows.map((row) => row.tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key, `ff_…`.' } },
      schemas: { Problem: problemSchema },
      responses: {
        NotSignedIn: failure('No key, or one that is not known, ended or revoked.'),
        NotAllowed: failure('The key lacks the scope.'),
        NotFound: failure('There is nothing by this name.'),
        InTheWay: failure('Something else was quicker, or a request with this Idempotency-Key still runs.'),
        Refused: failure('The input is wrong, or the rules of the house refuse it. Nothing was changed.'),
      },
    },
  };
}
