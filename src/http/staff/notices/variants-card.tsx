import type { VNode } from 'preact';
import {
  type Audience,
  audiences,
  missingTexts,
  type NoticeDocument,
  noticeLanguages,
  startedLanguages,
} from '../../../domain/notice.ts';
import { languageName } from '../../translate.ts';
import { LinkButton } from '../../ui/field.tsx';
import { Card } from '../../ui/parts.tsx';
import { DataTable } from '../../ui/table.tsx';
import { audienceWords } from '../actions/parties.tsx';

type Props = { noticeId: number; document: NoticeDocument; mayEdit: boolean };

/** Which variant is complete in which language, with the page that shows or writes it. */
export function VariantsCard({ noticeId, document, mayEdit }: Props): VNode {
  const variants = audiences.filter((audience) => document.variants[audience]);
  return (
    <Card
      title="Variants and languages"
      flush
      action={
        <span class="ff-card-links">
          {mayEdit ? <a href={`/notices/${noticeId}/arrange`}>Variants and sections</a> : null}
          <a href={`/notices/${noticeId}/sheet`}>All languages at a glance</a>
          <a href={`/notices/${noticeId}/beside`}>Two languages side by side</a>
        </span>
      }
    >
      <DataTable
        caption="Variants and languages"
        columns={[
          { key: 'language', title: 'Language', cell: (code) => languageName(code, 'en'), rowHeader: true },
          {
            key: 'variants',
            title: 'Preview',
            cell: (code) => (
              <ul class="ff-inline-list">
                {variants.map((audience) => (
                  <li key={audience}>{cellOf(noticeId, document, audience, code)}</li>
                ))}
              </ul>
            ),
          },
          {
            key: 'edit',
            title: 'Text',
            cell: (code) => (mayEdit ? <a href={`/notices/${noticeId}/edit?language=${code}`}>Edit</a> : 'locked'),
          },
        ]}
        rows={Object.keys(document.texts)}
        rowKey={(code) => code}
        empty={{ title: 'No language yet', text: 'Add a language to write in.' }}
      />
      {mayEdit ? (
        <p class="ff-card-foot">
          <LinkButton href={`/notices/${noticeId}/edit?language=${document.sourceLanguage}`} tone="secondary">
            Edit the text
          </LinkButton>
        </p>
      ) : null}
    </Card>
  );
}

function cellOf(noticeId: number, document: NoticeDocument, audience: Audience, language: string): VNode {
  const link = <a href={`/notices/${noticeId}/preview?pane=${audience}.${language}.page`}>{audienceWords[audience]}</a>;
  if (noticeLanguages(document, audience).includes(language)) return link;
  const missing = missingTexts(document, audience, language).length;
  return (
    <span class="ff-muted">
      {startedLanguages(document, audience).includes(language) ? link : audienceWords[audience]}:{' '}
      {missing === 1 ? '1 text missing' : `${missing} texts missing`}
    </span>
  );
}
