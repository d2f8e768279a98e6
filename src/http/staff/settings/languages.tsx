import type { VNode } from 'preact';
import { countContactLanguages } from '../../../app/queries/languages.ts';
import { allows } from '../../../domain/permission.ts';
import type { C } from '../../context.ts';
import { wordReview } from '../../language-review.ts';
import { availableLanguages, coverageOf, direction, languageName } from '../../translate.ts';
import { formatCount, formatDay } from '../../ui/figures.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Identifier } from '../../ui/parts.tsx';
import { Badge } from '../../ui/state.tsx';
import { DataTable } from '../../ui/table.tsx';
import { shellOf } from '../shell.ts';
import { SettingsTabs } from './tabs.tsx';

type Row = { code: string; written: number; total: number; contacts: number };

/** GET /settings/languages: the fixed words of portal, mails, letters and forms, and who has read them. */
export async function showWordLanguages(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const { languages, none } = await countContactLanguages(ctx.db);
  const rows: Row[] = availableLanguages()
    .map((code) => ({ code, ...coverageOf(code), contacts: languages.get(code) ?? 0 }))
    .sort((a, b) => b.contacts - a.contacts || languageName(a.code, 'en').localeCompare(languageName(b.code, 'en')));
  const unread = rows.filter((row) => !wordReview(row.code).nativeReader).length;
  const others = [...languages].filter(([code]) => !rows.some((row) => meets(code, row.code)));
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title="Languages of the fixed words"
      lede="What portal, mails, letters and forms say by themselves. The words of a notice are its own: they are translated and signed off with it."
      tabs={allows(ctx.actor, 'setting.change') ? <SettingsTabs here="/settings/languages" /> : undefined}
    >
      {unread > 0 ? (
        <Alert
          tone="attention"
          title={
            unread === rows.length
              ? 'No language has been reviewed by a native reader yet'
              : `${unread} languages have not been reviewed by a native reader yet`
          }
        >
          Have somebody who grew up with the language read its file in locales/, then note it in locales/review.json.
        </Alert>
      ) : null}
      <DataTable<Row>
        caption="Languages of the fixed words"
        columns={[
          {
            key: 'name',
            title: 'Language',
            rowHeader: true,
            cell: (row) => (
              <>
                {languageName(row.code, 'en')}{' '}
                <span class="ff-muted" lang={row.code} dir={direction(row.code)}>
                  {languageName(row.code)}
                </span>
              </>
            ),
          },
          { key: 'code', title: 'Code', cell: (row) => <Identifier>{row.code}</Identifier> },
          { key: 'contacts', title: 'Contacts', align: 'number', cell: (row) => formatCount(row.contacts) },
          { key: 'coverage', title: 'Texts', cell: (row) => <Coverage row={row} /> },
          { key: 'review', title: 'Reviewed', cell: (row) => <Review code={row.code} /> },
        ]}
        rows={rows}
        rowKey={(row) => row.code}
        empty={{ title: 'No languages', text: 'Languages come with Fieldfix, one file each in locales/.' }}
      />
      {others.length > 0 || none > 0 ? (
        <Card title="Contacts outside this table">
          <ul class="ff-plain-list">
            {others.map(([code, count]) => (
              <li key={code}>{`${languageName(code, 'en')}: ${formatCount(count)} contacts, who get English pages`}</li>
            ))}
            {none > 0 ? (
              <li>{`No language known: ${formatCount(none)} contacts, who get the languages of their country`}</li>
            ) : null}
          </ul>
        </Card>
      ) : null}
    </DeskPage>,
  );
}

/** `de-AT` is spoken to in `de`. */
function meets(code: string, available: string): boolean {
  return code === available || code.split('-')[0] === available;
}

function Coverage({ row }: { row: Row }): VNode {
  return row.written === row.total ? (
    <Badge tone="green" icon="circle-check">
      {`all ${formatCount(row.total)}`}
    </Badge>
  ) : (
    <Badge tone="amber" icon="alert-triangle">
      {`${formatCount(row.written)} of ${formatCount(row.total)}; the rest is English`}
    </Badge>
  );
}

function Review({ code }: { code: string }): VNode {
  const { nativeReader, by, on } = wordReview(code);
  return nativeReader ? (
    <Badge tone="green" icon="circle-check">
      {['by a native reader', by, on && formatDay(on)].filter(Boolean).join(', ')}
    </Badge>
  ) : (
    <Badge tone="amber" icon="user-question">
      not yet by a native reader
    </Badge>
  );
}
