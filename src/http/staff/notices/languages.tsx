/** The languages of a notice: who needs each, how far it is, who stands for it. As a page, and as a card beside the notice. */
import type { VNode } from 'preact';
import { type LanguageRow, type LanguageTable, loadLanguageTable } from '../../../app/queries/translations.ts';
import { allows } from '../../../domain/permission.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, idParam, seeOther } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { languageName } from '../../translate.ts';
import { Form, SubmitButton, TextInput } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { freshForm } from '../../ui/form.ts';
import { DeskPage, type NextStep } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Columns } from '../../ui/parts.tsx';
import { Badge, StateBadge } from '../../ui/state.tsx';
import { type Column, DataTable } from '../../ui/table.tsx';
import { Day, Moment } from '../../ui/time.tsx';
import type { ActionRow } from '../actions/action-page.tsx';
import { actionCrumbs } from '../actions/tabs.tsx';
import { shellOf } from '../shell.ts';

const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

/** Hands a page the languages of the notice in the path, with its action. */
export async function withLanguages(
  c: C,
  page: (table: LanguageTable, action: ActionRow) => Promise<Response>,
): Promise<Response> {
  const ctx = c.get('ctx');
  const id = idParam(c, 'id');
  const table = id === undefined ? undefined : await loadLanguageTable(ctx, id);
  if (!table) return answerRefusal(c, refuse('notice.unknown', { id: c.req.param('id') ?? '' }), '/actions');
  const action = await ctx.db
    .selectFrom('action')
    .selectAll()
    .where('id', '=', table.actionId)
    .executeTakeFirstOrThrow();
  return page(table, action);
}

/** Where a page below the notice leads back to. */
export function noticeCrumbs(action: ActionRow) {
  return [...actionCrumbs(action), { href: `/actions/${action.id}/notice`, label: 'Notice' }];
}

/** The page of one language. */
export function languagePath(noticeId: number, language: string): string {
  return `/notices/${noticeId}/languages/${language}`;
}

