import type { VNode } from 'preact';
import { type ComparedNotices, compareVersions } from '../../../app/notice-compare.ts';
import type { DiffPart, FactDiff, StructureDiff, TextDiff } from '../../../domain/notice-diff.ts';
import { directionOf } from '../../../domain/notice-render.ts';
import { titleOf } from '../../../domain/notice-variants.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import type { C } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { languageName } from '../../translate.ts';
import { Form, LinkButton, Select, SubmitButton } from '../../ui/field.tsx';
import { freshForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, EmptyState, Identifier } from '../../ui/parts.tsx';
import { DataTable } from '../../ui/table.tsx';
import type { ActionRow } from '../actions/action-page.tsx';
import { shellOf } from '../shell.ts';
import { noticeCrumbs, withNotice } from './find.ts';

/** GET /notices/:id/compare?with=&language=&show= : two versions side by side, word by word. */
export async function showCompare(c: C): Promise<Response> {
  return withNotice(c, async (notice, action) => {
    const { db } = c.get('ctx');
    const asked = c.req.query('with') ?? '';
    const compared = await compareVersions(db, notice.id, /^\d{1,12}$/.test(asked) ? Number(asked) : undefined);
    if (isRefusal(compared)) {
      if (asked !== '') return answerRefusal(c, compared, `/actions/${action.id}/notice/versions`);
      return html(c, await onlyVersionPage(c, action));
    }
    const versions = await db
      .selectFrom('notice')
      .select(['id', 'version', 'number', 'state'])
      .where('action_id', '=', action.id)
      .orderBy('version', 'desc')
      .execute();
    const { before, after, diff } = compared;
    const other = before.id === notice.id ? after : before;
    const language = c.req.query('language') ?? '';
    const all = c.req.query('show') === 'all';
    const changed = diff.texts.filter((text) => text.change !== 'same');
    const languages = [...new Set(diff.texts.map((text) => text.language))];
    const texts = (all ? diff.texts : changed).filter((text) => language === '' || text.language === language);
    return html(
      c,
      <DeskPage
        shell={await shellOf(c)}
        styles={['notice-desk.css']}
        title={`Version ${before.version} and version ${after.version}`}
        lede={summaryOf(compared)}
        crumbs={[...noticeCrumbs(action), { href: `/actions/${action.id}/notice/versions`, label: 'Versions' }]}
      >
        <Form
          action={`/notices/${notice.id}/compare`}
          method="get"
          class="ff-notice-choice ff-no-print"
          label="What to compare"
        >
          <Select
            form={freshForm({ with: String(other.id) })}
            name="with"
            label={`Version ${notice.version} with`}
            options={versions
              .filter((row) => row.id !== notice.id)
              .map((row) => ({ value: String(row.id), label: `Version ${row.version}, ${row.number} (${row.state})` }))}
          />
          <Select
            form={freshForm({ language })}
            name="language"
            label="Language"
            options={[
              { value: '', label: 'All' },
              ...languages.map((code) => ({ value: code, label: labelOf(code, changed) })),
            ]}
          />
          <Select
            form={freshForm({ show: all ? 'all' : '' })}
            name="show"
            label="Sections"
            options={[
              { value: '', label: 'Only what changed' },
              { value: 'all', label: 'All of them' },
            ]}
          />
          <SubmitButton tone="secondary">Compare</SubmitButton>
        </Form>
        <StructureCard rows={diff.structure} before={before.version} after={after.version} />
        <FactsCard rows={diff.facts} before={before.version} after={after.version} />
        {texts.length === 0 ? (
          <EmptyState
            title={changed.length === 0 ? 'No word was changed' : 'Nothing changed here'}
            action={
              <LinkButton href={`/notices/${notice.id}/compare?with=${other.id}&show=all`}>
                Show all sections
              </LinkButton>
            }
          >
            {changed.length === 0 ? 'Both versions say the same in every language.' : 'Choose another language.'}
          </EmptyState>
        ) : null}
        {[...Map.groupBy(texts, (text) => text.language)].map(([code, group]) => (
          <Card key={code} title={languageName(code, 'en')}>
            <div class="ff-diff-heads" aria-hidden="true">
              <span>Version {before.version}</span>
              <span>Version {after.version}</span>
            </div>
            {group.map((text) => (
              <TextRow key={text.name} text={text} before={before.version} after={after.version} />
            ))}
          </Card>
        ))}
      </DeskPage>,
    );
  });
}

