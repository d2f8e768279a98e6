import type { VNode } from 'preact';
import type { C } from '../context.ts';
import { shellOf } from '../staff/shell.ts';
import { DeskPage, type Shell } from '../ui/layout.tsx';
import { html } from '../ui/page.tsx';
import { Card, Identifier, More } from '../ui/parts.tsx';
import { DataTable } from '../ui/table.tsx';
import { curlOf } from './curl.ts';
import { type JsonSchema, type OpenApiOperation, openApiDocument } from './openapi.ts';
import type { Operation } from './operation.ts';
import { describeSchema, type SchemaLine } from './schema-lines.ts';

interface Shown {
  row: Operation;
  path: string;
  described: OpenApiOperation;
}

/** GET /api: the document as people read it, made from the same rows. `?q=` keeps what it names. */
export async function showApiPage(c: C, rows: readonly Operation[]): Promise<Response> {
  const ctx = c.get('ctx');
  const q = (c.req.query('q') ?? '').trim().slice(0, 100);
  const document = openApiDocument(rows);
  const all = rows.map((row): Shown => {
    const path = row.path.replace(/:([a-zA-Z]+)/g, '{$1}');
    return { row, path, described: document.paths[path]?.[row.method.toLowerCase()] as OpenApiOperation };
  });
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const found = all.filter(({ row }) => {
    const text =
      `${row.method} ${row.path} ${row.summary} ${row.tag} ${row.permission} ${row.description}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const visitor: Shell = {
    viewer: undefined,
    path: '/api',
    flashes: [],
    version: ctx.settings.version,
    demo: ctx.settings.demo,
  };
  const shell = ctx.actor.kind === 'staff' ? await shellOf(c) : visitor;
  const tags = [...new Set(found.map(({ row }) => row.tag))];
  return html(
    c,
    <DeskPage
      styles={['api.css']}
      shell={shell}
      title="API"
      lede={
        <>
          {rows.length} operations below <Identifier>{`${ctx.settings.publicUrl}/api/v1`}</Identifier>. The same as a
          document for programs: <a href="/api/openapi.json">openapi.json</a> (OpenAPI 3.1).
        </>
      }
    >
      <Basics />
      <form action="/api" method="get" class="ff-api-search">
        <label for="api-q" class="form-label">
          Find an operation
        </label>
        <input
          id="api-q"
          class="form-control ff-width-30"
          type="search"
          name="q"
          value={q}
          placeholder="e.g. release, import, webhook"
        />
        <button class="btn ff-btn-secondary" type="submit">
          Find
        </button>
        {q ? <a href="/api">Show all</a> : null}
      </form>
      {found.length === 0 ? <p>No operation has these words. Try one word, e.g. “import”.</p> : null}
      {tags.map((tag) => (
        <Card key={tag} title={tag} id={`tag-${idOf(tag)}`}>
          {found
            .filter(({ row }) => row.tag === tag)
            .map((shown) => (
              <OperationPart
                key={shown.described.operationId}
                shown={shown}
                publicUrl={ctx.settings.publicUrl}
                open={found.length === 1}
              />
            ))}
        </Card>
      ))}
    </DeskPage>,
  );
}

function idOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function Basics(): VNode {
  return (
    <Card title="How to use it">
      <ul>
        <li>
          An administrator makes a key under Settings, API keys. Send it with each request:{' '}
          <Identifier>Authorization: Bearer ff_…</Identifier>
        </li>
        <li>
          A key holds scopes: the permissions named with each operation. Approvals are signed by people; no key can give
          them.
        </li>
        <li>
          Writes take <Identifier>Idempotency-Key</Identifier>: any text of yours. The same request with the same key is
          done once and answered the same for two days; another request with it is refused.
        </li>
        <li>
          Errors are <Identifier>application/problem+json</Identifier> (RFC 9457): <Identifier>detail</Identifier> says
          what is wrong and how to mend it, <Identifier>code</Identifier> is for programs,{' '}
          <Identifier>errors</Identifier> points to the place.
        </li>
        <li>
          Lists take <Identifier>page</Identifier> and <Identifier>size</Identifier> (at most 500). Instants are RFC
          3339 in UTC, days <Identifier>YYYY-MM-DD</Identifier>. A JSON body may have up to 1 MB.
        </li>
      </ul>
    </Card>
  );
}

function OperationPart({ shown, publicUrl, open }: { shown: Shown; publicUrl: string; open: boolean }): VNode {
  const { row, path, described } = shown;
  const body = described.requestBody?.content;
  const answer = Object.entries(described.responses).find(([status]) => status.startsWith('2'));
  const made = answer && 'content' in answer[1] ? answer[1].content : undefined;
  return (
    <div class="ff-api-operation" id={described.operationId}>
      <More
        open={open}
        summary={
          <>
            <span class="ff-code ff-api-method">{row.method}</span> <span class="ff-code">{path}</span> {row.summary}
          </>
        }
      >
        <p>{row.description}</p>
        <p>
          {row.permission === 'any' ? (
            'Any key or signed-in person may ask.'
          ) : (
            <>
              Scope: <Identifier>{described['x-permission']}</Identifier>
            </>
          )}
        </p>
        {described.parameters ? (
          <Lines
            caption="Parameters"
            lines={described.parameters.map((one) => ({
              name: one.name,
              depth: 0,
              required: one.required,
              ...describeSchema(one.schema),
              note: [`In the ${one.in}.`, one.description].filter(Boolean).join(' '),
            }))}
          />
        ) : null}
        {body ? <Bodies title="Body" content={body} note={described.requestBody?.description} /> : null}
        {made ? <Bodies title={`Answer, ${answer?.[0]}`} content={made} /> : null}
        <p class="form-label">Example</p>
        <pre class="ff-api-example">
          <code>{curlOf(row, publicUrl)}</code>
        </pre>
      </More>
    </div>
  );
}

function Bodies({
  title,
  content,
  note,
}: {
  title: string;
  content: Record<string, { schema: JsonSchema }>;
  note?: string | undefined;
}): VNode {
  const json = content['application/json'];
  if (!json) {
    return (
      <p>
        {title}: {Object.keys(content).join(' or ')}. {note}
      </p>
    );
  }
  const lines = linesOf(json.schema);
  return lines.length > 0 ? (
    <Lines caption={title} lines={lines} />
  ) : (
    <p>
      {title}: {describeSchema(json.schema).type}
    </p>
  );
}

/** The fields of an object, and those inside them, one line each. */
function linesOf(schema: JsonSchema, depth = 0): SchemaLine[] {
  const inner = (schema.type === 'array' ? schema.items : schema) as JsonSchema | undefined;
  const properties = (inner?.properties ?? {}) as Record<string, JsonSchema>;
  const required = new Set((inner?.required ?? []) as string[]);
  return Object.entries(properties).flatMap(([name, own]) => [
    { name, depth, required: required.has(name), ...describeSchema(own) },
    ...(depth < 3 ? linesOf(own, depth + 1) : []),
  ]);
}

function Lines({ caption, lines }: { caption: string; lines: readonly SchemaLine[] }): VNode {
  return (
    <DataTable
      caption={caption}
      columns={[
        {
          key: 'name',
          title: caption,
          rowHeader: true,
          cell: (line) => (
            <Identifier>{`${'  '.repeat(line.depth)}${line.depth > 0 ? '└ ' : ''}${line.name}`}</Identifier>
          ),
        },
        { key: 'type', title: 'Kind', cell: (line) => line.type },
        { key: 'required', title: 'Needed', cell: (line) => (line.required ? 'yes' : '') },
        { key: 'note', title: 'Notes', cell: (line) => line.note },
      ]}
      rows={lines.map((line, index) => ({ ...line, index }))}
      rowKey={(line) => line.index}
      empty={{ title: 'Nothing', text: 'No fields.' }}
    />
  );
}