/** `1 text`, `2 texts`. */
export function count(number: number, noun: string): string {
  return `${formatCount(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** How a language stands with its reviewer, in colour and word. */
export function SignoffBadge({ row }: { row: LanguageRow }): VNode {
  if (row.isSource) return <Badge tone="grey">Approved with the notice</Badge>;
  if (row.written === 0) return <span class="ff-muted">–</span>;
  if (!row.signoff) {
    const word = row.fallen ? 'Sign-off void' : 'Not signed off';
    return (
      <Badge tone="amber" icon="alert-triangle">
        {word}
      </Badge>
    );
  }
  return row.signoff.nativeReader ? (
    <Badge tone="green" icon="circle-check">
      Read by a native reader
    </Badge>
  ) : (
    <Badge tone="amber" icon="user-question">
      No native reader yet
    </Badge>
  );
}

function columns(table: LanguageTable): Column<LanguageRow>[] {
  return [
    { key: 'language', title: 'Language', cell: (row) => languageName(row.language, 'en'), rowHeader: true },
    {
      key: 'recipients',
      title: 'Recipients',
      align: 'number',
      cell: (row) =>
        row.recipients > 0 ? (
          <a href={`/notices/${table.noticeId}/languages/${row.language}/recipients`}>{formatCount(row.recipients)}</a>
        ) : (
          <span class="ff-muted">0</span>
        ),
    },
    {
      key: 'complete',
      title: 'Text',
      cell: (row) =>
        row.complete ? (
          <Badge tone="green" icon="circle-check">
            Complete
          </Badge>
        ) : (
          <Badge tone={row.recipients > 0 ? 'amber' : 'grey'}>
            {row.written === 0 ? 'Nothing written' : `${row.written} of ${row.total} texts`}
          </Badge>
        ),
    },
    {
      key: 'signoff',
      title: 'Reviewed',
      cell: (row) => (
        <>
          <SignoffBadge row={row} />
          {row.signoff ? (
            <div class="ff-hint">
              <bdi>{row.signoff.reviewer}</bdi>, <bdi>{row.signoff.title}</bdi>, <Moment at={row.signoff.signedAt} />
              {row.signoff.nativeReader ? null : '; not yet reviewed by a native reader'}
            </div>
          ) : null}
        </>
      ),
    },
    {
      key: 'files',
      title: 'Translator’s file',
      cell: (row) => (row.isSource ? <span class="ff-muted">–</span> : <FileState row={row} />),
    },
  ];
}

function FileState({ row }: { row: LanguageRow }): VNode {
  const { lastExport, lastImport } = row;
  if (!lastExport && !lastImport) return <span class="ff-muted">never sent out</span>;
  return (
    <ul class="ff-plain-list">
      {lastExport ? (
        <li>
          out <Day value={lastExport.at.toISOString().slice(0, 10)} />
          {lastExport.current ? null : ', the source has changed since'}
        </li>
      ) : null}
      {lastImport ? (
        <li>
          <a href={`/translations/${lastImport.id}`}>
            in <Day value={lastImport.at.toISOString().slice(0, 10)} />
          </a>{' '}
          <StateBadge kind="import" state={lastImport.state} />
        </li>
      ) : null}
    </ul>
  );
}

function LanguageList({ table }: { table: LanguageTable }): VNode {
  return (
    <DataTable
      caption="Languages of this notice"
      columns={columns(table)}
      rows={table.rows}
      rowKey={(row) => row.language}
      rowHref={(row) => languagePath(table.noticeId, row.language)}
      empty={{ title: 'No language yet', text: 'Write the notice in its source language first.' }}
    />
  );
}

/** GET /notices/:id/languages */
export async function showLanguages(c: C): Promise<Response> {
  const asked = c.req.query('language');
  if (asked !== undefined && LANGUAGE.test(asked.trim()))
    return seeOther(c, languagePath(idParam(c, 'id') ?? 0, asked.trim()));
  return withLanguages(c, async (table, action) => {
    const mayEdit = allows(c.get('ctx').actor, 'notice.edit');
    const errors =
      asked === undefined ? [] : [{ field: 'language', message: 'Write the code of a language, e.g. fr or pt-BR.' }];
    return html(
      c,
      <DeskPage
        shell={await shellOf(c)}
        title={`Languages of ${table.number}, version ${table.version}`}
        lede="Who needs each language, how far it is, and who stands for it."
        crumbs={noticeCrumbs(action)}
        state={<StateBadge kind="notice" state={table.state} />}
        next={nextSteps(table)}
        errors={errors}
      >
        <LanguageList table={table} />
        <Columns>
          {mayEdit ? (
            <Card title="Another language">
              <Form action={`/notices/${table.noticeId}/languages`} method="get">
                <TextInput
                  form={{ ...freshForm({ language: asked ?? '' }), errors }}
                  name="language"
                  label="Language"
                  hint="Its code, e.g. fr or pt-BR. Nothing is written until a text comes."
                  width={8}
                  identifier
                />
                <SubmitButton tone="secondary">Open it</SubmitButton>
              </Form>
            </Card>
          ) : null}
          <Card title="How a language comes about">
            <ol>
              <li>Make the translator’s file (XLIFF) and send it out. Facts are locked in it.</li>
              <li>Upload what comes back, look at the report, take the texts.</li>
              <li>Have it read beside the source by somebody who knows the language, and sign it off.</li>
            </ol>
          </Card>
        </Columns>
      </DeskPage>,
      errors.length > 0 ? 422 : 200,
    );
  });
}

function nextSteps(table: LanguageTable): NextStep[] {
  const missing = table.rows.filter((row) => row.recipients > 0 && !row.complete);
  const unread = table.rows.filter((row) => row.complete && !row.isSource && !row.signoff);
  const first = (rows: LanguageRow[]) => ({
    href: languagePath(table.noticeId, rows[0]?.language ?? ''),
    label: languageName(rows[0]?.language ?? '', 'en'),
  });
  return [
    ...(missing.length > 0
      ? [
          {
            text: `${count(missing.length, 'language')} that recipients need ${missing.length === 1 ? 'is' : 'are'} not complete.`,
            tone: 'attention' as const,
            ...first(missing),
          },
        ]
      : []),
    ...(unread.length > 0
      ? [
          {
            text: `${count(unread.length, 'complete language')} ${unread.length === 1 ? 'waits' : 'wait'} for a reader who signs.`,
            ...first(unread),
          },
        ]
      : []),
  ];
}

/** The same, short, for the page of the notice. */
export async function LanguagesCard({ c, noticeId }: { c: C; noticeId: number }): Promise<VNode | null> {
  const table = await loadLanguageTable(c.get('ctx'), noticeId);
  if (!table) return null;
  return (
    <Card
      title="Languages and translations"
      action={<a href={`/notices/${noticeId}/languages`}>Files, reviews and sign-offs</a>}
      flush
    >
      <LanguageList table={table} />
    </Card>
  );
}