/** The first version has nothing to be compared with. */
async function onlyVersionPage(c: C, action: ActionRow): Promise<VNode> {
  return (
    <DeskPage shell={await shellOf(c)} title="Compare versions" crumbs={noticeCrumbs(action)}>
      <EmptyState
        title="There is no other version yet"
        action={<LinkButton href={`/actions/${action.id}/notice`}>Open the notice</LinkButton>}
      >
        Differences are shown between two versions, for example a release and its update.
      </EmptyState>
    </DeskPage>
  );
}

function labelOf(code: string, changed: readonly TextDiff[]): string {
  const count = changed.filter((text) => text.language === code).length;
  return `${languageName(code, 'en')}${count > 0 ? ` (${count} changed)` : ''}`;
}

function summaryOf({ diff }: ComparedNotices): string {
  const changed = diff.texts.filter((text) => text.change !== 'same');
  const languages = new Set(changed.map((text) => text.language)).size;
  const count = (n: number, one: string, many: string): string => (n === 1 ? `1 ${one}` : `${n} ${many}`);
  return `${count(changed.length, 'text', 'texts')} in ${count(languages, 'language', 'languages')}, ${count(diff.facts.length, 'fact', 'facts')} and ${count(diff.structure.length, 'setting', 'settings')} differ.`;
}

type RowProps = { text: TextDiff; before: number; after: number };

/** One text, the earlier version at the left and the later at the right; on a narrow screen one below the other. */
function TextRow({ text, before, after }: RowProps): VNode {
  const { language, name, parts, change } = text;
  const direction = directionOf(language);
  return (
    <section class={`ff-diff ff-diff-${change}`} aria-label={titleOf(name)}>
      <h3>
        {titleOf(name)} {change === 'changed' || change === 'same' ? null : <span class="ff-diff-word">{change}</span>}
      </h3>
      <div class="ff-diff-sides">
        <div lang={language} dir={direction}>
          <span class="visually-hidden">Version {before}: </span>
          <Words parts={parts.filter((part) => part.kind !== 'added')} />
        </div>
        <div lang={language} dir={direction}>
          <span class="visually-hidden">Version {after}: </span>
          <Words parts={parts.filter((part) => part.kind !== 'removed')} />
        </div>
      </div>
    </section>
  );
}

function Words({ parts }: { parts: readonly DiffPart[] }): VNode {
  if (parts.length === 0) return <span class="ff-muted">nothing</span>;
  return (
    <p class="ff-diff-text">
      {parts.map((part, index) =>
        part.kind === 'removed' ? (
          <del key={index}>{part.text}</del>
        ) : part.kind === 'added' ? (
          <ins key={index}>{part.text}</ins>
        ) : (
          part.text
        ),
      )}
    </p>
  );
}

function StructureCard({
  rows,
  before,
  after,
}: {
  rows: readonly StructureDiff[];
  before: number;
  after: number;
}): VNode | null {
  if (rows.length === 0) return null;
  return (
    <Card title="What it is made of" flush>
      <DataTable
        caption="What the notice is made of"
        columns={[
          { key: 'what', title: 'What', cell: (row) => row.what, rowHeader: true },
          { key: 'before', title: `Version ${before}`, cell: (row) => <del>{row.before}</del> },
          { key: 'after', title: `Version ${after}`, cell: (row) => <ins>{row.after}</ins> },
        ]}
        rows={rows}
        rowKey={(row) => row.what}
        empty={{ title: 'The same', text: '' }}
      />
    </Card>
  );
}

function FactsCard({
  rows,
  before,
  after,
}: {
  rows: readonly FactDiff[];
  before: number;
  after: number;
}): VNode | null {
  if (rows.length === 0) return null;
  return (
    <Card title="Facts" flush>
      <DataTable
        caption="Facts that differ"
        columns={[
          { key: 'name', title: 'Fact', cell: (row) => row.about, rowHeader: true },
          { key: 'fact', title: 'Name', cell: (row) => <Identifier>{`{${row.name}}`}</Identifier> },
          { key: 'before', title: `Version ${before}`, cell: (row) => (row.before ? <del>{row.before}</del> : '–') },
          { key: 'after', title: `Version ${after}`, cell: (row) => (row.after ? <ins>{row.after}</ins> : '–') },
        ]}
        rows={rows}
        rowKey={(row) => row.name}
        empty={{ title: 'The same', text: '' }}
      />
    </Card>
  );
}
