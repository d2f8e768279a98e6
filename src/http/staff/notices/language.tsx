/** One language of a notice: its file out and in, back-translations, and who stands for it. */
import type { VNode } from 'preact';
import { languageHash } from '../../../app/language-signoffs.ts';
import { type LanguageRow, type LanguageTable, loadLanguageHistory } from '../../../app/queries/translations.ts';
import { allows } from '../../../domain/permission.ts';
import { refuse } from '../../../domain/refusal.ts';
import type { C } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { languageName } from '../../translate.ts';
import { LinkButton } from '../../ui/field.tsx';
import { type FormState, freshForm } from '../../ui/form.ts';
import { DeskPage, type NextStep } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Columns } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { signerMeans } from '../account/signature-fields.tsx';
import type { ActionRow } from '../actions/action-page.tsx';
import { shellOf } from '../shell.ts';
import { BackTranslationCard, FileInCard, FileOutCard } from './language-files.tsx';
import { count, noticeCrumbs, withLanguages } from './languages.tsx';
import { loadSignoffHistory, SignoffCard, SignoffHistory } from './signoff.tsx';

const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

/** Everything the cards of a language need. */
export interface LanguagePageData {
  table: LanguageTable;
  action: ActionRow;
  row: LanguageRow;
  history: Awaited<ReturnType<typeof loadLanguageHistory>>;
  textsHash: string;
  open: boolean;
}

/** Hands a page the language in the path; one the notice does not have yet is shown as nothing written. */
export async function withLanguage(c: C, page: (data: LanguagePageData) => Promise<Response>): Promise<Response> {
  return withLanguages(c, async (table, action) => {
    const language = c.req.param('language') ?? '';
    if (!LANGUAGE.test(language))
      return answerRefusal(c, refuse('language.unknown', { language }), `/notices/${table.noticeId}/languages`);
    const row = table.rows.find((one) => one.language === language) ?? nothingWritten(language, table);
    return page({
      table,
      action,
      row,
      history: await loadLanguageHistory(c.get('ctx').db, table.noticeId, language),
      textsHash: languageHash(table.document, language),
      open: table.state !== 'released' && table.state !== 'superseded',
    });
  });
}

function nothingWritten(language: string, table: LanguageTable): LanguageRow {
  return {
    language,
    isSource: false,
    recipients: 0,
    written: 0,
    total: table.rows[0]?.total ?? 0,
    complete: false,
    signoff: undefined,
    fallen: undefined,
    lastExport: undefined,
    lastImport: undefined,
    backTranslations: 0,
  };
}

/** GET /notices/:id/languages/:language */
export async function showLanguage(c: C): Promise<Response> {
  return withLanguage(c, async (data) => html(c, await languagePage(c, data)));
}

/** The page; `form` is the one of its forms that was refused, under the name of what it does. */
export async function languagePage(
  c: C,
  data: LanguagePageData,
  refused: { form: FormState; of: 'upload' | 'back-translation' | 'sign-off' | 'export' } = {
    form: freshForm(),
    of: 'upload',
  },
): Promise<VNode> {
  const { table, action, row, open } = data;
  const { actor } = c.get('ctx');
  const mayEdit = allows(actor, 'notice.edit');
  const formOf = (name: typeof refused.of) => (refused.of === name ? refused.form : undefined);
  const name = languageName(row.language, 'en');
  return (
    <DeskPage
      shell={await shellOf(c)}
      title={`${name}: ${table.number}, version ${table.version}`}
      lede={
        row.isSource
          ? 'The source: every other language is translated from it.'
          : `For ${count(row.recipients, 'recipient')}. ${row.written} of ${row.total} texts are written.`
      }
      crumbs={[...noticeCrumbs(action), { href: `/notices/${table.noticeId}/languages`, label: 'Languages' }]}
      state={<StateBadge kind="notice" state={table.state} />}
      errors={refused.form.errors}
      next={nextSteps(data)}
      actions={
        open && mayEdit ? (
          <LinkButton href={`/notices/${table.noticeId}/edit?language=${row.language}`} icon="edit">
            Edit the text
          </LinkButton>
        ) : null
      }
    >
      {row.isSource ? (
        <Alert tone="note" title="The source is approved with the notice">
          Quality and Regulatory affairs sign it. Open another language to send it out or sign it off.
        </Alert>
      ) : (
        <Columns weight="main-side">
          <div>
            <FileOutCard data={data} mayEdit={mayEdit} form={formOf('export')} />
            <FileInCard data={data} mayEdit={mayEdit} form={formOf('upload')} />
            <BackTranslationCard data={data} mayEdit={mayEdit} form={formOf('back-translation')} />
          </div>
          <div>
            <SignoffCard
              data={data}
              means={await signerMeans(c)}
              maySign={allows(actor, 'notice.sign-language')}
              form={formOf('sign-off')}
            />
            <SignoffHistory data={data} signoffs={await loadSignoffHistory(c, data)} />
          </div>
        </Columns>
      )}
    </DeskPage>
  );
}

function nextSteps({ row, table, open, history }: LanguagePageData): NextStep[] {
  if (row.isSource) return [];
  const waiting = history.imports.find((one) => one.state === 'checked');
  if (waiting && open)
    return [
      { text: 'A translated file waits to be looked at.', href: `/translations/${waiting.id}`, label: 'Look at it' },
    ];
  if (!row.complete && open)
    return [{ text: 'Send the file to a translator, or write the texts here.', href: '#out', label: 'Make the file' }];
  if (row.complete && !row.signoff)
    return [
      {
        text: 'The text is complete. Have it read beside the source, and sign it off.',
        href: `/notices/${table.noticeId}/beside?right=${row.language}`,
        label: 'Read it',
      },
    ];
  return [];
}
